"""Calendars that people administer: drafts, previews, what counts for whom, and clocks that follow."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY

from services.complaints.cases.usecases import acts
from services.complaints.deadlines.domain.calendars import CalendarMissingError, Target
from services.complaints.deadlines.store import calendars
from services.complaints.deadlines.usecases import drafts, own, preview, years
from services.complaints.deadlines.usecases.drafts import CalendarChangeError
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.years import DraftOutdatedError
from services.complaints.jobs import Figures, Upkeep
from shared.calendar.days_off import DayOff
from shared.calendar.working import Hours
from shared.db import Database
from shared.db.clock import database_now
from shared.kernel import NotFoundError, Zone
from shared.security import Principal, Scope
from tests.integration.complaints.conftest import OFFICER, SUPERVISOR, Filer, MovedClock, wib
from tests.integration.complaints.engine import audited, without
from tests.integration.complaints.test_calendar_years import ADMIN, settle
from tests.integration.complaints.test_calendar_years import DECREE as SHIPPED_2027
from tests.support.tokens import TestIssuer

NATION = Target("national", "", 2026)
DECREE = "SKB 7/2026"
ADDED = DayOff(date(2026, 1, 7), "cuti_bersama", "Cuti Bersama Contoh")
ELECTION = DayOff(date(2026, 1, 7), "election", "Pemilihan Kepala Daerah")
SATURDAYS = Hours({day: ((time(8), time(13)),) for day in range(1, 7)})


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


async def draft(db: Database, target: Target = NATION, **change: Any) -> drafts.Proposed:
    options: dict[str, Any] = {"adds": [], "removes": [], "decree": DECREE} | change
    async with db.transaction() as session:
        return await drafts.change(session, ADMIN, target, **options)


async def confirm(db: Database, decree: str = DECREE, target: Target = NATION) -> years.CalendarYear:
    """Confirm what waits by now, as somebody who looked at it."""
    async with db.transaction() as session:
        waiting = await calendars.draft(session, target)
        seen = None if waiting is None else waiting.entered_at
        return await years.confirm(session, ADMIN, target, decree, seen=seen)


async def dues(filer: Filer) -> dict[str, Any]:
    rows = await filer.rows("SELECT unit_id, due_at FROM deadline WHERE kind <> 'canary'")
    return {row.unit_id: row.due_at for row in rows}


async def test_a_day_that_a_decree_adds_moves_open_clocks_once_it_is_confirmed(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    for unit_id in ("u-1", "u-1", "u-2"):
        await filer.submit(unit_id=unit_id)  # Monday 5 January; D1 ends with Thursday the 8th
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    told = len(await filer.facts())
    proposed = await draft(db, adds=[ADDED])
    assert [off.day for off in proposed.difference.adds] == [ADDED.day]
    async with db.reading() as session:
        moves = await preview.draft_moves(session, filer.engine, NATION)
    assert (moves.clocks, moves.is_complete) == (3, True)
    assert {(m.unit_id, m.old_due_at, m.new_due_at): n for m, n in moves.moved.items()} == {
        ("u-1", wib(2026, 1, 9, 0), wib(2026, 1, 10, 0)): 2,
        ("u-2", wib(2026, 1, 8, 23), wib(2026, 1, 9, 23)): 1,
    }
    await settle(keeping)
    assert len(await filer.facts()) == told, "a draft moves nothing"

    year = await confirm(db)
    assert (year.is_confirmed, year.off.decree, year.off.version) == (True, DECREE, 5)
    await settle(keeping)
    assert (await filer.facts())[told:] == ["calendar.changed"] + ["deadline.rescheduled"] * 3
    assert await dues(filer) == {"u-1": wib(2026, 1, 10, 0), "u-2": wib(2026, 1, 9, 23)}
    assert await audited(db, filer.engine) == 0
    assert await confirm(db) == year, "the same again changes nothing"


async def test_a_day_that_a_decree_takes_back_ends_clocks_earlier(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 1, 15))
    await filer.submit()  # the 16th is off, so D1 ends with the 21st
    assert await dues(filer) == {"u-1": wib(2026, 1, 22, 0)}
    await draft(db, removes=[date(2026, 1, 16)])
    await confirm(db)
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    assert await dues(filer) == {"u-1": wib(2026, 1, 21, 0)}
    assert await audited(db, filer.engine) == 0


async def test_a_clock_that_was_lifted_out_of_the_past_is_not_lifted_again(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 1, 15))
    await filer.submit()
    await clock.set(wib(2026, 1, 21, 10))  # by its new count it was due on the 20th
    await draft(db, removes=[date(2026, 1, 16)])
    async with db.reading() as session:
        [(move, _)] = (await preview.draft_moves(session, filer.engine, NATION)).moved.items()
    assert (move.new_due_at, move.is_lifted) == (wib(2026, 1, 23, 0), True)
    await confirm(db)
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    assert await dues(filer) == {"u-1": wib(2026, 1, 23, 0)}
    await clock.set(wib(2026, 1, 22, 10))
    await draft(db, adds=[replace(ADDED, day=date(2026, 1, 30))], decree="SKB 8/2026")
    await confirm(db, "SKB 8/2026")
    await settle(keeping)
    assert await dues(filer) == {"u-1": wib(2026, 1, 23, 0)}
    assert await audited(db, filer.engine) == 0


async def test_a_clock_that_was_lifted_out_of_the_past_does_not_fall_back_after_a_pause(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 1, 15))
    case = (await filer.submit()).case
    await clock.set(wib(2026, 1, 21, 10))
    await draft(db, removes=[date(2026, 1, 16)])
    await confirm(db)
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    await clock.set(wib(2026, 1, 22, 10))
    async with db.transaction() as session:
        missing = "Kapan kejadiannya?"  # so late that it takes two
        await acts.request_completion(session, filer.engine, OFFICER, case.id, case.version, missing=missing)
        case = await acts.confirm_completion(
            session, filer.engine, SUPERVISOR, case.id, case.version, missing=missing
        )
    await clock.set(wib(2026, 2, 2, 10))
    async with db.transaction() as session:
        await acts.complete(
            session, filer.engine, OFFICER, case.id, case.version, note="Di loket.", is_reporter=False
        )
    [row] = await filer.rows("SELECT due_at, breached_at FROM deadline WHERE rule = 'D1'")
    assert (row.due_at, row.breached_at) == (wib(2026, 2, 4, 0), None)
    assert await audited(db, filer.engine) == 0


async def test_what_an_older_version_says_stays_known_to_clocks_that_name_it(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await filer.submit()
    await draft(db, adds=[ADDED])
    await confirm(db)
    async with db.reading() as session:
        book = await calendars.book(session, Zone.WIB, "u-1")
        assert not book.calendar().is_working(ADDED.day)
        assert book.calendar(4).is_working(ADDED.day)
    assert await audited(db, filer.engine) == 0, "the clock was not moved yet, and is right in version 4"


async def test_a_report_in_a_year_without_a_calendar_is_taken_counts_weekends_and_is_seen(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2028, 5, 2))
    await filer.submit()
    [row] = await filer.rows("SELECT due_at, is_provisional FROM deadline")
    assert (row.due_at, row.is_provisional) == (wib(2028, 5, 6, 0), True)
    keeping = Upkeep(db, filer.engine)
    await Figures(db, filer.engine).count()
    assert REGISTRY.get_sample_value("zi_complaints_provisional_clocks") == 1
    async with db.transaction() as session:
        proposed = await drafts.take_in(session, ADMIN, 2028)
    assert len(proposed.difference.adds) > 10
    await settle(keeping)
    await Figures(db, filer.engine).count()
    assert REGISTRY.get_sample_value("zi_complaints_provisional_clocks") == 1, "nobody has confirmed it yet"
    year = await confirm(db, "SKB 5/2027", Target("national", "", 2028))
    assert (year.off.decree, year.off.source.startswith("package holidays")) == ("SKB 5/2027", True)
    await settle(keeping)
    await Figures(db, filer.engine).count()
    assert REGISTRY.get_sample_value("zi_complaints_provisional_clocks") == 0
    assert [fact for fact in await filer.facts() if fact.startswith("calendar")] == ["calendar.confirmed"]


async def test_a_draft_keeps_its_decree_and_what_it_was_based_on(db: Database, filer: Filer) -> None:
    await draft(db, adds=[ADDED])
    with pytest.raises(years.DecreeDiffersError, match="menurut nomor lain"):
        await confirm(db, "SKB 9/2026")
    async with db.transaction() as session:
        now = await database_now(session)
        one = next(
            one for one in (await calendars.book(session, Zone.WIB, None)).versions if one.version == 3
        )
        await calendars.enter(session, replace(one, version=5, shipped=None), "another", now)
    with pytest.raises(years.DraftOutdatedError):
        await confirm(db)
    async with db.transaction() as session:
        await drafts.discard(session, ADMIN, NATION)
    async with db.reading() as session:
        with pytest.raises(NotFoundError):
            await drafts.show(session, NATION)


async def test_a_draft_goes_on_under_its_own_decree_alone(db: Database, filer: Filer) -> None:
    await draft(db, adds=[ADDED])
    more = await draft(db, adds=[replace(ADDED, day=date(2026, 1, 8))])
    assert [off.day.day for off in more.difference.adds] == [7, 8]
    with pytest.raises(years.DecreeDiffersError, match="menurut nomor lain"):
        await draft(db, adds=[replace(ADDED, day=date(2026, 1, 9))], decree="SKB 8/2026")
    async with db.transaction() as session:
        now = await database_now(session)
        known = (await calendars.book(session, Zone.WIB, None)).versions
        one = next(one for one in known if one.version == 3)
        await calendars.enter(session, replace(one, version=5, shipped=None), "another", now)
    with pytest.raises(years.DraftOutdatedError):
        await draft(db, adds=[replace(ADDED, day=date(2026, 1, 9))])


async def test_ramadan_is_said_by_the_year_and_moves_hours(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    spans = [(date(2026, 2, 18), date(2026, 3, 19))]
    proposed = await draft(db, ramadans=spans)
    assert (proposed.difference.moves, proposed.ramadans) == ([], tuple(spans))
    assert proposed.moves == [date(2026, 2, 18), date(2026, 2, 19), date(2026, 3, 19), date(2026, 3, 20)]
    await confirm(db)
    async with db.reading() as session:
        book = await calendars.book(session, Zone.WIB, "u-1")
    assert book.calendar().opening(date(2026, 2, 18)) == wib(2026, 2, 18, 8)
    assert book.calendar(4).opening(date(2026, 2, 18)) == wib(2026, 2, 18, 7, 30)
    async with db.transaction() as session:
        kept = await drafts.take_in(session, ADMIN, 2026)
    assert (kept.draft, kept.ramadans) == (None, tuple(spans)), "an import leaves Ramadan as it is"


@pytest.mark.parametrize(
    "span",
    [
        (date(2027, 2, 8), date(2027, 3, 9)),
        (date(2026, 3, 19), date(2026, 2, 18)),
        (date(2026, 2, 18), date(2026, 3, 20)),
    ],
    ids=["another-year", "backwards", "31-days"],
)
async def test_a_ramadan_that_cannot_be_is_refused(db: Database, span: tuple[date, date]) -> None:
    with pytest.raises(CalendarChangeError, match="paling lama 30 hari") as refused:
        await draft(db, ramadans=[span])
    assert refused.value.details["field"] == "ramadans"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({}, "adds", "Tidak ada hari"),
        ({"removes": [date(2026, 1, 7)]}, "removes", "2026-01-07 bukan hari libur"),
        ({"adds": [replace(ADDED, day=date(2026, 1, 16))]}, "adds", "2026-01-16 sudah hari libur"),
        ({"adds": [replace(ADDED, day=date(2027, 1, 7))]}, "adds", "bukan hari dalam tahun 2026"),
        ({"adds": [ELECTION]}, "adds", "Jenis election"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_by_its_field(
    db: Database, change: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(CalendarChangeError, match=words) as refused:
        await draft(db, **change)
    assert refused.value.details["field"] == field


async def test_nobody_changes_a_year_that_the_nation_has_not(filer: Filer, db: Database) -> None:
    day = date(2031, 1, 7)
    for target, off in (
        (Target("national", "", 2031), replace(ADDED, day=day)),
        (Target("zone", "WITA", 2031), replace(ELECTION, day=day)),
    ):
        with pytest.raises(CalendarMissingError, match="2031"):
            await draft(db, target, adds=[off])
    unit = Target("unit", "u-1", 2031)
    adds = [replace(ELECTION, day=day)]
    async with db.transaction() as session:
        with pytest.raises(CalendarMissingError, match="2031"):
            await own.change_days_off(
                session, filer.engine, SUPERVISOR, unit, adds, [], "Keppres 1/2031", is_preview=True
            )


async def test_a_due_day_of_a_unit_is_by_its_own_week_hours_and_days_off(
    client: httpx2.AsyncClient, issuer: TestIssuer, filer: Filer, db: Database
) -> None:
    week = own.week_from(date(2026, 1, 6), 6, SATURDAYS, SATURDAYS)
    async with db.transaction() as session:
        await own.change_week(session, filer.engine, SUPERVISOR, "u-1", week, is_preview=False)
    headers = issuer.headers("complaint_officer", level="unit", units=["u-1"])
    asked = "/calendar/due?from=2026-01-09T12:00&length=3&unit_of_time=wh"
    told = (await client.get(f"{asked}&unit=u-1", headers=headers)).json()
    assert (told["due_at"], told["zone"]) == ("2026-01-10T03:00:00Z", "WIB"), "an hour, then two on Saturday"
    unknown = await client.get(f"{asked}&week=6", headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "hours_unknown")
    outside = await client.get(f"{asked}&unit=u-2", headers=headers)
    assert (outside.status_code, outside.json()["code"]) == (404, "not_found")


async def test_a_day_off_of_a_zone_moves_its_clocks_alone(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    for unit_id in ("u-1", "u-2"):
        await filer.submit(unit_id=unit_id)
    wita = Target("zone", "WITA", 2026)
    await draft(db, wita, adds=[ELECTION])
    async with db.reading() as session:
        assert (await preview.draft_moves(session, filer.engine, wita)).clocks == 1
    await confirm(db, target=wita)
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    assert await dues(filer) == {"u-1": wib(2026, 1, 9, 0), "u-2": wib(2026, 1, 9, 23)}
    versions = await filer.rows(
        "SELECT calendar_version FROM deadline WHERE kind <> 'canary' ORDER BY unit_id"
    )
    assert [row.calendar_version for row in versions] == [4, 5], (
        "what does not concern a clock it never names"
    )
    assert await audited(db, filer.engine) == 0


async def test_a_unit_has_days_off_of_its_own(filer: Filer, clock: MovedClock, db: Database) -> None:
    for unit_id in ("u-1", "u-2"):
        await filer.submit(unit_id=unit_id)
    target = Target("unit", "u-1", 2026)
    for is_preview in (True, False):
        async with db.transaction() as session:
            done = await own.change_days_off(
                session,
                filer.engine,
                SUPERVISOR,
                target,
                [ELECTION],
                [],
                "Keppres 1/2026",
                is_preview=is_preview,
            )
        assert (done.calendar_version, done.moves.moved.total()) == (None if is_preview else 5, 1)
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    assert await dues(filer) == {"u-1": wib(2026, 1, 10, 0), "u-2": wib(2026, 1, 8, 23)}
    assert "calendar.confirmed" in await filer.facts()
    async with db.reading() as session:
        assert (await own.show(session, SUPERVISOR, "u-1")).days_off == [ELECTION]
        assert (await own.show(session, SUPERVISOR, "u-2")).days_off == []


async def test_a_unit_that_works_on_saturdays_counts_them_from_the_first_day_of_its_week(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 1, 8))
    await filer.submit()  # Thursday; 9, 12, 13 January
    week = own.week_from(date(2026, 1, 9), 6, SATURDAYS, SATURDAYS)
    async with db.transaction() as session:
        done = await own.change_week(session, filer.engine, SUPERVISOR, "u-1", week, is_preview=False)
    assert done.moves.moved.total() == 1
    keeping = Upkeep(db, filer.engine)
    await settle(keeping)
    assert await dues(filer) == {"u-1": wib(2026, 1, 13, 0)}
    assert await audited(db, filer.engine) == 0
    async with db.reading() as session:
        shown = await own.show(session, SUPERVISOR, "u-1")
    assert len(shown.week.weekdays) == 5, "today it still works five days"
    assert [len(one.weekdays) for one in shown.chosen] == [6]
    await filer.submit()
    [first] = {row.due_at for row in await filer.rows("SELECT due_at FROM deadline WHERE kind <> 'canary'")}
    assert first == wib(2026, 1, 13, 0), "new clocks count as moved ones"


async def test_a_week_begins_tomorrow_at_the_earliest_and_has_hours_on_each_of_its_days(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    today = own.week_from(date(2026, 1, 5), 6, SATURDAYS, SATURDAYS)
    with pytest.raises(CalendarChangeError, match="paling cepat besok"):
        async with db.transaction() as session:
            await own.change_week(session, filer.engine, SUPERVISOR, "u-1", today, is_preview=True)
    with pytest.raises(CalendarChangeError, match="hari 1 sampai 5"):
        own.week_from(date(2026, 1, 6), 5, SATURDAYS, SATURDAYS)
    touching = Hours({**SATURDAYS.by_weekday, 3: ((time(8), time(12)), (time(12), time(13)))})
    with pytest.raises(CalendarChangeError, match="hari 3 harus berurutan") as refused:
        own.week_from(date(2026, 1, 6), 6, SATURDAYS, touching)
    assert refused.value.details["field"] == "ramadan_hours"


async def test_nobody_sets_the_calendar_of_a_unit_outside_their_scope(filer: Filer, db: Database) -> None:
    stranger = Principal("lain", frozenset({"complaint_supervisor"}), Scope("unit", units=frozenset({"u-2"})))
    with pytest.raises(NotFoundError):
        async with db.reading() as session:
            await own.show(session, stranger, "u-1")


async def test_a_due_day_is_told_with_every_day_that_is_passed_over(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    headers = issuer.headers("complaint_officer", level="unit", units=["u-1"])
    asked = await client.get("/calendar/due?from=2026-03-12T16:00&length=5&zone=WIB", headers=headers)
    told = asked.json()
    assert (told["due_on"], told["due_text"]) == ("2026-03-26", "26 Maret 2026 pukul 24.00 WIB")
    assert told["due_at"] == "2026-03-26T17:00:00Z"
    assert [one["date"][-2:] for one in told["skipped"]] == ["14", "15", *map(str, range(18, 25))]
    assert told["skipped"][0] == {"date": "2026-03-14", "kind": "weekend", "name": "Sabtu"}
    assert told["skipped"][2]["kind"] == "cuti_bersama"
    six = await client.get("/calendar/due?from=2026-03-12&length=5&week=6", headers=headers)
    assert six.json()["due_on"] == "2026-03-25"
    rolled = await client.get(
        "/calendar/due?from=2026-03-02&length=60&unit_of_time=cd&roll=true", headers=headers
    )
    assert rolled.json()["due_on"] == "2026-05-04"
    assert [one["date"] for one in rolled.json()["skipped"]] == ["2026-05-01", "2026-05-02", "2026-05-03"]
    provisional = await client.get("/calendar/due?from=2026-12-23&length=5", headers=headers)
    assert (provisional.json()["due_on"], provisional.json()["is_provisional"]) == ("2027-01-04", True)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2028-05-02&length=3", "calendar_missing"),
        ("from=2027-12-30&length=3", "calendar_missing"),
        ("from=2026-01-02&length=1000", "calendar_missing"),
        ("from=2026-02-30&length=3", "validation_failed"),
        ("from=2026-01-02&length=0", "validation_failed"),
    ],
)
async def test_a_due_day_is_refused_where_nobody_can_know_it(
    client: httpx2.AsyncClient, issuer: TestIssuer, query: str, code: str
) -> None:
    headers = issuer.headers("complaint_officer", level="unit", units=["u-1"])
    refused = await client.get(f"/calendar/due?{query}", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_change_goes_from_draft_to_preview_to_calendar_over_http(
    client: httpx2.AsyncClient, issuer: TestIssuer, filer: Filer
) -> None:
    await filer.submit()
    headers = issuer.headers("admin", level="national")
    body = {"adds": [{"date": "2026-01-07", "kind": "cuti_bersama", "name": "Contoh"}], "decree": DECREE}
    drafted = await client.post("/calendar/2026/changes", json=body, headers=headers)
    assert (drafted.status_code, drafted.json()["is_waiting"]) == (200, True)
    assert (await client.get("/calendar/2026/draft", headers=headers)).json() == drafted.json()
    moves = (await client.get("/calendar/2026/preview", headers=headers)).json()
    assert [(one["old_due_text"], one["new_due_text"], one["clocks"]) for one in moves["items"]] == [
        ("8 Januari 2026 pukul 24.00 WIB", "9 Januari 2026 pukul 24.00 WIB", 1)
    ]
    years_before = (await client.get("/calendar", headers=headers)).json()["items"]
    assert [year["has_draft"] for year in years_before] == [False, True, False]
    unseen = await client.post("/calendar/2026/confirm", json={"decree": DECREE}, headers=headers)
    assert (unseen.status_code, unseen.json()["code"]) == (409, "calendar_draft_outdated")
    body = {"decree": DECREE, "seen": drafted.json()["entered_at"]}
    done = await client.post("/calendar/2026/confirm", json=body, headers=headers)
    assert (done.status_code, done.json()["calendar_version"]) == (200, 5)


async def test_nothing_is_confirmed_that_was_not_looked_at(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await draft(db, adds=[ADDED])
    async with db.reading() as session:
        waiting = await calendars.draft(session, NATION)
    assert waiting is not None

    async def say(seen: datetime | None, target: Target = NATION, decree: str = DECREE) -> None:
        async with db.transaction() as session:
            await years.confirm(session, ADMIN, target, decree, seen=seen)

    for seen in (None, waiting.entered_at - timedelta(seconds=1)):
        with pytest.raises(DraftOutdatedError):
            await say(seen)
    await say(waiting.entered_at)
    await say(waiting.entered_at)  # again: it counts by now
    with pytest.raises(DraftOutdatedError):  # discarded since, and what stands was not what they looked at
        await say(waiting.entered_at, Target("national", "", 2027), SHIPPED_2027)
    await say(None, Target("national", "", 2027), SHIPPED_2027)


async def test_a_unit_sets_its_week_over_http(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    headers = issuer.headers("complaint_supervisor", level="unit", units=["u-1"])
    stretches = {str(day): [{"opens": "08:00", "closes": "13:00"}] for day in range(1, 7)}
    body = {"first": "2026-02-02", "days": 6, "hours": stretches, "ramadan_hours": stretches}
    done = await client.post("/units/u-1/week", json=body, headers=headers)
    assert (done.status_code, done.json()["calendar_version"]) == (200, 5), done.text
    shown = (await client.get("/units/u-1/calendar", headers=headers)).json()
    assert (shown["week"]["first"], shown["week"]["days"]) == (None, 5)
    assert [(one["first"], one["days"]) for one in shown["chosen"]] == [("2026-02-02", 6)]
    refused = await client.post("/units/u-1/week", json=body | {"days": 5}, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "hours")
