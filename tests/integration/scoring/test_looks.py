"""Scoring's pages with surveys in every state, photographed on a phone and on a desk."""

from typing import Any

import httpx2
from playwright.async_api import Browser, Page, Route

from shared.db import Database
from tests.integration.scoring.test_pages import ready, sample
from tests.support.browser import HEIGHT, WIDTHS, browsing, inspect
from tests.support.http import ORIGIN
from tests.support.scoring import fold_all, programme, registered, threshold

BROKEN = """() => {
  const broken = [], walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const head = walk.currentNode.parentElement.closest("thead");
    if (head && head.getBoundingClientRect().width <= 1) continue; // for readers' ears on a phone
    for (const word of walk.currentNode.data.matchAll(/[^\\s/-]+/g)) {
      const range = document.createRange();
      range.setStart(walk.currentNode, word.index);
      range.setEnd(walk.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((part) => part.top)).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


async def serve(page: Page, client: httpx2.AsyncClient) -> None:
    """Answer the browser out of the application, without a server; streams are refused."""

    async def fulfil(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if "/langsung" in path:
            await route.fulfill(status=503)
            return
        answer = await client.get(path)
        headers: dict[str, Any] = dict(answer.headers)
        await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

    await page.route("**/*", fulfil)


async def test_pages_tell_every_state_of_a_survey_on_phone_and_desk(
    leader: httpx2.AsyncClient, db: Database, chromium: Browser
) -> None:
    await fold_all(
        db,
        [
            *sample("u1"),
            *ready("u2", willing=28),
            *ready("u3", "WBBM", failed=[], failed_wbbm=["ipkp"], willing=34, finished=31),
            *ready("u4", willing=33, finished=32),
            *ready("u5"),
            registered("u6"),
            programme("u6"),
            threshold("u6", "s-u6", willing=28, finished=12, unknown=["ipak", "ipkp"]),
        ],
    )
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await serve(page, leader)
        for path, name in (
            ("/nilai", "scoreboard-survey"),
            ("/nilai/u1", "unit-survey"),
            ("/nilai/u2", "unit-survey-28"),
            ("/nilai/u3", "unit-wbbm"),
        ):
            await page.goto(ORIGIN + path)
            await inspect(page, name)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": HEIGHT})
                assert await page.evaluate(BROKEN) == [], f"{name} at {width} px breaks words"
