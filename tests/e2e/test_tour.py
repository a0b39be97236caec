"""The commands of the README do what it says, typed as they stand."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx2

from tests.support.readme import promised_gain, tour
from tests.support.system import LocalSystem

YEAR = str(datetime.now(UTC).year)


def total(system: LocalSystem, unit: str) -> Decimal:
    return Decimal(system.zi("score", unit, "--year", YEAR, "--json").json()["total"])


def test_the_tour_moves_the_open_unit_by_what_it_promises(system: LocalSystem) -> None:
    """By how much; from where is for the unit test, since other tests move the same unit."""
    answer, show, *others = tour()
    unit = show[1]
    before = total(system, unit)
    sent = system.zi(*answer, "--json").json()
    waited = system.zi(*show, "--wait-version", str(sent["version"]))
    try:
        assert waited.code == 0, waited.err
        assert round(total(system, unit) - before, 2) == Decimal(promised_gain())
        for command in others:
            done = system.zi(*command)
            assert done.code == 0, done.err
    finally:
        back = [f"{pair.partition('=')[0]}=Tidak" for pair in answer if "=" in pair]
        system.zi(*answer[: -len(back)], *back)  # other tests look at this unit too


def test_what_an_operator_is_told_to_type_works(system: LocalSystem) -> None:
    for command in ("consumer status", "dlq list", "outbox reconcile"):
        done = system.zi(*command.split())
        assert done.code == 0, f"{command}: {done.err}"
    assert httpx2.get(f"{system.addresses['complaints']}/lapor", timeout=30).is_success
