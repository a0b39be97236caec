"""Take in, find and sweep evidence files."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.plans import Evidence
from services.planning.domain.writers import Layer, check_writer
from services.planning.metrics import FILE_BYTES, FILES_SWEPT
from services.planning.store import files
from services.planning.usecases.units import get_working_unit
from shared import audit
from shared.db import Database, on_commit
from shared.files.store import FileStore, ReceivedFile
from shared.kernel import NotFoundError, new_id
from shared.security import Principal

ORPHAN_AGE = timedelta(hours=1)
"""Longer than any upload may last. Source: reliability.md section 3, rule 9."""


async def add_evidence(
    session: AsyncSession,
    actor: Principal,
    received: ReceivedFile,
    *,
    unit_id: str,
    layer: Layer,
    kind: str,
    file_name: str,
    media_type: str,
) -> Evidence:
    """Make a file that lies in the store an evidence of this layer of the unit.

    Raises `WrongLayerError`, `OwnAssessmentError`, `NotFoundError`, `UnitMergedError`.
    """
    await check_may_add(session, actor, unit_id, layer, hold=True)
    await note_file(session, received, media_type)
    evidence = Evidence(
        evidence_id=new_id(),
        unit_id=unit_id,
        layer=layer,
        kind=kind,
        file_name=file_name,
        sha256=received.sha256,
        media_type=media_type,
        size_bytes=received.size_bytes,
        uploaded_at=datetime.now(UTC),
    )
    await files.insert_evidence(session, evidence, actor.subject)
    await audit.record(
        session,
        actor=actor,
        operation="upload_evidence",
        entity="evidence",
        entity_id=str(evidence.evidence_id),
        changes={"unit_id": unit_id, "layer": layer.value, "kind": kind, "sha256": received.sha256},
    )
    return evidence


async def check_may_add(
    session: AsyncSession, actor: Principal, unit_id: str, layer: Layer, *, hold: bool = False
) -> None:
    """Raise what `add_evidence` raises: nobody else's file is worth the disk."""
    check_writer(actor.roles, layer)
    await get_working_unit(session, actor, unit_id, hold=hold)


async def note_file(session: AsyncSession, received: ReceivedFile, media_type: str) -> None:
    """Note a file that has its final name; the sweep either sees the note or has ended before it."""
    await files.lock_name(session, received.sha256)
    await files.insert_file(session, received.sha256, received.size_bytes, media_type)
    on_commit(session, partial(FILE_BYTES.inc, received.size_bytes))


async def get_evidence(session: AsyncSession, actor: Principal, evidence_id: UUID) -> Evidence:
    """Return an evidence of a unit in scope; raises `NotFoundError`."""
    found = await files.get_evidence(session, actor.scope, evidence_id)
    if found is None:
        raise NotFoundError("Bukti dukung tidak ditemukan.")
    return found


async def sweep_orphans(db: Database, store: FileStore, now: datetime) -> int:
    """Delete files older than an hour that are unfinished or that no metadata row knows; return how many.

    Each name is looked up again under its lock, because an upload of the same bytes may be on its way.
    """
    before = now - ORPHAN_AGE
    swept = await store.drop_unfinished(before)
    async for names in store.stored_before(before):
        async with db.reading() as session:
            unknown = await files.unknown_files(session, names)
        for name in unknown:
            async with db.transaction() as session:
                await files.lock_name(session, name)
                if await files.unknown_files(session, [name]) and await store.delete_if_older(name, before):
                    swept += 1
    FILES_SWEPT.inc(swept)
    return swept
