"""The nightly count: what became otherwise since the last one is told, once a day."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.deadlines.events import SOURCE
from services.complaints.handling import events
from services.complaints.handling.domain.figures import Figures
from services.complaints.handling.domain.periods import period_of
from services.complaints.handling.store import report as store
from services.complaints.handling.store import told
from services.complaints.handling.store.report import Wanted
from services.complaints.handling.tables import STATISTICS_DAY
from services.complaints.handling.usecases.report import rules_of
from shared.contracts.base import EventData
from shared.db.clock import database_now
from shared.kernel import Zone
from shared.recording import record
from shared.security import Scope

YEARS = 2
"""This year and the one before: its cases still move while they are worked on."""


async def record_day(session: AsyncSession, book: PolicyBook) -> bool:
    """Count this year and the one before for every unit and stream; false when the day was counted already.

    A place whose cases all went elsewhere is told that it has none: else they would count twice.

    Days on which no process ran are not made up for: a count says how cases stand, and only now is known.
    """
    now = await database_now(session)
    today = now.astimezone(Zone.WIB.tz).date()
    claimed = insert(STATISTICS_DAY).values(day=today, recorded_at=now).on_conflict_do_nothing()
    if await session.scalar(claimed.returning(STATISTICS_DAY.c.day)) is None:
        return False
    facts: list[EventData] = []
    for year in range(today.year - YEARS + 1, today.year + 1):
        counted = await store.count(session, Wanted(Scope("national")), period_of(str(year)), rules_of(book))
        places = dict.fromkeys(await told.places(session, str(year)), Figures())
        places |= {(one.unit_id, one.stream): found for one, found in counted.places.items() if one.unit_id}
        for (unit_id, stream), figures in sorted(places.items(), key=lambda one: one[0]):
            content = {
                "unit_id": unit_id,
                "stream": stream,
                "period": str(year),
                "counts": events.counts_in(figures).model_dump(),
            }
            named = f"{unit_id}:{stream}:{year}"
            said = await told.say(session, named, "recorded", content, now)
            facts += [] if said is None else [events.as_told(said)]
    await record(
        session,
        None,
        "record_statistics",
        source=SOURCE,
        entity="statistics",
        entity_id=str(today),
        facts=facts,
        at=now,
        changes={"recorded": len(facts)},
    )
    return True
