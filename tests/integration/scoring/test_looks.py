"""Scoring's pages with surveys in every state, photographed on a phone and on a desk."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from playwright.async_api import Browser, Page, Route

from shared.contracts.base import EventData
from shared.db import Database
from tests.integration.scoring.test_pages import ready, sample
from tests.support.browser import HEIGHT, WIDTHS, browsing, inspect
from tests.support.http import ORIGIN
from tests.support.scoring import activity, answered, deadline, fold_all, programme, registered, threshold

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


SCREEN = 800
"""Height of a phone's screen in px."""


def low(unit: str) -> list[EventData]:
    """A unit that misses gates in many ways, with things that are due."""
    today = datetime.now(UTC)
    letters = {"A.II.3.i.a": "D", "A.II.3.ii.a": "C", "A.II.5.i.a": "D", "A.I.1.i.b": "C", "B.I.b": "E"}
    plan = [
        activity(unit, number, indicator=code).model_copy(
            update={"year": today.year, "due_on": (today + timedelta(days=days)).date().isoformat()}
        )
        for number, (code, days) in enumerate([("A.I.1.i", -30), ("A.II.5.i", 1), ("A.I.5.iii", 4)])
    ]
    clocks = [
        deadline(unit, f"{unit}-{number}", due_at=today + timedelta(hours=hours), rule_id=rule)
        for number, (hours, rule) in enumerate([(-20, "D4"), (2, "D1"), (3, "D1"), (50, "D5")])
    ]
    return [
        *sample(unit),
        registered(unit, 2, name="Kantor Layanan Melati", region="Jawa Tengah"),
        *(answered(unit, 910 + n, code, letter) for n, (code, letter) in enumerate(letters.items())),
        answered(unit, 930, "A.I.2.i.a", None),
        *plan,
        *clocks,
    ]


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
            *low("u7"),
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
            ("/nilai/u7", "unit-low"),
            ("/nilai/u7/butir/A.II.5.ii.a", "item-ratio"),
            ("/nilai/u7/butir/A.I.1.i.b", "item-option"),
            ("/nilai/u7/butir/A.I.5", "item-node"),
            ("/nilai/u7/butir/TOTAL", "item-total"),
        ):
            await page.goto(ORIGIN + path)
            await inspect(page, name)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": HEIGHT})
                assert await page.evaluate(BROKEN) == [], f"{name} at {width} px breaks words"


async def test_twelve_units_take_three_screens_of_a_phone_at_most(
    leader: httpx2.AsyncClient, db: Database, chromium: Browser
) -> None:
    units = [event for n in range(10) for event in sample(f"m{n}")]
    await fold_all(db, [*units, *low("u7"), *ready("u2", willing=28)])
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await serve(page, leader)
        await page.goto(f"{ORIGIN}/nilai")
        await inspect(page, "scoreboard-twelve")
        await page.set_viewport_size({"width": WIDTHS[0], "height": SCREEN})
        rows = page.locator(".board tbody tr")
        assert await rows.count() == 12
        last = await rows.last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= 3 * SCREEN
