"""Sealed identities, written, given and erased by the owner's functions alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Integer, LargeBinary, Text, Uuid, column, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy.domain import (
    GIVER_NAME,
    REPORTER_CONTACT,
    REPORTER_NAME,
    ContactWay,
    Found,
    Sealed,
)
from services.complaints.secrecy.tables import GIVER, REPORTER
from shared.db import identity_role

_PLAIN_REPORTER = select(REPORTER.c.name, REPORTER.c.contact)
_PLAIN_GIVER = select(GIVER.c.name)


async def keep(session: AsyncSession, sealed: Sealed) -> bool:
    """Store an identity in place of all that was known before; False where another one came between."""
    kept = func.zi_keep_identity(
        literal(sealed.ref, Uuid),
        sealed.version,
        sealed.wrapped_by,
        sealed.wrapped,
        literal(sealed.way, Text),
        literal(list(sealed.fields), ARRAY(Text)),
        literal(list(sealed.fields.values()), ARRAY(LargeBinary)),
    )
    return bool(await session.scalar(select(kept)))


async def way(session: AsyncSession, ref: UUID) -> ContactWay | None:
    """Return which way leads to a sealed contact; None where none is sealed."""
    found: ContactWay | None = await session.scalar(select(func.zi_way_of_identity(literal(ref, Uuid))))
    return found


async def find(session: AsyncSession, ref: UUID) -> Found:
    """Return what is stored of an identity; in plain text only what no key has been found for yet."""
    told = func.zi_sealed_identity(literal(ref, Uuid)).table_valued(
        column("version", Integer), column("wrapped", Text), column("field", Text),
        column("content", LargeBinary),
    )  # fmt: skip
    rows = (await session.execute(select(told))).all()
    sealed = None
    if rows:
        fields = {row.field: row.content for row in rows}
        sealed = Sealed(ref, rows[0].version, 0, rows[0].wrapped, fields)
    return Found(sealed, await plain(session, ref))


async def plain(session: AsyncSession, ref: UUID, *, is_locked: bool = False) -> dict[str, str]:
    """Return what the release before wrote of an identity, locked where it is to be moved."""
    reporter = _PLAIN_REPORTER.where(REPORTER.c.case_id == ref)
    giver = _PLAIN_GIVER.where(GIVER.c.dossier_id == ref)
    if is_locked:
        reporter, giver = reporter.with_for_update(), giver.with_for_update()
    async with identity_role(session, "complaints"):
        reported = (await session.execute(reporter)).one_or_none()
        gave = await session.scalar(giver)
    told = {GIVER_NAME: gave}
    if reported is not None:
        told |= {REPORTER_NAME: reported.name, REPORTER_CONTACT: reported.contact}
    return {name: value for name, value in told.items() if value}


async def forget_plain(session: AsyncSession, ref: UUID) -> bool:
    """Delete what says nothing of anybody."""
    async with identity_role(session, "complaints"):
        await session.execute(REPORTER.delete().where(REPORTER.c.case_id == ref))
        await session.execute(GIVER.delete().where(GIVER.c.dossier_id == ref))
    return True


async def erase(session: AsyncSession, ref: UUID) -> bool:
    """Destroy the key of an identity and all that it sealed; tell whether there was anything."""
    return bool(await session.scalar(select(func.zi_erase_identity(literal(ref, Uuid)))))


async def some_plain(session: AsyncSession, most: int) -> list[UUID]:
    """Return some cases and matters whose identity the release before wrote."""
    async with identity_role(session, "complaints"):
        found = list(await session.scalars(select(REPORTER.c.case_id).limit(most)))
        return found or list(await session.scalars(select(GIVER.c.dossier_id).limit(most)))


async def count_plain(session: AsyncSession) -> int:
    """Return how many identities still stand in plain text."""
    reporters = select(func.count()).select_from(REPORTER).scalar_subquery()
    givers = select(func.count()).select_from(GIVER).scalar_subquery()
    async with identity_role(session, "complaints"):
        return int(await session.scalar(select(reporters + givers)) or 0)


async def wrapped_otherwise(session: AsyncSession, newest: int, most: int) -> Sequence[tuple[UUID, int, str]]:
    """Return ref, version and wrapped key of some that an older wrapping key wraps."""
    told = func.zi_wrapped_otherwise(newest, most).table_valued(
        column("ref", Uuid), column("version", Integer), column("wrapped", Text)
    )
    return [tuple(row) for row in await session.execute(select(told))]


async def rewrap(
    session: AsyncSession, ref: UUID, version: int, before: str, wrapped_by: int, wrapped: str
) -> bool:
    """Store a key wrapped anew; False where it was replaced or erased meanwhile."""
    done = func.zi_rewrap_identity(literal(ref, Uuid), version, before, wrapped_by, wrapped)
    return bool(await session.scalar(select(done)))
