"""Metadata of stored files and of the evidence made of them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Text, func, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.plans import Evidence
from services.planning.domain.writers import Layer
from services.planning.store.units import within
from services.planning.tables import EVIDENCE, STORED_FILE, UNIT, columns_of, row_of
from shared.db.arrays import among
from shared.security import Scope

EVIDENCES = select(*columns_of(Evidence, EVIDENCE, STORED_FILE)).join_from(EVIDENCE, STORED_FILE)


async def lock_name(session: AsyncSession, sha256: str) -> None:
    """Hold a file's name until the end of the transaction, so that no sweep meets an upload."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sha256, 0))))


async def insert_file(session: AsyncSession, sha256: str, size_bytes: int, media_type: str) -> None:
    """Note bytes that lie in the object store under their final name; known bytes stay as noted."""
    noted = insert_into(STORED_FILE).values(sha256=sha256, size_bytes=size_bytes, media_type=media_type)
    await session.execute(noted.on_conflict_do_nothing())


async def unknown_files(session: AsyncSession, names: Sequence[str]) -> list[str]:
    """Return those sha256 names that no metadata row knows."""
    given = select(func.unnest(literal(list(names), ARRAY(Text))).column_valued("name"))
    return list(await session.scalars(given.except_(select(STORED_FILE.c.sha256))))


async def insert_evidence(session: AsyncSession, evidence: Evidence, uploaded_by: str) -> None:
    """Insert the evidence of a file that is noted already."""
    await session.execute(EVIDENCE.insert().values(**row_of(evidence, EVIDENCE), uploaded_by=uploaded_by))


async def evidence_of_layer(
    session: AsyncSession, unit_id: str, layer: Layer, evidence_ids: Collection[UUID]
) -> list[Evidence]:
    """Return those of the given evidences that this layer of the unit owns."""
    asked = EVIDENCES.where(
        EVIDENCE.c.unit_id == unit_id,
        EVIDENCE.c.layer == layer,
        among(EVIDENCE.c.evidence_id, evidence_ids),
    )
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id))
    return [_evidence(row) for row in rows.mappings()]


async def get_evidence(session: AsyncSession, scope: Scope, evidence_id: UUID) -> Evidence | None:
    """Return an evidence of a unit in scope."""
    asked = EVIDENCES.join(UNIT, UNIT.c.unit_id == EVIDENCE.c.unit_id).where(
        EVIDENCE.c.evidence_id == evidence_id, within(scope)
    )
    found = (await session.execute(asked)).mappings().one_or_none()
    return _evidence(found) if found else None


async def page_evidence(session: AsyncSession, unit_id: str, *, after: UUID, limit: int) -> list[Evidence]:
    """Return a unit's evidence by id, which is the order of upload."""
    asked = EVIDENCES.where(EVIDENCE.c.unit_id == unit_id, EVIDENCE.c.evidence_id > after)
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id).limit(limit))
    return [_evidence(row) for row in rows.mappings()]


def _evidence(row: RowMapping) -> Evidence:
    return Evidence(**{**row, "layer": Layer(row["layer"])})
