"""Bring and find the papers of an agency."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence.usecases import note_file
from services.planning.nomination.domain.nominations import Document, DocumentKind
from services.planning.nomination.store import candidates, documents
from services.planning.units.usecases import check_agency
from shared import audit
from shared.files.store import ReceivedFile
from shared.kernel import NotFoundError, new_id
from shared.security import Principal

NEWEST = UUID(int=2**128 - 1)
"""Above every document there will be."""


async def check_known_agency(session: AsyncSession, actor: Principal, agency_id: str) -> None:
    """Raise `ForbiddenError` for an agency outside the scope, `NotFoundError` for one without units."""
    check_agency(actor, agency_id)
    if not await candidates.agency_exists(session, agency_id):
        raise NotFoundError("Instansi tidak ditemukan.", field="agency_id")


async def add_document(
    session: AsyncSession,
    actor: Principal,
    received: ReceivedFile,
    *,
    agency_id: str,
    file_name: str,
    media_type: str,
    kind: DocumentKind,
    number: str | None,
    dated_on: date | None,
    signatory: str | None,
) -> Document:
    """Make a file that lies in the store a paper of the agency; raises as `check_known_agency`."""
    await check_known_agency(session, actor, agency_id)
    await note_file(session, received, media_type)
    document = Document(
        document_id=new_id(),
        agency_id=agency_id,
        kind=kind,
        file_name=file_name,
        sha256=received.sha256,
        media_type=media_type,
        size_bytes=received.size_bytes,
        number=number,
        dated_on=dated_on,
        signatory=signatory,
    )
    await documents.insert(session, document, actor.subject)
    await audit.record(
        session,
        actor=actor,
        operation="add_document",
        entity="agency_document",
        entity_id=str(document.document_id),
        version=1,
        changes={"agency_id": agency_id, "kind": kind.value, "sha256": received.sha256},
    )
    return document


async def newest_documents(
    session: AsyncSession,
    actor: Principal,
    agency_id: str,
    *,
    before: UUID = NEWEST,
    limit: int,
    kinds: Collection[DocumentKind] = (),
) -> list[Document]:
    """Return papers of an agency, of these kinds when given, the newest first.

    Raises as `check_known_agency`.
    """
    await check_known_agency(session, actor, agency_id)
    return await documents.newest(session, agency_id, before=before, limit=limit, kinds=kinds)


async def get_document(session: AsyncSession, actor: Principal, document_id: UUID) -> Document:
    """Return a paper of an agency in scope; raises `NotFoundError`."""
    found = await documents.get(session, document_id)
    if found is None or not actor.scope.covers("", found.agency_id):
        raise NotFoundError("Dokumen tidak ditemukan.", field="document_id")
    return found


async def known_documents(
    session: AsyncSession, agency_id: str, document_ids: set[UUID]
) -> dict[UUID, Document]:
    """Return those of the ids that are papers of the agency, whoever asks."""
    return await documents.of_agency(session, agency_id, document_ids) if document_ids else {}


async def unknown_documents(session: AsyncSession, agency_id: str, document_ids: set[UUID]) -> set[UUID]:
    """Return those of the ids that are no papers of the agency."""
    return document_ids - (await documents.of_agency(session, agency_id, document_ids)).keys()
