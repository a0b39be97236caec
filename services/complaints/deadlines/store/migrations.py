"""Running deadlines under each version of a policy, and migrations from one version to another."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store.deadlines import DEADLINES, deadline_of
from services.complaints.deadlines.tables import DEADLINE, POLICY_MIGRATION
from services.complaints.tables import columns_of, row_of
from shared.db.database import savepoint

_RUNS = DEADLINE.c.status.in_([literal(one, literal_execute=True) for one in ("armed", "paused")])
"""Written as the index `deadline_policy` knows it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration and how far it is: `place` is the last deadline seen, None once it has `ended_at`.

    It `moved` deadlines, `lifted` some of these out of the past, `held` those that wait for `confirmed_by`.
    `stopped` says why it ended before it was through.
    """

    id: UUID
    from_policy: str
    to_policy: str
    unit_id: str | None
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    place: UUID | None
    moved: int
    lifted: int
    held: int
    ended_at: datetime | None
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """How many deadlines run under a version: unbreached, standing still among them, and breached ones."""

    unbreached: int
    paused: int
    breached: int


_OPEN = "policy_migration_open"
_MIGRATIONS = select(*columns_of(Migration, POLICY_MIGRATION))


async def start(session: AsyncSession, migration: Migration) -> bool:
    """Keep a new migration; False when one from its version is under way."""
    made = insert(POLICY_MIGRATION).values(row_of(migration, POLICY_MIGRATION))
    made = made.on_conflict_do_nothing(
        index_elements=["from_policy"], index_where=POLICY_MIGRATION.c.ended_at.is_(None)
    )
    return (await session.execute(made.returning(POLICY_MIGRATION.c.id))).one_or_none() is not None


async def of(session: AsyncSession, from_policy: str) -> list[Migration]:
    """Return all migrations from a version, the newest first."""
    asked = _MIGRATIONS.where(POLICY_MIGRATION.c.from_policy == from_policy)
    return await _all(session, asked.order_by(POLICY_MIGRATION.c.id.desc()))


async def lock(session: AsyncSession, migration_id: UUID) -> Migration | None:
    """Lock and return a migration; waits for a step of it."""
    found = await _all(session, _MIGRATIONS.where(POLICY_MIGRATION.c.id == migration_id).with_for_update())
    return found[0] if found else None


async def take(session: AsyncSession, known: Collection[str], lost_since: datetime) -> Migration | None:
    """Lock and return the oldest that is under way and that nobody else steps.

    It goes between known versions, or was let go before `lost_since`.
    """
    of = POLICY_MIGRATION.c
    is_known = of.from_policy.in_(known) & of.to_policy.in_(known)
    is_lost = func.coalesce(of.confirmed_at, of.asked_at) < lost_since
    asked = _MIGRATIONS.where(of.ended_at.is_(None), is_known | is_lost)
    asked = asked.order_by(of.asked_at, of.id).limit(1).with_for_update(skip_locked=True)
    found = await _all(session, asked)
    return found[0] if found else None


async def reopen(session: AsyncSession, migration: Migration) -> bool:
    """Let a locked migration start anew; False when another one from its version is under way."""
    try:
        async with savepoint(session):
            await keep(session, migration)
    except IntegrityError as error:
        if _OPEN not in str(error.orig):
            raise
        return False
    return True


async def keep(session: AsyncSession, migration: Migration) -> None:
    """Write how far a locked migration is."""
    is_it = POLICY_MIGRATION.c.id == migration.id
    await session.execute(POLICY_MIGRATION.update().where(is_it).values(row_of(migration, POLICY_MIGRATION)))


async def running(
    session: AsyncSession, policy: str, unit_key: str | None, *, after: UUID, limit: int
) -> list[Deadline]:
    """Return the next unbreached deadlines by id that run under a version, all or one unit's."""
    asked = _under(DEADLINES, policy, unit_key).where(DEADLINE.c.breached_at.is_(None), DEADLINE.c.id > after)
    rows = await session.execute(asked.order_by(DEADLINE.c.id).limit(limit))
    return [deadline_of(row) for row in rows.mappings()]


async def count(session: AsyncSession, policy: str, unit_key: str | None) -> Running:
    """Count the deadlines that run under a version, all or one unit's."""
    is_breached = DEADLINE.c.breached_at.is_not(None)
    counted = select(
        func.count().filter(~is_breached),
        func.count().filter(DEADLINE.c.status == "paused"),
        func.count().filter(is_breached),
    ).select_from(DEADLINE)
    return Running(*(await session.execute(_under(counted, policy, unit_key))).one())


def _under(asked: Select[*tuple[Any, ...]], policy: str, unit_key: str | None) -> Select[*tuple[Any, ...]]:
    narrowed = asked.where(DEADLINE.c.policy == policy, _RUNS)
    return narrowed if unit_key is None else narrowed.where(DEADLINE.c.unit_id == unit_key)


async def _all(session: AsyncSession, asked: Select[*tuple[Any, ...]]) -> list[Migration]:
    return [Migration(**row) for row in (await session.execute(asked)).mappings()]
