"""Late before anybody knew, or because an officer was: only the first is backdated, and no lag of ours."""

from datetime import datetime

from prometheus_client import REGISTRY

from services.complaints.cases.usecases import acts
from services.complaints.deadlines.jobs import DeadlinePoller
from shared.db import Database
from tests.integration.complaints.conftest import SUPERVISOR, Filer, MovedClock, wib
from tests.integration.complaints.engine import drain, verify

LAG = "zi_complaints_deadline_fire_lag_seconds"


def lag() -> tuple[float, float]:
    """Return how many breaches were measured, and their seconds in all."""
    count, seconds = (REGISTRY.get_sample_value(f"{LAG}_{part}") for part in ("count", "sum"))
    assert count is not None
    assert seconds is not None
    return count, seconds


async def backdated(filer: Filer) -> dict[str, bool]:
    """Tell of each rule's deadlines that ran out whether they are backdated."""
    rows = await filer.rows("SELECT rule, is_backdated FROM deadline WHERE breached_at IS NOT NULL")
    return {row.rule: row.is_backdated for row in rows}


async def handed_out(
    filer: Filer, db: Database, clock: MovedClock, received_at: datetime | None, on: datetime
) -> None:
    """Enter a report now and, without any act before, hand it out on another day."""
    received = await filer.submit(received_at=received_at)
    await clock.set(on)
    await verify(filer, received.case.id)
    async with db.transaction() as session:
        await acts.dispose(
            session, filer.engine, SUPERVISOR, received.case.id, 2, handler="penangan", note=None
        )


async def test_what_was_over_before_it_was_entered_is_backdated_and_no_lag_of_the_engine(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    before = lag()
    await filer.submit(received_at=wib(2025, 12, 1))
    await drain(poller)
    assert (await backdated(filer))["D1"] is True
    assert lag() == before


async def test_a_deadline_that_an_officer_lets_pass_before_it_is_armed_is_late_and_not_backdated(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    await filer.submit()
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)  # D1 of the first, in time
    count, seconds = lag()
    await handed_out(filer, db, clock, None, wib(2026, 1, 20))
    ran_out = await backdated(filer)
    assert ran_out["D5"] is False
    measured, lasted = lag()
    assert measured > count
    assert (await filer.rows("SELECT due_at < armed_at AS late FROM deadline WHERE rule = 'D5'"))[0].late
    # D1 fired by the verification, days after its due time: that is the engine's lag, and D5 adds none.
    due = (await filer.rows("SELECT max(due_at) AS at FROM deadline WHERE rule = 'D1'"))[0].at
    assert lasted - seconds == (wib(2026, 1, 20) - due).total_seconds()


async def test_late_before_entry_and_late_after_it_are_told_apart_by_the_moment_of_entry(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await handed_out(filer, db, clock, wib(2025, 12, 1), wib(2026, 1, 6))
    assert (await backdated(filer))["D5"] is True


async def test_a_report_entered_in_time_and_handled_late_is_not_backdated(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await handed_out(filer, db, clock, wib(2026, 1, 2), wib(2026, 1, 20))
    assert (await backdated(filer))["D5"] is False
