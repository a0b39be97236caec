"""Cases as they stand, streamed whole, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func, literal, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.store.cases import STORED, case_of
from services.complaints.cases.tables import CASE, CASE_EVENT, PROPOSAL
from shared.outbox.snapshot import stream

_LAST = select(CASE_EVENT.c.act, CASE_EVENT.c.at).where(CASE_EVENT.c.case_id == CASE.c.id)
_ACT = _LAST.order_by(CASE_EVENT.c.version.desc()).limit(1).lateral("last")
_CASES = select(*STORED, *_ACT.c).join_from(CASE, _ACT, true()).order_by(CASE.c.id)


async def cases(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[tuple[Case, str, datetime]]:
    """Yield every case, or one, with its last act and when that was."""
    async for row in stream(session, _CASES if only is None else _CASES.where(CASE.c.id == only)):
        values = row._asdict() | {"has_draft": False, "drafted_by": None}
        act, at = values.pop("act"), values.pop("at")
        yield case_of(values), act, at


async def lift_case(session: AsyncSession, case_id: UUID, floor: int) -> None:
    """Raise a case's version above the floor; what was proposed at its version stays proposed."""
    above = func.greatest(CASE.c.version, literal(floor, BigInteger)) + 1
    before = literal_column("old.version", BigInteger).label("before")
    lifted = CASE.update().where(CASE.c.id == case_id).values(version=above)
    case = lifted.returning(CASE.c.id, before, CASE.c.version).cte("lifted")
    proposal = PROPOSAL.c
    is_its = (proposal.case_id == case.c.id, proposal.version == case.c.before)
    await session.execute(PROPOSAL.update().where(*is_its).values(version=case.c.version))
