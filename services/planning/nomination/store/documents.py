"""Papers of agencies; their bytes are noted by the evidence store."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import Document, DocumentKind
from services.planning.tables import AGENCY_DOCUMENT, STORED_FILE, columns_of, row_of
from shared.db.arrays import among

_DOCUMENTS = select(*columns_of(Document, AGENCY_DOCUMENT, STORED_FILE)).join_from(
    AGENCY_DOCUMENT, STORED_FILE
)


async def insert(session: AsyncSession, document: Document, uploaded_by: str) -> None:
    """Insert a document whose file is noted already."""
    row = row_of(document, AGENCY_DOCUMENT) | {"uploaded_by": uploaded_by}
    await session.execute(AGENCY_DOCUMENT.insert().values(row))


async def get(session: AsyncSession, document_id: UUID) -> Document | None:
    """Return a document, whoever asks."""
    asked = _DOCUMENTS.where(AGENCY_DOCUMENT.c.document_id == document_id)
    found = (await session.execute(asked)).mappings().one_or_none()
    return _document(found) if found else None


async def of_agency(
    session: AsyncSession, agency_id: str, document_ids: Collection[UUID]
) -> dict[UUID, Document]:
    """Return those of the documents that are the agency's, by id."""
    asked = _DOCUMENTS.where(
        AGENCY_DOCUMENT.c.agency_id == agency_id, among(AGENCY_DOCUMENT.c.document_id, document_ids)
    )
    rows = await session.execute(asked.order_by(AGENCY_DOCUMENT.c.document_id))
    return {row["document_id"]: _document(row) for row in rows.mappings()}


async def page(session: AsyncSession, agency_id: str, *, after: UUID, limit: int) -> list[Document]:
    """Return an agency's documents by id, which is the order of upload."""
    asked = _DOCUMENTS.where(AGENCY_DOCUMENT.c.agency_id == agency_id, AGENCY_DOCUMENT.c.document_id > after)
    rows = await session.execute(asked.order_by(AGENCY_DOCUMENT.c.document_id).limit(limit))
    return [_document(row) for row in rows.mappings()]


async def newest(
    session: AsyncSession,
    agency_id: str,
    *,
    before: UUID,
    limit: int,
    kinds: Collection[DocumentKind] = (),
) -> list[Document]:
    """Return an agency's documents, of these kinds when given, the newest first."""
    asked = _DOCUMENTS.where(AGENCY_DOCUMENT.c.agency_id == agency_id, AGENCY_DOCUMENT.c.document_id < before)
    if kinds:
        asked = asked.where(among(AGENCY_DOCUMENT.c.kind, [kind.value for kind in kinds]))
    rows = await session.execute(asked.order_by(AGENCY_DOCUMENT.c.document_id.desc()).limit(limit))
    return [_document(row) for row in rows.mappings()]


async def declarations(session: AsyncSession, agency_id: str) -> list[Document]:
    """Return the declarations of Zona Integritas that an agency brought."""
    asked = _DOCUMENTS.where(
        AGENCY_DOCUMENT.c.agency_id == agency_id, AGENCY_DOCUMENT.c.kind == DocumentKind.DECLARATION
    )
    rows = await session.execute(asked.order_by(AGENCY_DOCUMENT.c.document_id))
    return [_document(row) for row in rows.mappings()]


def _document(row: RowMapping) -> Document:
    return Document(**{**row, "kind": DocumentKind(row["kind"])})
