"""The commands of the README do what it says, typed as they stand."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx2

from tests.support.readme import promised_gain, tour
from tests.support.system import LocalSystem

YEAR = str(datetime.now(UTC).year)


def standing(system: LocalSystem, unit: str) -> tuple[Decimal, int]:
    """Return the total and how many gates of WBK are met."""
    found = system.zi("score", unit, "--year", YEAR, "--json").json()
    gates = [gate for gate in found["gates"] if gate["predicate"] == "WBK"]
    return Decimal(found["total"]), sum(gate["met"] for gate in gates)


def test_the_tour_moves_the_open_unit_past_the_floor_of_its_total(system: LocalSystem) -> None:
    answer, show, *others = tour()
    unit = show[1]
    before, gates = standing(system, unit)
    sent = system.zi(*answer, "--json").json()
    waited = system.zi(*show, "--wait-version", str(sent["version"]))
    try:
        assert waited.code == 0, waited.err
        after, gates_after = standing(system, unit)
        assert round(after - before, 2) == Decimal(promised_gain())
        assert before < Decimal(75) <= after
        assert gates_after == gates + 1
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
