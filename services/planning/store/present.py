"""What stands in the tables now, streamed whole, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.plans import Activity, Programme
from services.planning.domain.units import Unit
from services.planning.domain.worksheets import AnswerVersion, Worksheet
from services.planning.store.plans import activity_of, programme_of
from services.planning.store.units import unit_of
from services.planning.store.worksheets import answer_version_of
from shared.outbox.snapshot import stream

_EVERY = "cast(:only AS text) IS NULL OR"


async def units(session: AsyncSession, only: str | None = None) -> AsyncIterator[tuple[Unit, datetime]]:
    """Yield every unit, or one, with the time of its newest change."""
    async for row in stream(
        session,
        f"""
            SELECT unit_id, agency_id, name, unit_type, echelon, has_service_function, zone, is_active,
                   is_demo, version, updated_at FROM unit WHERE {_EVERY} unit_id = :only ORDER BY unit_id
        """,
        only=only,
    ):
        values = row._asdict()
        at = values.pop("updated_at")
        yield unit_of(values), at


async def programmes(
    session: AsyncSession, unit_id: str | None = None, year: int | None = None
) -> AsyncIterator[tuple[Programme, datetime]]:
    """Yield every programme, or one unit's of a year, with the time it was opened."""
    async for row in stream(
        session,
        f"""
            SELECT programme_id, unit_id, year, target, edition, rule_set, version, created_at FROM programme
            WHERE {_EVERY} (unit_id = :only AND year = :year) ORDER BY programme_id
        """,
        only=unit_id,
        year=year,
    ):
        values = row._asdict()
        at = values.pop("created_at")
        yield programme_of(values), at


async def activities(
    session: AsyncSession, only: str | None = None
) -> AsyncIterator[tuple[Activity, datetime]]:
    """Yield every activity, or one, with the time of its newest change."""
    async for row in stream(
        session,
        f"""
            SELECT a.activity_id, a.programme_id, a.unit_id, p.year, a.indicator_code, a.title,
                   a.evidence_kinds, a.due_on, a.state, a.evidence_ids, a.version, a.updated_at
            FROM activity a JOIN programme p USING (programme_id)
            WHERE {_EVERY} a.activity_id = cast(:only AS uuid) ORDER BY a.activity_id
        """,
        only=only,
    ):
        values = row._asdict()
        at = values.pop("updated_at")
        yield activity_of(values), at


async def answers(session: AsyncSession) -> AsyncIterator[tuple[Worksheet, AnswerVersion]]:
    """Yield the newest answer of every item and layer, worksheet by worksheet in the order of versions."""
    async for row in stream(
        session,
        """
            SELECT a.*, p.edition, w.version AS worksheet_version FROM (
                SELECT DISTINCT ON (unit_id, year, layer, item_code) * FROM answer
                ORDER BY unit_id, year, layer, item_code, version DESC) a
            JOIN worksheet w USING (unit_id, year) JOIN programme p USING (unit_id, year)
            ORDER BY a.unit_id, a.year, a.version
        """,
    ):
        sheet = Worksheet(row.unit_id, row.year, row.edition, row.worksheet_version)
        yield sheet, answer_version_of(row._asdict())


async def answer(
    session: AsyncSession, unit_id: str, year: int, layer: str, item_code: str
) -> AnswerVersion | None:
    """Return the newest answer of one item and layer."""
    row = await session.execute(
        text("""
            SELECT * FROM answer WHERE (unit_id, year, layer, item_code) = (:unit_id, :year, :layer, :item)
            ORDER BY version DESC LIMIT 1
        """),
        {"unit_id": unit_id, "year": year, "layer": layer, "item": item_code},
    )
    found = row.mappings().one_or_none()
    return answer_version_of(found) if found else None


_LIFT = {
    "unit": text("UPDATE unit SET version = greatest(version, :floor) + 1 WHERE unit_id = :id"),
    "programme": text("""
        UPDATE programme SET version = greatest(version, :floor) + 1
        WHERE unit_id || ':' || year = :id
    """),
    "activity": text("""
        UPDATE activity SET version = greatest(version, :floor) + 1 WHERE activity_id = cast(:id AS uuid)
    """),
}


async def lift(session: AsyncSession, kind: str, id_: str, floor: int) -> None:
    """Raise the version of a unit, programme (`unit:year`) or activity, if there is such a one."""
    await session.execute(_LIFT[kind], {"id": id_, "floor": floor})


async def lift_worksheet(session: AsyncSession, unit_id: str, year: int, floor: int) -> Worksheet | None:
    """Lock a worksheet and raise its counter to the floor at least; the next answer goes above it."""
    row = await session.execute(
        text("""
            UPDATE worksheet w SET version = greatest(w.version, :floor) FROM programme p
            WHERE (w.unit_id, w.year) = (:unit_id, :year) AND (p.unit_id, p.year) = (w.unit_id, w.year)
            RETURNING w.unit_id, w.year, p.edition, w.version
        """),
        {"unit_id": unit_id, "year": year, "floor": floor},
    )
    found = row.mappings().one_or_none()
    return Worksheet(**found) if found else None
