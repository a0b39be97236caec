"""What somebody proposed to do with a case, until somebody else decides about it or the case changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import ActName
from services.complaints.cases.domain.case import Case
from services.complaints.cases.tables import PROPOSAL


async def propose(
    session: AsyncSession, case: Case, act: ActName, content: Mapping[str, Any], officer: str, at: datetime
) -> None:
    """Keep a proposed act at the version the case has now, in place of an earlier one; the newest counts."""
    proposal = {"act": act, "content": dict(content), "proposed_by": officer, "proposed_at": at}
    made = insert_into(PROPOSAL).values(**proposal, case_id=case.id, version=case.version)
    anew = proposal | {"decided_by": None, "decided_at": None, "is_confirmed": None}
    key = list(PROPOSAL.primary_key)
    await session.execute(made.on_conflict_do_update(index_elements=key, set_=anew))


async def proposed_parent(session: AsyncSession, case_id: UUID) -> UUID | None:
    """Return the case that is proposed as the one this repeats, of which nothing is locked yet."""
    of = PROPOSAL.c
    asked = select(of.content["parent_id"].astext).where(of.case_id == case_id, of.decided_at.is_(None))
    found = await session.scalar(asked.order_by(of.version.desc()).limit(1))
    return None if found is None else UUID(found)


async def decide(
    session: AsyncSession, case: Case, officer: str, at: datetime, *, is_confirmed: bool
) -> dict[str, Any]:
    """Confirm or refuse what is proposed for a locked case, and return what it would bring."""
    is_it = (PROPOSAL.c.case_id == case.id, PROPOSAL.c.version == case.version)
    decided = PROPOSAL.update().where(*is_it, PROPOSAL.c.decided_at.is_(None))
    decided = decided.values(decided_by=officer, decided_at=at, is_confirmed=is_confirmed)
    content: dict[str, Any] = (await session.execute(decided.returning(PROPOSAL.c.content))).scalar_one()
    return content
