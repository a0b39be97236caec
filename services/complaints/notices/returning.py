"""An answer whose notice came back: silence says nothing of who never heard of it, so it goes by post.

The clock of the reporter's silence is taken back and an officer has one to post the answer; once it is posted
silence counts anew, from that day. Source: complaints.md section 2, rule 4.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.refusals import FieldRefusedError, IllegalActError
from services.complaints.cases.store import cases
from services.complaints.cases.usecases.acts.moving import matter_of, tell
from services.complaints.cases.usecases.queries import reader_of
from services.complaints.deadlines import events
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import ENGINE, DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.notices import store
from shared.contracts.base import EventData
from shared.kernel import NotFoundError
from shared.security import Principal

RETURNED = "answer_returned"


async def take_back_next(session: AsyncSession, engine: DeadlineEngine) -> bool:
    """Take back the silence of the next case whose answer's notice came back; False when there is none.

    Where the reporter has acted on the answer they have read it: nothing is to be posted.
    Raises `ClockHeldError`.
    """
    case_id = await store.bounced(session)
    if case_id is None:
        return False
    now = await engine.clock.now(session)
    case = await cases.lock(session, case_id)
    answer = await store.lock_bounced(session, case_id)
    if case is None or answer is None:  # another process was first
        return True
    is_waiting = case.state is State.DITANGGAPI and case.cycle == answer.cycle
    if is_waiting:
        facts = await _stop_silence(session, engine, case, now)
        facts += await engine.arm(session, matter_of(case), RETURNED, now, now, cycle=case.cycle)
        await tell(session, None, "return_answer", case, facts, now)
    is_unread = is_waiting or case.state is State.DUPLIKAT
    await store.settle(session, answer, outcome="to_post" if is_unread else "by_receipt", ended_at=now)
    return True


async def note_posting(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    posted_on: date,
    letter: str,
) -> Case:
    """Note by which letter an answer was posted: from now on the reporter's silence counts.

    Raises `NotFoundError` out of sight, `IllegalActError` where no answer waits for it, `FieldRefusedError`
    for a day to come, `ClockHeldError`.
    """
    case = await cases.lock(session, case_id, await reader_of(session, actor))
    if case is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    answer = await store.lock_to_post(session, case_id)
    if answer is None:
        raise IllegalActError(
            "Tidak ada tanggapan pengaduan ini yang harus dikirim lewat pos.",
            state=case.state.value,
            act="post_answer",
        )
    now = await engine.clock.now(session)
    if posted_on > (await engine.calendar_of(session, case.unit_id)).local_date(now):
        raise FieldRefusedError("posted_on", "in_future", "Tanggal kirim tidak boleh setelah hari ini.")
    await fire_case(session, engine.policies, now, case.id)
    facts: list[EventData] = []
    for one in await deadlines.lock_running(session, case.id):
        if one.start_fact == RETURNED:
            is_met = one.breached_at is None and now < one.due_at
            facts.append(events.met(await deadlines.end(session, one, "met" if is_met else "late_done", now)))
    if case.state is State.DITANGGAPI:
        facts += await engine.arm(
            session, matter_of(case), "answered", now, now, cycle=case.cycle, actor=actor.subject
        )
    await store.settle(session, answer, outcome="posted", ended_at=now, posted_on=posted_on, letter=letter)
    await tell(
        session, actor, "post_answer", case, facts, now, posted_on=posted_on.isoformat(), letter=letter
    )
    return case


async def to_post(
    session: AsyncSession, actor: Principal, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """Return the cases within sight whose answer is to be posted, the oldest first."""
    return await store.to_post(session, await reader_of(session, actor), after=after, limit=limit)


async def _stop_silence(
    session: AsyncSession, engine: DeadlineEngine, case: Case, now: datetime
) -> list[EventData]:
    running = await deadlines.lock_running(session, case.id)
    return [
        events.cancelled(await deadlines.cancel(session, one, ENGINE, now))
        for one in running
        if _is_silence(engine, one)
    ]


def _is_silence(engine: DeadlineEngine, one: Deadline) -> bool:
    return engine.policies.about(one.rule_id, one.policy).on_due == "close_by_silence"
