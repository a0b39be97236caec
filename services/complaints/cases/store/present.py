"""Cases as they stand, streamed whole, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.store.cases import STORED_CASE, case_of
from shared.outbox.snapshot import stream


async def cases(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[tuple[Case, str, datetime]]:
    """Yield every case, or one, with its last act and when that was."""
    async for row in stream(
        session,
        f"""
            SELECT {STORED_CASE}, e.act, e.at FROM case_file c, LATERAL (
                SELECT act, at FROM case_event WHERE case_id = c.id ORDER BY version DESC LIMIT 1) e
            WHERE cast(:only AS uuid) IS NULL OR c.id = :only ORDER BY c.id
        """,
        only=only,
    ):
        values = row._asdict() | {"has_draft": False, "drafted_by": None}
        act, at = values.pop("act"), values.pop("at")
        yield case_of(values), act, at


async def lift_case(session: AsyncSession, case_id: UUID, floor: int) -> None:
    """Raise a case's version above the floor; what was proposed at its version stays proposed."""
    await session.execute(
        text("""
            WITH lifted AS (
                UPDATE case_file SET version = greatest(version, :floor) + 1 WHERE id = :id
                RETURNING id, old.version AS before, new.version AS after
            )
            UPDATE completion_proposal p SET version = lifted.after FROM lifted
            WHERE p.case_id = lifted.id AND p.version = lifted.before
        """),
        {"id": case_id, "floor": floor},
    )
