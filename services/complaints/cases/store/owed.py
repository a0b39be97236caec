"""What reporters are to be told of: noted in the transaction of what happened, passed on later."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.tables import CASE, REPORTER_NOTICE

ANSWER = "responded"
"""The fact whose notice has to arrive before silence counts."""
TOLD = frozenset(
    {
        "completion_requested",
        "verified",
        "transferred",
        "extended",
        "inspection_ordered",
        ANSWER,
        "closed",
        "dismissed",
        "appeal_decided",
        "reopened",
    }
)
"""Facts that reporters are told of, unless they made them. Own rule: what changes what they see or may do."""
MESSAGE = "message"


async def owe_act(session: AsyncSession, case: Case, fact: str, at: datetime) -> None:
    """Note that a reporter is to be told of an act, at the version the case has after it.

    An answer is that of the cases too which repeat this one.
    """
    if fact in TOLD:
        await _owe(session, case, f"act:{case.id}:{case.version}", fact, at)


async def owe_message(session: AsyncSession, case: Case, message_id: UUID, at: datetime) -> None:
    """Note that a reporter is to be told of an officer's message."""
    await _owe(session, case, f"message:{message_id}", MESSAGE, at)


async def is_returned(session: AsyncSession, case: Case) -> bool:
    """Tell whether the notice of the answer of a case's cycle came back, and no letter went in its place."""
    row = REPORTER_NOTICE.c
    theirs = exists().where(row.case_id == case.id, row.fact == ANSWER, row.cycle == case.cycle)
    return bool(await session.scalar(select(theirs.where(row.outcome.in_(("bounced", "to_post"))))))


async def _owe(session: AsyncSession, case: Case, key: str, fact: str, at: datetime) -> None:
    """Note it for whoever left a name or a contact: who did neither is told by the receipt alone."""
    is_repeat = CASE.c.state == literal(State.DUPLIKAT.value, literal_execute=True)  # as its index has it
    repeats = (CASE.c.parent_id == case.id) & is_repeat
    whose = or_(CASE.c.id == case.id, repeats) if fact == ANSWER else CASE.c.id == case.id
    cycle, moment = literal(case.cycle, Integer), literal(at, DateTime(timezone=True))
    rows = select(CASE.c.id, literal(key, Text), literal(fact, Text), cycle, moment)
    rows = rows.where(whose, CASE.c.identity_kind != "anonymous")
    owed = insert_into(REPORTER_NOTICE).from_select(["case_id", "key", "fact", "cycle", "at"], rows)
    await session.execute(owed.on_conflict_do_nothing())
