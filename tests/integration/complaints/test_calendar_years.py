"""A person confirms a decree, and clocks that reach into its year are provisional no longer."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from services.complaints.deadlines import commands, data
from services.complaints.deadlines.data import shipped_book
from services.complaints.deadlines.domain.calendars import Target
from services.complaints.deadlines.store import calendars
from services.complaints.deadlines.usecases import upkeep, years
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.jobs import NEVER, Figures, Upkeep, lock
from shared.db import Database
from shared.kernel import Zone
from shared.security import Principal, Scope
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.engine import audited, without

YEAR = 2027
DECREE = "SKB 1205/2026, 3/2026, 2/2026"
ADMIN = Principal("ratna", frozenset({"admin"}), Scope("national"))


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


async def confirm(db: Database, decree: str = DECREE, year: int = YEAR) -> years.CalendarYear:
    async with db.transaction() as session:
        return await years.confirm(session, ADMIN, Target("national", "", year), decree, seen=None)


async def settle(upkeep: Upkeep) -> None:
    while await upkeep.step() == 0.0:
        pass


async def clocks_of(filer: Filer) -> list[tuple[bool, int]]:
    rows = await filer.rows("SELECT is_provisional, version FROM deadline WHERE kind <> 'canary' ORDER BY id")
    return [(row.is_provisional, row.version) for row in rows]


def test_next_year_waits_for_a_person_and_this_year_does_not() -> None:
    off = shipped_book(Zone.WIB).years()[YEAR]
    assert (off.decree, off.is_confirmed) == (DECREE, False)
    assert shipped_book(Zone.WIB).calendar().confirmed_years == {2025, 2026}
    by_people = frozenset({off.version})
    assert shipped_book(Zone.WIB, by_people).calendar().confirmed_years == {2025, 2026, YEAR}


async def test_a_confirmation_settles_running_clocks_and_tells_so_once(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 12, 29))
    for _ in range(3):
        await filer.submit()
    upkeep = Upkeep(db, filer.engine)
    await settle(upkeep)
    before = await filer.rows("SELECT id, due_at, rung_at, next_fire_at FROM deadline ORDER BY id")
    assert {is_provisional for is_provisional, _ in await clocks_of(filer)} == {True}
    told = len(await filer.facts())

    await confirm(db)
    await settle(upkeep)
    assert set(await clocks_of(filer)) == {(False, 2)}
    said = ["calendar.confirmed"] + ["deadline.rescheduled"] * len(before)
    assert (await filer.facts())[told:] == said
    assert await filer.rows("SELECT id, due_at, rung_at, next_fire_at FROM deadline ORDER BY id") == before
    changes = await filer.rows("SELECT reason, old_due_at = new_due_at AS is_same FROM deadline_change")
    assert {(row.reason, row.is_same) for row in changes} == {("calendar_confirmed", True)}

    await settle(upkeep)
    await settle(Upkeep(db, filer.engine))  # a process that starts anew looks again, and finds nothing to do
    assert set(await clocks_of(filer)) == {(False, 2)}
    assert await audited(db, filer.engine) == 0

    await filer.submit()
    assert {is_provisional for is_provisional, _ in await clocks_of(filer)} == {False}


async def test_settling_goes_on_where_it_stopped(
    filer: Filer, clock: MovedClock, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RESCHEDULE_BATCH", 1)
    await clock.set(wib(2026, 12, 29))
    for _ in range(3):
        await filer.submit()
    await confirm(db)
    keeping = Upkeep(db, filer.engine)
    left = []
    while await keeping.step() == 0.0:
        left.append(sum(is_provisional for is_provisional, _ in await clocks_of(filer)))
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == 3  # one case at a time
    assert {is_provisional for is_provisional, _ in await clocks_of(filer)} == {False}


async def test_without_a_confirmation_nothing_is_settled(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 12, 29))
    await filer.submit()
    await settle(Upkeep(db, filer.engine))
    assert set(await clocks_of(filer)) == {(True, 1)}


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Ship other versions than the program does."""
    kept = (data.shipped_calendars, data.shipped_book, data.unit_calendar)

    def ship(*versions: dict[str, Any]) -> None:
        monkeypatch.setattr(data, "_entries", lambda: versions)
        for one in kept:
            one.cache_clear()

    yield ship
    for one in kept:
        one.cache_clear()


