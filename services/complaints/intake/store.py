"""Receipts and the sessions they open."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.intake.tables import RECEIPT, RECEIPT_SESSION
from services.complaints.secrecy.domain import REPORTER_CONTACT, REPORTER_NAME


@dataclass(frozen=True, slots=True)
class Person:
    """What a reporter told about themselves; it is stored sealed alone."""

    name: str | None
    contact: str | None

    @property
    def told(self) -> dict[str, str | None]:
        """What is sealed of it, by its fields."""
        return {REPORTER_NAME: self.name, REPORTER_CONTACT: self.contact}


async def keep(session: AsyncSession, case_id: UUID, lookup: bytes, verifier: str) -> None:
    """Store how a case's receipt is found and proved."""
    await session.execute(RECEIPT.insert().values(case_id=case_id, lookup=lookup, verifier=verifier))


async def find(session: AsyncSession, lookup: bytes) -> tuple[UUID, str] | None:
    """Return case and verifier of a receipt."""
    asked = select(RECEIPT.c.case_id, RECEIPT.c.verifier).where(RECEIPT.c.lookup == lookup)
    row = (await session.execute(asked)).one_or_none()
    return None if row is None else (row.case_id, row.verifier)


async def open_session(session: AsyncSession, id_hash: bytes, case_id: UUID, minutes: int) -> None:
    """Store a session of a proved receipt; ended ones are swept along."""
    await session.execute(RECEIPT_SESSION.delete().where(RECEIPT_SESSION.c.expires_at < func.now()))
    until = func.now() + timedelta(minutes=minutes)
    await session.execute(RECEIPT_SESSION.insert().values(id_hash=id_hash, case_id=case_id, expires_at=until))


async def close_session(session: AsyncSession, id_hash: bytes) -> None:
    """Forget a session: its token opens nothing from now on."""
    await session.execute(RECEIPT_SESSION.delete().where(RECEIPT_SESSION.c.id_hash == id_hash))


async def session_case(session: AsyncSession, id_hash: bytes) -> UUID | None:
    """Return the case a receipt session opens, None when there is none or it has ended."""
    is_open = RECEIPT_SESSION.c.expires_at > func.now()
    asked = select(RECEIPT_SESSION.c.case_id).where(RECEIPT_SESSION.c.id_hash == id_hash, is_open)
    found: UUID | None = await session.scalar(asked)
    return found
