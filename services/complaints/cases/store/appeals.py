"""The one appeal that a reporter has against the end of a case."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.tables import APPEAL
from services.complaints.tables import columns_of


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal, and the decision about it once there is one."""

    reason: str
    appealed_at: datetime
    decision: str | None
    is_upheld: bool | None
    decided_by: str | None
    decided_at: datetime | None


_APPEALS = select(*columns_of(Appeal, APPEAL))


async def get(session: AsyncSession, case_id: UUID) -> Appeal | None:
    """Return the appeal of a case, None when there was none."""
    row = (await session.execute(_APPEALS.where(APPEAL.c.case_id == case_id))).one_or_none()
    return None if row is None else Appeal(*row)


async def file(session: AsyncSession, case_id: UUID, reason: str, at: datetime) -> None:
    """Keep a new appeal; the caller has made sure that there was none."""
    await session.execute(APPEAL.insert().values(case_id=case_id, reason=reason, appealed_at=at))


async def decide(
    session: AsyncSession, case_id: UUID, decision: str, officer: str, at: datetime, *, is_upheld: bool
) -> None:
    """Keep the decision about an appeal."""
    decided = {"decision": decision, "is_upheld": is_upheld, "decided_by": officer, "decided_at": at}
    await session.execute(APPEAL.update().where(APPEAL.c.case_id == case_id).values(**decided))
