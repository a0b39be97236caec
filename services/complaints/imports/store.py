"""Files that are taken in, their rows, and what other systems say of cases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import ANSWER, CASE, CASE_EVENT
from services.complaints.imports.domain.deciding import Known
from services.complaints.imports.domain.rows import Row
from services.complaints.imports.tables import CASE_IMPORT, CASE_IMPORT_LINE, CASE_SOURCE
from services.complaints.tables import UNIT
from shared.db.arrays import among
from shared.security import Scope

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_WAITS = ("mapping", "checked")


async def add(session: AsyncSession, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """Insert a file with its rows."""
    await session.execute(CASE_IMPORT.insert().values(**values))
    await session.execute(CASE_IMPORT_LINE.insert(), [dict(one) for one in lines])


async def get(
    session: AsyncSession, import_id: UUID, scope: Scope, *, is_locked: bool = False
) -> RowMapping | None:
    """Return a file of an agency within reach."""
    asked = select(CASE_IMPORT).where(CASE_IMPORT.c.id == import_id, _within(scope))
    found = await session.execute(asked.with_for_update() if is_locked else asked)
    return found.mappings().one_or_none()


async def newest(session: AsyncSession, scope: Scope, limit: int) -> Sequence[RowMapping]:
    """Return the newest files of agencies within reach."""
    asked = select(CASE_IMPORT).where(_within(scope)).order_by(CASE_IMPORT.c.id.desc()).limit(limit)
    return (await session.execute(asked)).mappings().all()


async def claim(session: AsyncSession) -> RowMapping | None:
    """Lock and return the file that runs for longest and that no other process works at."""
    asked = select(CASE_IMPORT).where(CASE_IMPORT.c.status == "running").order_by(CASE_IMPORT.c.started_at)
    found = await session.execute(asked.limit(1).with_for_update(skip_locked=True))
    return found.mappings().one_or_none()


async def change(session: AsyncSession, import_id: UUID, **values: Any) -> None:
    """Write what became of a file."""
    await session.execute(CASE_IMPORT.update().where(CASE_IMPORT.c.id == import_id).values(**values))


async def forget(session: AsyncSession, before: datetime) -> int:
    """Delete files that nobody let run since `before`, with their rows; return how many."""
    is_old = (CASE_IMPORT.c.status.in_(_WAITS), CASE_IMPORT.c.created_at < before)
    gone = await session.execute(CASE_IMPORT.delete().where(*is_old).returning(CASE_IMPORT.c.id))
    return len(gone.all())


async def lines(
    session: AsyncSession, import_id: UUID, *, waiting: int | None = None
) -> Sequence[RowMapping]:
    """Return the rows of a file in its order; only the first so many that are not taken in, if `waiting`."""
    asked = select(CASE_IMPORT_LINE).where(CASE_IMPORT_LINE.c.import_id == import_id)
    if waiting is not None:
        asked = asked.where(CASE_IMPORT_LINE.c.effect.is_(None)).limit(waiting)
    return (await session.execute(asked.order_by(CASE_IMPORT_LINE.c.number))).mappings().all()


async def faulty(session: AsyncSession, import_id: UUID, limit: int) -> Sequence[RowMapping]:
    """Return the first rows of a file with something wrong."""
    asked = select(*CASE_IMPORT_LINE.c["number", "external_ref", "faults"]).where(
        CASE_IMPORT_LINE.c.import_id == import_id, func.jsonb_array_length(CASE_IMPORT_LINE.c.faults) > 0
    )
    return (await session.execute(asked.order_by(CASE_IMPORT_LINE.c.number).limit(limit))).mappings().all()


async def change_lines(session: AsyncSession, import_id: UUID, changed: Sequence[Mapping[str, Any]]) -> None:
    """Write what is found of rows, each named by its `number`; all name the same columns."""
    if not changed:
        return
    names = [name for name in changed[0] if name != "number"]
    statement = CASE_IMPORT_LINE.update().where(
        CASE_IMPORT_LINE.c.import_id == import_id, CASE_IMPORT_LINE.c.number == bindparam("at_number")
    )
    statement = statement.values({name: bindparam(f"new_{name}") for name in names})
    rows = [{f"new_{name}": one[name] for name in names} | {"at_number": one["number"]} for one in changed]
    connection = await session.connection()
    await connection.execute(statement, rows)


async def lock_references(session: AsyncSession, source: str, refs: Iterable[str]) -> None:
    """Let nobody else take in these references until the end of the transaction; in one order for all."""
    for ref in sorted(set(refs)):
        await session.execute(_LOCK, {"name": f"case_source:{source}:{ref}"})


async def known(session: AsyncSession, source: str, refs: Sequence[str]) -> dict[str, Known]:
    """Return what is known of those references that were taken in."""
    has_begun = (
        select(CASE_EVENT.c.version)
        .where(CASE_EVENT.c.case_id == CASE.c.id, CASE_EVENT.c.act != "received")
        .exists()
    )
    asked = (
        select(
            *CASE_SOURCE.c["external_ref", "case_id", "source_updated_at", "is_source_closed"],
            CASE.c.agency_id,
            CASE.c.state.in_([State.DIVERIFIKASI.value, State.DITERIMA.value]).label("is_early"),
            has_begun.label("has_begun"),
        )
        .join(CASE, CASE.c.id == CASE_SOURCE.c.case_id)
        .where(CASE_SOURCE.c.source == source, among(CASE_SOURCE.c.external_ref, refs))
    )
    return {
        one.external_ref: Known(
            one.case_id,
            one.agency_id,
            one.source_updated_at,
            one.is_source_closed,
            one.is_early and not one.has_begun,
        )
        for one in await session.execute(asked)
    }


async def keep_source(
    session: AsyncSession, case_id: UUID, source: str, agency_id: str, row: Row, *, is_new: bool
) -> None:
    """Keep what the other system says of a case."""
    told = {
        "source_updated_at": row.source_updated_at,
        "is_source_closed": row.is_closed,
        "foreign_state": row.foreign_state,
        "foreign_class": row.foreign_class,
    }
    if is_new:
        fixed = {"source": source, "external_ref": row.external_ref, "agency_id": agency_id}
        made = {"case_id": case_id, "forwarded_at": row.forwarded_at}
        await session.execute(CASE_SOURCE.insert().values(**fixed, **made, **told))
    else:
        await session.execute(CASE_SOURCE.update().where(CASE_SOURCE.c.case_id == case_id).values(**told))


async def units_by_name(session: AsyncSession, agency_id: str) -> dict[str, str]:
    """Return the ids of an agency's active units by id and by name, in lower case; a name of two is none."""
    rows = (
        await session.execute(
            select(UNIT.c.unit_id, UNIT.c.name).where(UNIT.c.agency_id == agency_id, UNIT.c.is_active)
        )
    ).all()
    names = [" ".join(one.name.split()).casefold() for one in rows]
    by_name = {name: one.unit_id for name, one in zip(names, rows, strict=True) if names.count(name) == 1}
    return by_name | {one.unit_id.casefold(): one.unit_id for one in rows}


