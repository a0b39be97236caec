"""Metadata of stored files and of the evidence made of them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.layers import Layer
from services.planning.domain.plans import Evidence
from shared.security import Scope

_EVIDENCE = """e.evidence_id, e.unit_id, e.layer, e.kind, e.file_name, e.sha256, f.media_type, f.size_bytes,
    e.uploaded_at"""


async def lock_name(session: AsyncSession, sha256: str) -> None:
    """Hold a file's name until the end of the transaction, so that no sweep meets an upload."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": sha256})


async def insert_file(session: AsyncSession, sha256: str, size_bytes: int, media_type: str) -> None:
    """Note bytes that lie in the object store under their final name; known bytes stay as noted."""
    await session.execute(
        text("""
            INSERT INTO stored_file (sha256, size_bytes, media_type) VALUES (:sha256, :size, :media_type)
            ON CONFLICT DO NOTHING
        """),
        {"sha256": sha256, "size": size_bytes, "media_type": media_type},
    )


async def unknown_files(session: AsyncSession, names: Sequence[str]) -> list[str]:
    """Return those sha256 names that no metadata row knows."""
    rows = await session.execute(
        text("SELECT name FROM unnest(cast(:names AS text[])) AS name EXCEPT SELECT sha256 FROM stored_file"),
        {"names": list(names)},
    )
    return list(rows.scalars())


async def insert_evidence(session: AsyncSession, evidence: Evidence, uploaded_by: str) -> None:
    """Insert the evidence of a file that is noted already."""
    await session.execute(
        text("""
            INSERT INTO evidence (evidence_id, unit_id, layer, kind, file_name, sha256, uploaded_by,
                                  uploaded_at)
            VALUES (:evidence_id, :unit_id, :layer, :kind, :file_name, :sha256, :uploaded_by, :uploaded_at)
        """),
        {
            "evidence_id": evidence.evidence_id,
            "unit_id": evidence.unit_id,
            "layer": evidence.layer,
            "kind": evidence.kind,
            "file_name": evidence.file_name,
            "sha256": evidence.sha256,
            "uploaded_by": uploaded_by,
            "uploaded_at": evidence.uploaded_at,
        },
    )


async def evidence_of_layer(
    session: AsyncSession, unit_id: str, layer: Layer, evidence_ids: Collection[UUID]
) -> list[Evidence]:
    """Return those of the given evidences that this layer of the unit owns."""
    rows = await session.execute(
        text(f"""
            SELECT {_EVIDENCE} FROM evidence e JOIN stored_file f USING (sha256)
            WHERE e.unit_id = :unit AND e.layer = :layer AND e.evidence_id = ANY(:ids)
            ORDER BY e.evidence_id
        """),
        {"unit": unit_id, "layer": layer, "ids": list(evidence_ids)},
    )
    return [_evidence(row) for row in rows.mappings()]


async def get_evidence(session: AsyncSession, scope: Scope, evidence_id: UUID) -> Evidence | None:
    """Return an evidence of a unit in scope."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    row = await session.execute(
        text(f"""
            SELECT {_EVIDENCE} FROM evidence e JOIN stored_file f USING (sha256) JOIN unit u USING (unit_id)
            WHERE e.evidence_id = :id AND {where}
        """),
        {"id": evidence_id, **params},
    )
    found = row.mappings().one_or_none()
    return _evidence(found) if found else None


async def page_evidence(session: AsyncSession, unit_id: str, *, after: UUID, limit: int) -> list[Evidence]:
    """Return a unit's evidence by id, which is the order of upload."""
    rows = await session.execute(
        text(f"""
            SELECT {_EVIDENCE} FROM evidence e JOIN stored_file f USING (sha256)
            WHERE e.unit_id = :unit AND e.evidence_id > :after ORDER BY e.evidence_id LIMIT :n
        """),
        {"unit": unit_id, "after": after, "n": limit},
    )
    return [_evidence(row) for row in rows.mappings()]


def _evidence(row: RowMapping) -> Evidence:
    return Evidence(**{**row, "layer": Layer(row["layer"])})
