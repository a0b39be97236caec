"""axe is asked less often than there are looks, and hears no less."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Error, Page

from tests.support.browser import browsing
from tests.support.listening import Listener

PAGE = """<!doctype html><html lang="id"><head><title>Uji</title><style>
body {{ color: #111; background: #fff }} .far {{ color: #999 }} .box {{ background: #eee }}
@media (prefers-color-scheme: dark) {{ body {{ color: #eee; background: #111 }} .dim {{ color: #333 }} }}
@media (max-width: 600px) {{ .wide {{ display: none }} }}
@media (min-width: 601px) {{ .narrow {{ display: none }} }}
</style></head><body><main><h1>Uji</h1>{}</main></body></html>"""
PLAIN = "<p>Kalimat</p>"
PALE = '<p class="far">Kalimat</p>'
NAMELESS = '<p><img src="data:,"></p>'


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    async with browsing(chromium) as profile:
        yield await profile.new_page()


async def heard(ear: Listener, page: Page, *contents: str, afresh: bool = False) -> list[list[str]]:
    """Return the names of the rules that each of these pages breaks, heard one after another."""
    found = []
    for content in contents:
        await page.set_content(PAGE.format(content))
        found.append([fault.split()[0] for fault in await ear.hear(page, afresh=afresh)])
    return found


async def test_a_new_kind_of_text_is_measured_and_a_known_one_is_not(page: Page) -> None:
    assert await heard(Listener(), page, PLAIN, PALE) == [[], ["color-contrast"]]
    grey = '<div class="box"><p class="far" style="color: #777">Kalimat</p></div>'
    white = '<div><p class="far" style="color: #777; font-size: 24px">Kalimat</p></div>'
    assert await heard(Listener(), page, white, grey) == [[], ["color-contrast"]]


async def test_the_colours_of_a_theme_are_measured(page: Page) -> None:
    ear = Listener()
    content = '<p class="dim">Kalimat</p>'
    assert await heard(ear, page, content) == [[]]
    await page.emulate_media(color_scheme="dark")
    assert await heard(ear, page, content, content) == [["color-contrast"], []]
    assert await heard(ear, page, content, afresh=True) == [["color-contrast"]]


async def test_what_is_shown_at_one_width_alone_is_heard_there(page: Page) -> None:
    ear = Listener()
    content = f'<div class="narrow">{NAMELESS}</div><div class="wide">{PLAIN}</div>'
    await page.set_viewport_size({"width": 1280, "height": 900})
    assert await heard(ear, page, content) == [[]]
    await page.set_viewport_size({"width": 360, "height": 900})
    assert await heard(ear, page, content) == [["image-alt"]]


async def test_a_fault_on_a_page_that_looks_like_another_is_heard(page: Page) -> None:
    fine = '<p><img src="data:," alt="Lambang"></p>'
    assert await heard(Listener(), page, fine, NAMELESS, fine) == [[], ["image-alt"], []]


async def test_a_page_that_was_loaded_anew_under_the_question_says_so(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = page.evaluate

    async def reloads(script: str, *those: object) -> object:
        if script == "'axe' in window":
            await page.goto("about:blank")
        return await asked(script, *those)

    await page.set_content(PAGE.format(PALE))
    monkeypatch.setattr(page, "evaluate", reloads)
    with pytest.raises(Error, match="context was destroyed"):
        await Listener().hear(page)


async def test_what_was_not_heard_to_the_end_is_asked_again(page: Page) -> None:
    ear = Listener()
    await page.set_content(PAGE.format(PALE))
    await page.evaluate("window.axe = { run: () => Promise.reject(new Error('away')) }")
    with pytest.raises(Error, match="away"):
        await ear.hear(page)
    await page.goto("about:blank")
    assert await heard(ear, page, PALE) == [["color-contrast"]]
