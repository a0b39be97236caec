"""Tokens of the portal, as hashes."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.portal.domain.tokens import Token
from services.planning.tables import PORTAL_TOKEN, columns_of, row_of

_TOKENS = select(*columns_of(Token, PORTAL_TOKEN))


async def lock(session: AsyncSession, agency_id: str) -> None:
    """Let one transaction at a time make tokens of an agency."""
    name = f"portal-token/{agency_id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def insert(session: AsyncSession, token: Token, hash_: bytes) -> None:
    """Keep a token by the hash of its text."""
    await session.execute(PORTAL_TOKEN.insert().values(row_of(token, PORTAL_TOKEN) | {"hash": hash_}))


async def get(session: AsyncSession, token_id: UUID, *, lock: bool = False) -> Token | None:
    """Return a token; its row locked when asked."""
    asked = _TOKENS.where(PORTAL_TOKEN.c.token_id == token_id)
    found = (await session.execute(asked.with_for_update() if lock else asked)).mappings().one_or_none()
    return None if found is None else _token(found)


async def with_hash(session: AsyncSession, token_id: UUID) -> tuple[Token, bytes] | None:
    """Return a token with the hash that its text must have."""
    asked = _TOKENS.add_columns(PORTAL_TOKEN.c.hash).where(PORTAL_TOKEN.c.token_id == token_id)
    found = (await session.execute(asked)).mappings().one_or_none()
    if found is None:
        return None
    row = dict(found)
    hash_: bytes = row.pop("hash")
    return _token(row), hash_


async def of_agency(session: AsyncSession, agency_id: str) -> list[Token]:
    """Return every token that an agency ever had, the newest first."""
    asked = _TOKENS.where(PORTAL_TOKEN.c.agency_id == agency_id).order_by(PORTAL_TOKEN.c.token_id.desc())
    return [_token(row) for row in (await session.execute(asked)).mappings()]


async def revoke(session: AsyncSession, token: Token) -> None:
    """Write that a token, whose row the caller has locked, was revoked."""
    changed = PORTAL_TOKEN.update().where(PORTAL_TOKEN.c.token_id == token.token_id)
    await session.execute(
        changed.values(revoked_by=token.revoked_by, revoked_at=token.revoked_at, version=token.version)
    )


async def note_use(session: AsyncSession, token_id: UUID, today: date) -> None:
    """Note the day on which a token was used; once a day."""
    used = PORTAL_TOKEN.c.last_used_on
    changed = PORTAL_TOKEN.update().where(
        PORTAL_TOKEN.c.token_id == token_id, or_(used.is_(None), used < today)
    )
    await session.execute(changed.values(last_used_on=today))


def _token(row: RowMapping | Mapping[str, Any]) -> Token:
    return Token(**row)