async def last_finished(session: AsyncSession, agency_id: str, sources: Sequence[str]) -> datetime | None:
    """Return when the last file of these sources was taken in for an agency."""
    is_theirs = (CASE_IMPORT.c.agency_id == agency_id, CASE_IMPORT.c.source.in_(sources))
    found: datetime | None = await session.scalar(
        select(func.max(CASE_IMPORT.c.finished_at)).where(*is_theirs, CASE_IMPORT.c.status == "done")
    )
    return found


async def told_of(session: AsyncSession, case_id: UUID) -> RowMapping | None:
    """Return what another system says of a case; None for one of our own."""
    asked = select(CASE_SOURCE).where(CASE_SOURCE.c.case_id == case_id)
    return (await session.execute(asked)).mappings().one_or_none()


async def states(
    session: AsyncSession,
    reader: Reader,
    source: str,
    start: datetime,
    end: datetime,
    limit: int,
) -> Sequence[RowMapping]:
    """Return how the cases stand that a system forwarded from `start` to before `end`, by reference.

    An answer is given once it was approved, and never that of a case whose content is secret.
    """
    newest_answer = (
        select(ANSWER.c.content)
        .where(ANSWER.c.case_id == CASE.c.id, ANSWER.c.approved_at.is_not(None), ~CASE.c.is_content_secret)
        .order_by(ANSWER.c.cycle.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(
            *CASE_SOURCE.c["external_ref", "forwarded_at", "foreign_state", "source_updated_at"],
            *CASE.c["tracking_id", "state", "unit_id", "first_follow_up_at", "closed_at", "outcome"],
            newest_answer.label("answer"),
        )
        .join(CASE, CASE.c.id == CASE_SOURCE.c.case_id)
        .where(
            CASE_SOURCE.c.source == source,
            CASE_SOURCE.c.forwarded_at >= start,
            CASE_SOURCE.c.forwarded_at < end,
            reader.sees(),
        )
        .order_by(CASE_SOURCE.c.external_ref)
        .limit(limit)
    )
    return (await session.execute(asked)).mappings().all()


def _within(scope: Scope) -> Any:
    return scope.where(CASE_IMPORT.c.agency_id, CASE_IMPORT.c.agency_id)
