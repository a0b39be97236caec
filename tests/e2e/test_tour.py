"""The commands of the README do what it says, typed as they stand."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx2
from playwright.async_api import Browser, expect

from tests.support.browser import browsing, log_in
from tests.support.readme import promised_gain, tour
from tests.support.system import LocalSystem

YEAR = str(datetime.now(UTC).year)


def total(system: LocalSystem, unit: str) -> Decimal:
    return Decimal(system.zi("score", unit, "--year", YEAR, "--json").json()["total"])


async def test_the_tour_moves_the_open_unit_by_what_it_promises(
    system: LocalSystem, chromium: Browser
) -> None:
    """By how much; from where is for the unit test, since other tests move the same unit."""
    answer, show, *others = tour()
    unit, codes = show[1], [pair.partition("=")[0] for pair in answer if "=" in pair]
    board = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{board}/nilai", "Hendra Gunawan")
        await page.goto(f"{board}/nilai/{unit}?year={YEAR}")
        await expect(page.locator("[data-live-state]")).to_contain_text("Langsung sejak")
        before, shown = total(system, unit), await page.locator("#total").inner_text()
        sent = system.typed(*answer, "--json").json()
        try:
            waited = system.typed(*show, "--wait-version", str(sent["version"]))
            assert waited.code == 0, waited.err
            assert round(total(system, unit) - before, 2) == Decimal(promised_gain())
            await expect(page.locator("#total")).not_to_have_text(shown, timeout=60_000)
            for code in codes:
                await expect(page.locator("section[aria-labelledby=perubahan]")).to_contain_text(
                    code, timeout=60_000
                )
            for command in others:
                done = system.typed(*command)
                assert done.code == 0, done.err
            await page.goto(f"{board}/nilai?year={YEAR}")
            await expect(page.get_by_role("link", name="Kantor Pelayanan Saya")).to_be_visible(timeout=60_000)
        finally:
            back = [f"{code}=Tidak" for code in codes]
            system.zi(*answer[: -len(back)], *back)  # other tests look at this unit too


def test_what_an_operator_is_told_to_type_works(system: LocalSystem) -> None:
    for command in ("consumer status", "dlq list", "outbox reconcile"):
        done = system.typed(*command.split())
        assert done.code == 0, f"{command}: {done.err}"
    assert httpx2.get(f"{system.addresses['front']}/lapor", timeout=30).is_success