@pytest.fixture
def later(ship: Callable[..., None]) -> dict[str, Any]:
    """A version after the shipped ones that adds a day to 2026, unconfirmed."""
    shipped = data._entries()
    version = {
        "version": len(shipped) + 1,
        "year": 2026,
        "decree": "SKB 7/2026",
        "source": "a test",
        "is_confirmed": False,
        "removes": [],
        "adds": [{"date": "2026-11-30", "kind": "national", "name": "Hari Pemilihan"}],
    }
    ship(*shipped, version)
    return version


async def test_a_later_version_of_a_year_makes_its_clocks_provisional_until_it_is_confirmed_too(
    filer: Filer, clock: MovedClock, db: Database, later: dict[str, Any]
) -> None:
    newest = filer.engine
    filer.engine = replace(newest, calendar_version=later["version"] - 1)
    await filer.submit()
    filer.engine = newest
    [before] = await filer.rows("SELECT due_at, rung_at, next_fire_at FROM deadline")
    told = len(await filer.facts())
    async with db.transaction() as session:
        assert await upkeep.follow_calendar(session, filer.engine, lock) == 1
    assert await clocks_of(filer) == [(True, 2)]
    assert (await filer.facts())[told:] == ["deadline.rescheduled"]
    assert await filer.rows("SELECT due_at, rung_at, next_fire_at FROM deadline") == [before]
    async with db.transaction() as session:
        assert await upkeep.follow_calendar(session, filer.engine, lock) == 0

    await confirm(db, "SKB 7/2026", 2026)
    async with db.transaction() as session:
        assert await upkeep.settle_provisional(session, filer.engine, lock, NEVER) is None
    assert await clocks_of(filer) == [(False, 3)]
    said = ["deadline.rescheduled", "calendar.changed", "deadline.rescheduled"]
    assert (await filer.facts())[told:] == said
    changes = await filer.rows("SELECT reason, new_calendar_version FROM deadline_change ORDER BY at")
    assert {(row.reason, row.new_calendar_version) for row in changes} == {
        ("calendar", later["version"]),
        ("calendar_confirmed", later["version"]),
    }


async def test_the_same_again_changes_nothing_and_is_noted_once(filer: Filer, db: Database) -> None:
    first = await confirm(db)
    again = await confirm(db, "1205/2026 dan 3/2026 dan 2/2026")
    assert (first.is_confirmed, first.confirmed_by) == (True, "ratna")
    assert again == first
    noted = await filer.rows("SELECT entity_id FROM audit WHERE operation = 'confirm_calendar'")
    assert [row.entity_id for row in noted] == [str(YEAR)]


async def test_a_year_that_was_confirmed_before_shipping_needs_nobody(filer: Filer, db: Database) -> None:
    found = await confirm(db, "SKB 1497/2025, 2/2025, 5/2025", 2026)
    assert (found.is_confirmed, found.confirmed_by) == (True, None)
    assert await filer.rows("SELECT * FROM calendar_confirmation") == []


async def test_another_number_and_another_year_are_refused(db: Database) -> None:
    with pytest.raises(years.DecreeDiffersError, match="1205/2026"):
        await confirm(db, "SKB 1205/2026, 3/2026, 3/2026")
    with pytest.raises(Exception, match="tidak memuat tahun 2040"):
        await confirm(db, DECREE, 2040)


async def test_expected_days_without_a_decree_cannot_be_confirmed(
    db: Database, ship: Callable[..., None]
) -> None:
    ship(*({**one, "decree": one["decree"] if one["is_confirmed"] else None} for one in data._entries()))
    with pytest.raises(years.DecreeUnknownError, match="baru perkiraan"):
        await confirm(db)


async def test_the_metric_counts_confirmed_days_of_both_kinds(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 12, 31, 12))
    figures = Figures(db, filer.engine)
    await figures.look()
    assert REGISTRY.get_sample_value("zi_complaints_calendar_confirmed_days") == 0
    await confirm(db)
    await figures.look()
    assert REGISTRY.get_sample_value("zi_complaints_calendar_confirmed_days") == 365


async def test_a_session_asks_for_the_calendars_of_a_unit_once(db: Database) -> None:
    async with db.reading() as session:
        first = await calendars.book(session, Zone.WIB, "u-1")
        assert await calendars.book(session, Zone.WIB, "u-1") is first
        assert await calendars.book(session, Zone.WITA, "u-2") is not first


def test_the_commands_say_what_they_need() -> None:
    run = CliRunner().invoke(commands.calendar, ["confirm", "2027"])
    assert run.exit_code == 2
    assert "--decree" in run.output
