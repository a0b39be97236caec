"""The answers of cases: drafted, approved, or withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, RowMapping, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Answer, Case, Outcome
from services.complaints.cases.tables import ANSWER, CASE, WITHDRAWN_DRAFT
from services.complaints.tables import row_of

_IS_OPEN_DRAFT = (ANSWER.c.approved_at.is_(None), ANSWER.c.withdrawn_at.is_(None))
IS_DRAFT = (ANSWER.c.case_id == CASE.c.id, ANSWER.c.cycle == CASE.c.cycle, *_IS_OPEN_DRAFT)


async def save_draft(session: AsyncSession, case: Case, answer: Answer, officer: str, at: datetime) -> None:
    """Store the drafted answer of the case's cycle, in place of an earlier draft."""
    draft = row_of(answer, ANSWER) | {"outcome": answer.outcome.value, "evidence": list(answer.evidence)}
    draft |= {"content": answer.text, "drafted_by": officer, "drafted_at": at, "withdrawn_at": None}
    made = insert_into(ANSWER).values(**draft, case_id=case.id, cycle=case.cycle)
    await session.execute(made.on_conflict_do_update(index_elements=list(ANSWER.primary_key), set_=draft))


async def withdraw_draft(session: AsyncSession, case: Case, cycle: int, at: datetime) -> None:
    """Let the draft of a cycle go no further; it is kept, at the version the case has after it."""
    is_draft = (ANSWER.c.case_id == case.id, ANSWER.c.cycle == cycle, *_IS_OPEN_DRAFT)
    withdrawn = ANSWER.update().where(*is_draft).values(withdrawn_at=at).returning(*ANSWER.c).cte("withdrawn")
    kept = [column.name for column in WITHDRAWN_DRAFT.c if column.name != "version"]
    rows = select(literal(case.version, BigInteger), *(withdrawn.c[name] for name in kept))
    await session.execute(WITHDRAWN_DRAFT.insert().from_select(["version", *kept], rows))


async def approve_draft(
    session: AsyncSession, case: Case, officer: str, at: datetime
) -> tuple[Outcome, bool | None]:
    """Approve the draft; return its outcome and whether a service standard was breached."""
    is_draft = (
        ANSWER.c.case_id == case.id,
        ANSWER.c.cycle == case.cycle,
        *_IS_OPEN_DRAFT,
    )
    approved = ANSWER.update().where(*is_draft).values(approved_by=officer, approved_at=at)
    row = await session.execute(approved.returning(ANSWER.c.outcome, ANSWER.c.is_standard_breach))
    outcome, is_standard_breach = row.one()
    return Outcome(outcome), is_standard_breach


async def of_case(session: AsyncSession, case_id: UUID, *, is_approved: bool) -> Sequence[RowMapping]:
    """Return the answers of a case by cycle, drafts that wait included unless `is_approved`."""
    is_its = (ANSWER.c.case_id == case_id, ANSWER.c.withdrawn_at.is_(None))
    asked = select(ANSWER).where(*is_its).order_by(ANSWER.c.cycle)
    asked = asked.where(ANSWER.c.approved_at.is_not(None)) if is_approved else asked
    return (await session.execute(asked)).mappings().all()


async def withdrawn_drafts(session: AsyncSession, case_id: UUID) -> Sequence[RowMapping]:
    """Return the drafts of a case that went no further, in the order in which they were withdrawn."""
    asked = select(WITHDRAWN_DRAFT).where(WITHDRAWN_DRAFT.c.case_id == case_id)
    return (await session.execute(asked.order_by(WITHDRAWN_DRAFT.c.version))).mappings().all()
