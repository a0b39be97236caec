"""What a test makes of a channel: outages begin with failures in a row, and end with one success."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels import events, store
from services.complaints.channels.data import probe_rules
from services.complaints.channels.domain import Verdict, judge
from services.complaints.channels.store import Registered, Told
from shared.contracts.base import EventData


async def take(
    session: AsyncSession,
    found: Registered,
    told: Told,
    verdict: Verdict,
    at: datetime,
    next_at: datetime,
    *,
    actor: str | None = None,
    note: str | None = None,
) -> Sequence[EventData]:
    """Keep what a test of a locked channel found; return the fact of an outage that begins or ends.

    With the fact goes its finding: one is opened, or the open one is closed.
    """
    one = found.channel
    watch, fact = judge(found.watch, verdict, at, probe_rules().failures)
    await store.note_check(session, one.id, verdict, at, actor, note)
    await store.keep_watch(session, one.id, watch, next_at)
    if fact is None:
        return []
    if fact == "check_failed":
        await store.open_finding(session, one.id, verdict.reason or "unreachable", at)
    else:
        await store.close_finding(session, one.id, "recovered", at)
    said = Told(one, fact, told.version + 1, found.places, at)
    await store.save(session, one, said)
    return [events.as_told(said)]
