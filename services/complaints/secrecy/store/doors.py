"""Cases as far as the identity behind them goes: whose they are, and whether the name is hidden."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store import cases
from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import CASE
from services.complaints.tables import columns_of


@dataclass(frozen=True, slots=True)
class Behind:
    """A case without a word of its content."""

    id: UUID
    tracking_id: str
    kind: str
    unit_id: str | None
    agency_id: str
    handler: str | None
    identity_kind: str
    is_name_hidden: bool


async def behind(session: AsyncSession, case_id: UUID, reader: Reader) -> Behind | None:
    """Return a case within sight."""
    asked = select(*columns_of(Behind, CASE)).where(CASE.c.id == case_id, reader.sees())
    row = (await session.execute(asked)).one_or_none()
    return None if row is None else Behind(*row)


async def is_named(session: AsyncSession, case_id: UUID) -> bool:
    """Tell whether the reporter of a case told anything of themselves."""
    asked = select(CASE.c.identity_kind != "anonymous").where(CASE.c.id == case_id)
    return bool(await session.scalar(asked))


async def case_named(session: AsyncSession, named: str) -> UUID | None:
    """Return the case of a public number, or of an id."""
    try:
        return UUID(named)
    except ValueError:
        return await cases.id_of(session, named)
