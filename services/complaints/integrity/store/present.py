"""What stands in the tables now, streamed whole, to be told again."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.integrity.tables import CONFLICT, GRATIFICATION
from services.complaints.matters.store import COLUMNS, Dossier
from services.complaints.matters.tables import DOSSIER
from shared.outbox.snapshot import stream

_TOLD = (
    select(
        *COLUMNS,
        GRATIFICATION.c.direction,
        GRATIFICATION.c.object_kind,
        CONFLICT.c.conflict_type,
    )
    .select_from(DOSSIER)
    .outerjoin(GRATIFICATION, GRATIFICATION.c.dossier_id == DOSSIER.c.id)
    .outerjoin(CONFLICT, CONFLICT.c.dossier_id == DOSSIER.c.id)
    .where(DOSSIER.c.told_fact.is_not(None))
    .order_by(DOSSIER.c.id)
)
_CONTENT = ("direction", "object_kind", "conflict_type")


async def dossiers(
    session: AsyncSession, only: UUID | None = None
) -> AsyncIterator[tuple[Dossier, Mapping[str, Any]]]:
    """Yield every matter that others were told of, or one, with what is told of its content."""
    async for row in stream(session, _TOLD if only is None else _TOLD.where(DOSSIER.c.id == only)):
        values = row._asdict()
        content = {name: values.pop(name) for name in _CONTENT}
        yield Dossier(**values), content
