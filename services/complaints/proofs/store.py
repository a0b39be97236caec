"""What a proof of filing says of a case, and the keys that proofs were signed with."""

from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.tables import CASE
from services.complaints.proofs.tables import PROOF_KEY
from services.complaints.tables import UNIT

_FILED = select(
    *CASE.c["tracking_id", "unit_id", "received_at", "channel_kind", "content", "is_content_secret"],
    UNIT.c.zone,
).select_from(CASE.outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id))


async def filed(session: AsyncSession, case_id: UUID) -> RowMapping:
    """Return what was filed as a case."""
    return (await session.execute(_FILED.where(CASE.c.id == case_id))).mappings().one()


async def keep_key(session: AsyncSession, key_id: bytes, public_key: bytes) -> None:
    """Keep a public key for good."""
    row = {"key_id": key_id, "public_key": public_key}
    await session.execute(insert_into(PROOF_KEY).values(**row).on_conflict_do_nothing())


async def key(session: AsyncSession, key_id: bytes) -> bytes | None:
    """Return a public key that was ever used."""
    asked = select(PROOF_KEY.c.public_key).where(PROOF_KEY.c.key_id == key_id)
    found: bytes | None = await session.scalar(asked)
    return found
