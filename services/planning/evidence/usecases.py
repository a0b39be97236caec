"""Take in, revise, find and sweep evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence import store as files
from services.planning.evidence.domain import Content, Evidence, Form, Use, written
from services.planning.evidence.metrics import FILE_BYTES, FILES_SWEPT
from services.planning.layers import Layer, check_writer
from services.planning.units.usecases import get_working_unit
from shared import audit
from shared.db import Database, on_commit
from shared.files import sweeping
from shared.files.store import FileStore, ReceivedFile
from shared.kernel import NotFoundError, StaleVersionError, new_id
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Known:
    """An evidence with its earlier revisions, where it is used now, and others in scope with its bytes."""

    evidence: Evidence
    earlier: Sequence[tuple[int, Content]]
    uses: Sequence[Use]
    same: Sequence[Evidence]


async def add_evidence(
    session: AsyncSession,
    actor: Principal,
    content: Content,
    *,
    unit_id: str,
    layer: Layer,
    kind: str,
    title: str,
) -> Evidence:
    """Make content an evidence of this layer of the unit; a file lies in the store already.

    Raises `WrongLayerError`, `OwnAssessmentError`, `NotFoundError`, `UnitMergedError`.
    """
    await check_may_add(session, actor, unit_id, layer, hold=True)
    await _note(session, content)
    evidence = Evidence(new_id(), unit_id, layer, kind, title, 1, content)
    await files.insert_evidence(session, [evidence], actor.subject)
    await _audit(session, actor, evidence, "upload_evidence")
    return evidence


async def revise_evidence(
    session: AsyncSession, actor: Principal, evidence_id: UUID, content: Content, *, seen: int
) -> Evidence:
    """Give an evidence newer content; what was before stays readable.

    Raises what `add_evidence` raises, `StaleVersionError` when `seen` is not its newest revision, and
    `OtherFormError`.
    """
    found = await files.get_evidence(session, actor.scope, evidence_id, lock=True)
    if found is None:
        raise _unknown()
    await check_may_add(session, actor, found.unit_id, found.layer, hold=True)
    if found.revision != seen:
        raise StaleVersionError(version=found.revision)
    revised = found.revised(content)
    await _note(session, content)
    await files.revise(session, revised, actor.subject)
    await _audit(session, actor, revised, "revise_evidence")
    return revised


async def revise_written(
    session: AsyncSession, actor: Principal, evidence_id: UUID, form: Form, body: str, *, seen: int
) -> Evidence:
    """Give words or an address anew; raises what `revise_evidence` raises, and `AddressInvalidError`."""
    found = await get_evidence(session, actor, evidence_id)
    content = written_content(found.title, form, body)
    return await revise_evidence(session, actor, evidence_id, content, seen=seen)


async def check_may_revise(session: AsyncSession, actor: Principal, evidence_id: UUID) -> None:
    """Raise what `revise_evidence` raises before a file is looked into."""
    found = await get_evidence(session, actor, evidence_id)
    await check_may_add(session, actor, found.unit_id, found.layer)


def file_content(received: ReceivedFile, file_name: str, media_type: str) -> Content:
    """Return a file in the store as content."""
    return Content(
        Form.FILE, file_name, received.sha256, media_type, received.size_bytes, None, datetime.now(UTC)
    )


def written_content(title: str, form: Form, body: str) -> Content:
    """Return words or an address as content; raises `AddressInvalidError`."""
    return written(title, form, body, datetime.now(UTC))


async def check_may_add(
    session: AsyncSession, actor: Principal, unit_id: str, layer: Layer, *, hold: bool = False
) -> None:
    """Raise what `add_evidence` raises: nobody else's file is worth the disk."""
    check_writer(actor.roles, layer)
    await get_working_unit(session, actor, unit_id, hold=hold)


async def note_file(session: AsyncSession, received: ReceivedFile, media_type: str) -> None:
    """Note a file that has its final name; the sweep either sees the note or has ended before it."""
    await _note_bytes(session, received.sha256, received.size_bytes, media_type)


async def get_evidence(session: AsyncSession, actor: Principal, evidence_id: UUID) -> Evidence:
    """Return an evidence of a unit in scope; raises `NotFoundError`."""
    found = await files.get_evidence(session, actor.scope, evidence_id)
    if found is None:
        raise _unknown()
    return found


async def show_evidence(session: AsyncSession, actor: Principal, evidence_id: UUID) -> Known:
    """Return all about an evidence of a unit in scope; raises `NotFoundError`."""
    found = await get_evidence(session, actor, evidence_id)
    is_file = found.content.form is Form.FILE
    return Known(
        found,
        await files.earlier(session, evidence_id),
        await files.uses(session, found.unit_id, [evidence_id]),
        await files.same_bytes(session, actor.scope, found) if is_file else (),
    )


async def content_of(
    session: AsyncSession, actor: Principal, evidence_id: UUID, revision: int | None
) -> Content:
    """Return the content of a revision, the newest when none is named; raises `NotFoundError`."""
    found = await get_evidence(session, actor, evidence_id)
    if revision in {None, found.revision}:
        return found.content
    for number, content in await files.earlier(session, evidence_id):
        if number == revision:
            return content
    raise NotFoundError("Revisi bukti dukung ini tidak ada.")


async def sweep_orphans(db: Database, store: FileStore, now: datetime) -> int:
    """Delete files older than an hour that are unfinished or that no metadata row knows; return how many."""
    swept = await sweeping.sweep_orphans(db, store, files.unknown_files, now)
    FILES_SWEPT.inc(swept)
    return swept


async def _note(session: AsyncSession, content: Content) -> None:
    if content.form is Form.FILE:
        await _note_bytes(session, content.sha256, content.size_bytes, content.media_type)


async def _note_bytes(session: AsyncSession, sha256: str, size_bytes: int, media_type: str) -> None:
    await sweeping.lock_name(session, sha256)
    await files.insert_file(session, sha256, size_bytes, media_type)
    on_commit(session, partial(FILE_BYTES.inc, size_bytes))


async def _audit(session: AsyncSession, actor: Principal, evidence: Evidence, operation: str) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="evidence",
        entity_id=str(evidence.evidence_id),
        version=evidence.revision,
        changes={
            "unit_id": evidence.unit_id,
            "layer": evidence.layer.value,
            "kind": evidence.kind,
            "form": evidence.content.form.value,
            "sha256": evidence.content.sha256,
        },
    )


def _unknown() -> NotFoundError:
    return NotFoundError("Bukti dukung tidak ditemukan.")
