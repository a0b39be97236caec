"""A page that lost its stream says so, comes back by itself, and takes no connection that others need."""

import re
from collections.abc import AsyncIterator, Sequence

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.support.browser import browsing
from tests.support.live_page import LiveServer, becomes, live_server
from tests.support.polling import until

LIVE = re.compile(r"^Langsung sejak pukul \d\d.\d\d\.$")
LOST = re.compile(r"^Sambungan langsung terputus sejak pukul \d\d.\d\d; .*mencoba lagi dengan sendirinya\.$")
PAUSED = re.compile(r"^Dijeda sejak pukul .* Klik halaman ini untuk melanjutkan\.$")
UNSEEN = "Dijeda selagi halaman ini tidak terlihat."
TABS = 7
MOST_STREAMS = 4

# Waits are a hundredth of what the script asks for; `waits` keeps what it asked for.
HURRY = """
window.waits = [];
const later = window.setTimeout;
window.setTimeout = (act, ms) => { window.waits.push(ms); return later(act, ms / 100); };
"""
# Else the page takes half a second without a word for silence, and opens another stream.
HURRY_BUT_SILENCE = HURRY.replace("ms / 100", "ms === 45000 ? ms : ms / 100")
# As over http on another host than this one, which browsers call no secure context.
NO_LOCKS = "delete Navigator.prototype.locks; if (navigator.locks) throw new Error('locks are left');"
# Chromium without a screen calls every tab visible: the test says which one is, as the browser would.
SEE = """(is_hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => is_hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
async def server() -> AsyncIterator[LiveServer]:
    async with live_server() as found:
        yield found


@pytest.fixture
async def profile(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with browsing(chromium) as found:
        yield found


async def opened(profile: BrowserContext, server: LiveServer) -> Page:
    page = await profile.new_page()
    await page.goto(server.url)
    return page


async def says(page: Page, words: str | re.Pattern[str]) -> None:
    await expect(page.locator("[data-live-state]")).to_have_text(words, timeout=60_000)


async def shows(page: Page, total: str) -> None:
    await expect(page.locator("#total")).to_have_text(total, timeout=60_000)


async def paused_of(pages: Sequence[Page], count: int) -> list[Page]:
    """Return the pages that gave way to others, once they are so many."""

    async def found() -> list[Page] | None:
        texts = [await page.locator("[data-live-state]").inner_text() for page in pages]
        paused = [page for page, text in zip(pages, texts, strict=True) if PAUSED.match(text)]
        return paused if len(paused) == count else None

    return await until(found, seconds=60) or []


@pytest.mark.parametrize("abruptly", [False, True], ids=["closed", "lost"])
async def test_a_stream_that_ends_is_told_and_opened_again_with_what_was_missed(
    profile: BrowserContext, server: LiveServer, *, abruptly: bool
) -> None:
    page = await opened(profile, server)
    await says(page, LIVE)
    server.mode = "refuse"
    await server.end_streams(abruptly=abruptly)
    await says(page, LOST)
    server.total = "7"
    server.mode = "stream"
    await says(page, LIVE)
    await shows(page, "7")


async def test_a_refused_stream_is_asked_for_again_until_it_opens(
    profile: BrowserContext, server: LiveServer
) -> None:
    server.mode = "refuse"
    page = await opened(profile, server)
    await says(page, LOST)
    await until(becomes(lambda: server.asked >= 3), seconds=60)
    await says(page, LOST)
    server.mode = "stream"
    await says(page, LIVE)


async def test_a_page_whose_session_has_ended_is_loaded_anew(
    profile: BrowserContext, server: LiveServer
) -> None:
    """The service then leads it to the log-in; what a page hears of its stream is no status."""
    server.mode = "ended"
    page = await opened(profile, server)
    await until(becomes(lambda: server.pages == 2), seconds=60)
    await says(page, LIVE)


async def test_whoever_is_on_their_way_elsewhere_gets_there_whatever_the_stream_asks(
    profile: BrowserContext, server: LiveServer
) -> None:
    page = await opened(profile, server)
    await says(page, LIVE)
    await page.evaluate("() => { setTimeout(() => location.assign('/lambat')); }")
    await server.is_slow_asked.wait()
    await server.load_anew()
    await until(becomes(lambda: server.streams == 0), seconds=60)
    server.may_answer.set()
    await expect(page).to_have_title("Lambat")
    assert server.pages == 1


async def test_a_page_in_which_somebody_types_keeps_it_when_its_session_ends(
    profile: BrowserContext, server: LiveServer
) -> None:
    page = await opened(profile, server)
    await says(page, LIVE)
    await page.get_by_label("Catatan").fill("Rapat pukul sepuluh")
    server.mode = "ended"
    await server.end_streams()
    await says(page, re.compile("Isian Anda masih ada"))
    await expect(page.get_by_label("Catatan")).to_have_value("Rapat pukul sepuluh")
    assert server.pages == 1


async def test_each_failed_try_doubles_the_wait_up_to_a_minute(
    profile: BrowserContext, server: LiveServer
) -> None:
    server.mode = "refuse"
    await profile.add_init_script(HURRY)
    page = await opened(profile, server)
    await until(becomes(lambda: server.asked >= 9), seconds=60)
    waits = [wait for wait in await page.evaluate("window.waits") if wait != 45_000]  # those for silence
    longest = [min(60_000, 1000 * 2**number) for number in range(8)]
    pairs = list(zip(waits, longest, strict=False))
    assert len(pairs) == len(longest)
    assert [wait for wait, most in pairs if not most / 2 <= wait <= most] == []


async def test_a_stream_that_falls_silent_is_not_called_live(
    profile: BrowserContext, server: LiveServer
) -> None:
    await profile.add_init_script(HURRY)
    page = await opened(profile, server)
    await shows(page, "1")
    server.mode = "refuse"
    await says(page, LOST)  # it was opened once, and nothing ended it but its silence
    await until(becomes(lambda: server.streams == 0), seconds=60)


async def test_a_page_nobody_sees_holds_no_stream_and_comes_back_with_what_it_missed(
    profile: BrowserContext, server: LiveServer
) -> None:
    page = await opened(profile, server)
    await says(page, LIVE)
    await page.evaluate(SEE, True)
    await says(page, UNSEEN)
    await until(becomes(lambda: server.streams == 0), seconds=60)
    server.total = "8"
    await page.evaluate(SEE, False)
    await says(page, LIVE)
    await shows(page, "8")
    assert server.streams == 1


async def test_a_page_out_of_the_browsers_memory_is_live_again(
    profile: BrowserContext, server: LiveServer
) -> None:
    page = await opened(profile, server)
    await says(page, LIVE)
    turn = "(name) => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }))"
    await page.evaluate(turn, "pagehide")
    await until(becomes(lambda: server.streams == 0), seconds=60)
    server.total = "9"
    await page.evaluate(turn, "pageshow")
    await shows(page, "9")
    await says(page, LIVE)


@pytest.mark.parametrize("has_locks", [True, False], ids=["locks", "no locks"])
async def test_seven_tabs_of_which_one_is_seen_hold_one_stream(
    profile: BrowserContext, server: LiveServer, *, has_locks: bool
) -> None:
    if not has_locks:
        await profile.add_init_script(NO_LOCKS)
    pages: list[Page] = []
    for _ in range(TABS):
        if pages:
            await pages[-1].evaluate(SEE, True)
        pages.append(await opened(profile, server))
        await says(pages[-1], LIVE)
    await until(becomes(lambda: server.streams == 1), seconds=60)
    await pages[-1].evaluate(SEE, True)
    await pages[0].evaluate(SEE, False)
    await says(pages[0], LIVE)
    await server.tell("5")
    await shows(pages[0], "5")


async def test_seven_windows_seen_at_once_leave_room_for_work(
    profile: BrowserContext, server: LiveServer
) -> None:
    pages = [await opened(profile, server) for _ in range(TABS)]
    await says(pages[-1], LIVE)
    for page in pages:
        assert await page.evaluate("fetch('/').then((answer) => answer.status)") == 200
    assert server.streams <= MOST_STREAMS
    paused = await paused_of(pages, TABS - MOST_STREAMS)
    server.total = "6"
    await paused[0].locator("main").click()
    await says(paused[0], LIVE)
    await shows(paused[0], "6")
    await until(becomes(lambda: server.streams <= MOST_STREAMS), seconds=60)


async def test_without_locks_each_window_that_is_seen_holds_its_own_stream(
    profile: BrowserContext, server: LiveServer
) -> None:
    await profile.add_init_script(NO_LOCKS)
    pages = [await opened(profile, server) for _ in range(3)]
    for page in pages:
        await says(page, LIVE)
    assert server.streams == len(pages)
    await pages[0].evaluate(SEE, True)
    await says(pages[0], UNSEEN)
    await until(becomes(lambda: server.streams == len(pages) - 1), seconds=60)
    await pages[0].evaluate(SEE, False)
    await says(pages[0], LIVE)


async def test_a_page_whose_neighbours_close_is_live_again_without_a_click(
    profile: BrowserContext, server: LiveServer
) -> None:
    await profile.add_init_script(
        "const later = window.setTimeout;"
        "window.setTimeout = (act, ms) => later(act, ms > 20000 && ms <= 60000 && ms !== 45000 ? 200 : ms);"
    )
    pages = [await opened(profile, server) for _ in range(MOST_STREAMS + 1)]
    paused = await paused_of(pages, 1)
    await next(page for page in pages if page not in paused).close()
    await says(paused[0], LIVE)


async def test_the_script_breaks_no_rule_of_the_page(profile: BrowserContext, server: LiveServer) -> None:
    page = await profile.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    await page.goto(server.url)
    await says(page, LIVE)
    await page.evaluate(SEE, True)
    await page.evaluate(SEE, False)
    await says(page, LIVE)
    assert told == []


async def test_a_page_that_the_server_pushed_out_says_so_and_waits_for_somebody(
    profile: BrowserContext, server: LiveServer
) -> None:
    await profile.add_init_script(HURRY_BUT_SILENCE)
    page = await opened(profile, server)
    await says(page, LIVE)
    asked, waits = server.asked, len(await page.evaluate("window.waits"))
    await server.push_out()
    await says(page, PAUSED)
    later = (await page.evaluate("window.waits"))[waits:]
    assert [wait for wait in later if wait != 45_000] == [], "it does not push out another by itself"
    assert server.asked == asked
    await page.evaluate("window.dispatchEvent(new Event('pointerdown'))")
    await says(page, LIVE)
    assert server.asked == asked + 1
