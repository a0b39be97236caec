"""Choices on pages of proposals stay within a narrow page, whatever stands in them."""

from pathlib import Path

from playwright.async_api import Browser as Chromium

import shared.http.pages
from tests.support.browser import browsing

STATIC = Path(shared.http.pages.__file__).parent / "static"
NARROW = 320


async def test_a_long_name_without_blanks_widens_no_page(chromium: Chromium) -> None:
    style = "".join((STATIC / name).read_text("utf-8") for name in ("style.css", "proposal.css"))
    choice = '<label class="choice"><input type="checkbox"> <{0}>{1}</{0}></label>'
    labels = "".join(choice.format(tag, "a" * 300) for tag in ("span", "b"))
    async with browsing(chromium, viewport={"width": NARROW, "height": 600}) as profile:
        page = await profile.new_page()
        await page.set_content(
            f"<style>{style}</style><main><fieldset class='field'>{labels}</fieldset></main>"
        )
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW
