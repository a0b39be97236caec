"""The register of custodians."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy.domain import Custodian
from services.complaints.secrecy.tables import CUSTODIAN
from services.complaints.tables import columns_of
from shared.db.arrays import among
from shared.security import Scope

_ROWS = select(*columns_of(Custodian, CUSTODIAN))


async def insert(session: AsyncSession, custodian: Custodian, entered_by: str) -> bool:
    """Enter a custodian; False where the agency has the key already."""
    put = insert_into(CUSTODIAN).values(**asdict(custodian), entered_by=entered_by)
    return await session.scalar(put.on_conflict_do_nothing().returning(CUSTODIAN.c.id)) is not None


async def lock(session: AsyncSession, custodian_id: UUID) -> Custodian | None:
    """Lock and return a custodian."""
    row = (await session.execute(_ROWS.where(CUSTODIAN.c.id == custodian_id).with_for_update())).one_or_none()
    return None if row is None else Custodian(*row)


async def update(session: AsyncSession, custodian: Custodian) -> None:
    """Write a locked custodian back."""
    is_it = CUSTODIAN.c.id == custodian.id
    values = {"valid_to": custodian.valid_to, "version": custodian.version}
    await session.execute(CUSTODIAN.update().where(is_it).values(**values))


async def within(session: AsyncSession, scope: Scope) -> list[Custodian]:
    """Return custodians of the agencies in a scope, by agency and name: a handful each."""
    asked = (
        _ROWS
        if scope.level == "national"
        else _ROWS.where(among(CUSTODIAN.c.agency_id, sorted(scope.agencies)))
    )
    rows = await session.execute(asked.order_by(CUSTODIAN.c.agency_id, CUSTODIAN.c.name, CUSTODIAN.c.id))
    return [Custodian(*row) for row in rows]
