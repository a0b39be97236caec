"""Who people are: only here, only under the identity role."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.people.domain import Identity
from services.planning.tables import PERSON_IDENTITY, columns_of
from shared.db import identity_role
from shared.db.arrays import among


def _as_identities(session: AsyncSession) -> AbstractAsyncContextManager[None]:
    return identity_role(session, "planning")


async def save(session: AsyncSession, identities: Mapping[UUID, Identity]) -> None:
    """Write who people are, in place of what stood there."""
    if not identities:
        return
    made = insert_into(PERSON_IDENTITY)
    key = list(PERSON_IDENTITY.primary_key)
    changes = {column.name: column for column in made.excluded if column.name != "person_id"}
    rows = [{"person_id": person_id, **asdict(one)} for person_id, one in identities.items()]
    async with _as_identities(session):
        await session.execute(made.on_conflict_do_update(index_elements=key, set_=changes), rows)


async def of(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, Identity]:
    """Return who these people are, by pseudonym."""
    asked = select(PERSON_IDENTITY.c.person_id, *columns_of(Identity, PERSON_IDENTITY))
    async with _as_identities(session):
        rows = await session.execute(asked.where(among(PERSON_IDENTITY.c.person_id, people)))
    return {person_id: Identity(*identity) for person_id, *identity in rows}


async def by_number(session: AsyncSession, numbers: Collection[str]) -> dict[str, Sequence[UUID]]:
    """Return the people who have these employee numbers, of every agency."""
    asked = select(PERSON_IDENTITY.c.employee_number, PERSON_IDENTITY.c.person_id)
    async with _as_identities(session):
        rows = await session.execute(asked.where(among(PERSON_IDENTITY.c.employee_number, numbers)))
    found: dict[str, list[UUID]] = {}
    for number, person_id in rows:
        found.setdefault(number, []).append(person_id)
    return dict(found)
