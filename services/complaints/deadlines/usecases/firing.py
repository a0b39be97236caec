"""Fire what is due: the claim, its events, its ledger, its messages and its work, in one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import events, metrics
from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.deadlines.domain.schedule import emitted, event_id, event_key, fact_of, repeat_code
from services.complaints.deadlines.store import firing
from services.complaints.deadlines.store.firing import BATCH, Claimed, Fired
from shared.db import on_commit
from shared.process.crash import crash_point
from shared.recording import record

CANARY = "canary"
"""Kind of the deadlines that only prove that pollers fire: they give no event."""


async def fire_due(
    session: AsyncSession,
    policies: PolicyBook,
    now: datetime,
    *,
    batch: int = BATCH,
    aside: Collection[UUID] = (),
) -> int:
    """Fire the rungs of at most `batch` deadlines due at `now`, none of those aside; return how many."""
    return await _fire(session, policies, await firing.claim(session, now, batch=batch, aside=aside), now)


async def fire_one(session: AsyncSession, policies: PolicyBook, now: datetime, deadline: UUID) -> int:
    """Fire one deadline when it is due and nobody else holds it; return how many deadlines."""
    return await _fire(session, policies, await firing.claim_one(session, now, deadline), now)


async def _fire(
    session: AsyncSession, policies: PolicyBook, claimed: Sequence[Claimed], now: datetime
) -> int:
    crash_point("deadline_after_claim")
    await _publish(session, policies, claimed, now)
    crash_point("deadline_before_commit")
    return len(claimed)


async def fire_case(session: AsyncSession, policies: PolicyBook, now: datetime, case_ref: UUID) -> None:
    """Fire what a case owes at `now` before an act on it: the caller holds the lock of the case."""
    await _publish(session, policies, await firing.claim_case(session, now, case_ref), now)


async def _publish(
    session: AsyncSession, policies: PolicyBook, claimed: Sequence[Claimed], now: datetime
) -> None:
    told = [
        (one, deadline.old_version + i)
        for deadline in claimed
        if deadline.kind != CANARY
        for i, one in enumerate(rungs(deadline), 1)
    ]
    if not told:
        return
    fired = [one for one, _ in told]
    await firing.keep(session, fired, now)
    await owe_work(session, policies, fired, now)
    ids = [one.event_id for one in fired]
    on_commit(session, lambda: _note_lag(fired, now))
    facts = [events.fired(one, version, now) for one, version in told]
    await record(
        session,
        None,
        "fire_deadlines",
        source=events.SOURCE,
        entity="deadline",
        entity_id=fired[0].key,
        facts=facts,
        at=now,
        event_ids=ids,
        changes={"rungs": [one.key for one in fired]},
    )


async def owe_work(
    session: AsyncSession, policies: PolicyBook, fired: Sequence[Fired], now: datetime
) -> None:
    """Note what falls due for cases with these rungs."""
    overdue = [(one, policies.due_work(one.deadline.rule_id)) for one in fired if one.fact == "overdue"]
    items = [(one, kind) for one, kind in overdue if kind is not None]
    if items:
        await firing.owe_work(session, items, now)


def rungs(deadline: Claimed) -> list[Fired]:
    """Return the rungs of a claimed deadline that speak; beyond the ladder's last it repeats."""
    return [
        rung(deadline, index) for index in emitted(deadline.first_rung, deadline.end_rung, deadline.due_rung)
    ]


def rung(deadline: Claimed, index: int) -> Fired:
    """Return one rung of a deadline by its place in the ladder, counted on through the repeats."""
    is_repeat = index >= len(deadline.rung_code)
    code = repeat_code(index, len(deadline.rung_code)) if is_repeat else deadline.rung_code[index]
    to = deadline.repeat_to if is_repeat else deadline.rung_to[index]
    notify_at = deadline.rung_notify_at[min(index, len(deadline.rung_code) - 1)]
    key = event_key(deadline.id, code)
    addressees = tuple(role for role in to.split(",") if role)
    fact = fact_of(index, deadline.due_rung)
    return Fired(deadline, key, event_id(key), code, fact, addressees, notify_at)


def _note_lag(fired: Sequence[Fired], now: datetime) -> None:
    """Note how long the engine took: from when it could fire, not from what was over before it was told."""
    for one in fired:
        deadline = one.deadline
        if one.fact == "overdue" and not deadline.is_backdated:
            metrics.FIRE_LAG.observe((now - max(deadline.due_at, deadline.armed_at)).total_seconds())
