"""Receipts, the sessions they open, and the identities that only the identity role may touch."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import identity_role


@dataclass(frozen=True, slots=True)
class Person:
    """What a reporter told about themselves."""

    name: str | None
    contact: str | None


async def keep(session: AsyncSession, case_id: UUID, lookup: bytes, verifier: str) -> None:
    """Store how a case's receipt is found and proved."""
    await session.execute(
        text("INSERT INTO receipt (case_id, lookup, verifier) VALUES (:case_id, :lookup, :verifier)"),
        {"case_id": case_id, "lookup": lookup, "verifier": verifier},
    )


async def find(session: AsyncSession, lookup: bytes) -> tuple[UUID, str] | None:
    """Return case and verifier of a receipt."""
    row = (
        await session.execute(
            text("SELECT case_id, verifier FROM receipt WHERE lookup = :lookup"), {"lookup": lookup}
        )
    ).one_or_none()
    return None if row is None else (row.case_id, row.verifier)


async def open_session(session: AsyncSession, id_hash: bytes, case_id: UUID, minutes: int) -> None:
    """Store a session of a proved receipt; ended ones are swept along."""
    await session.execute(text("DELETE FROM receipt_session WHERE expires_at < now()"))
    await session.execute(
        text("""
            INSERT INTO receipt_session (id_hash, case_id, expires_at)
            VALUES (:id_hash, :case_id, now() + make_interval(mins => :minutes))
        """),
        {"id_hash": id_hash, "case_id": case_id, "minutes": minutes},
    )


async def close_session(session: AsyncSession, id_hash: bytes) -> None:
    """Forget a session: its token opens nothing from now on."""
    await session.execute(text("DELETE FROM receipt_session WHERE id_hash = :id_hash"), {"id_hash": id_hash})


async def session_case(session: AsyncSession, id_hash: bytes) -> UUID | None:
    """Return the case a receipt session opens, None when there is none or it has ended."""
    found: UUID | None = await session.scalar(
        text("SELECT case_id FROM receipt_session WHERE id_hash = :id_hash AND expires_at > now()"),
        {"id_hash": id_hash},
    )
    return found


async def keep_reporter(session: AsyncSession, case_id: UUID, person: Person) -> None:
    """Store who reported, as the identity role; nothing for an anonymous report."""
    if person.name is None and person.contact is None:
        return
    async with identity_role(session, "complaints"):
        await session.execute(
            text("INSERT INTO identity.reporter (case_id, name, contact) VALUES (:case_id, :name, :contact)"),
            {"case_id": case_id, "name": person.name, "contact": person.contact},
        )
