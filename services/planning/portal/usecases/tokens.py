"""Make, list and revoke tokens of the portal, and know one again."""

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.usecases.documents import check_known_agency
from services.planning.portal.domain.tokens import Token, check_new, portal_day, token_id_in, token_text
from services.planning.portal.store import tokens
from services.planning.refusals import check_version
from shared import audit
from shared.db.clock import database_now
from shared.kernel import NotFoundError, new_id
from shared.security import Principal
from shared.security.sealing import same, token_hash
from shared.security.tokens import TokenRefusedError

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token with its text, which is told this once."""

    token: Token
    text: str


async def create_token(
    session: AsyncSession, actor: Principal, agency_id: str, *, client: str, expires_on: date
) -> Issued:
    """Make a token with which a client pulls what an agency froze.

    Raises `ForbiddenError`, `NotFoundError`, `TokenExpiryError`, `TokensFullError`.
    """
    await check_known_agency(session, actor, agency_id)
    await tokens.lock(session, agency_id)
    now = await database_now(session)
    check_new(await tokens.of_agency(session, agency_id), client, expires_on, portal_day(now))
    token = Token(
        token_id=new_id(),
        agency_id=agency_id,
        client=client,
        expires_on=expires_on,
        created_by=actor.subject,
        created_at=now,
        revoked_by=None,
        revoked_at=None,
        last_used_on=None,
        version=1,
    )
    made = token_text(token.token_id, secrets.token_urlsafe(_SECRET_BYTES))
    await tokens.insert(session, token, token_hash(made))
    await _note(session, actor, "create_portal_token", token)
    return Issued(token, made)


async def list_tokens(session: AsyncSession, actor: Principal, agency_id: str) -> list[Token]:
    """Return every token of an agency, the newest first; raises `ForbiddenError`, `NotFoundError`."""
    await check_known_agency(session, actor, agency_id)
    return await tokens.of_agency(session, agency_id)


async def get_token(session: AsyncSession, actor: Principal, token_id: UUID, *, lock: bool = False) -> Token:
    """Return a token of an agency in scope; raises `NotFoundError`."""
    found = await tokens.get(session, token_id, lock=lock)
    if found is None or not actor.scope.covers("", found.agency_id):
        raise NotFoundError("Token tidak ditemukan.")
    return found


async def revoke_token(session: AsyncSession, actor: Principal, token_id: UUID, expected: int) -> Token:
    """Let a token open nothing any more; raises `NotFoundError`, `StaleVersionError`."""
    found = await get_token(session, actor, token_id, lock=True)
    check_version(found.version, expected)
    if found.revoked_at is not None:
        return found
    now = await database_now(session)
    revoked = replace(found, revoked_by=actor.subject, revoked_at=now, version=found.version + 1)
    await tokens.revoke(session, revoked)
    await _note(session, actor, "revoke_portal_token", revoked)
    return revoked


async def known_token(session: AsyncSession, text: str) -> Token:
    """Return the token whose text a caller shows.

    Raises `TokenRefusedError` for what is none of ours, was revoked or is over.
    """
    token_id = token_id_in(text)
    if token_id is None:
        raise TokenRefusedError("no portal token")
    found = await tokens.with_hash(session, token_id)
    if found is None:
        raise TokenRefusedError("unknown portal token")
    token, hash_ = found
    if not same(token_hash(text), hash_):
        raise TokenRefusedError("wrong portal token")
    if not token.is_valid(portal_day(await database_now(session))):
        raise TokenRefusedError("portal token over")
    return token


async def check_still_known(session: AsyncSession, token: Token, now: datetime) -> None:
    """Hold a token for what is pulled with it; raises `TokenRefusedError` when it was revoked since."""
    found = await tokens.get(session, token.token_id, lock=True)
    if found is None or not found.is_valid(portal_day(now)):
        raise TokenRefusedError("portal token over")


async def _note(session: AsyncSession, actor: Principal, operation: str, token: Token) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="portal_token",
        entity_id=str(token.token_id),
        version=token.version,
        changes={"agency_id": token.agency_id, "expires_on": token.expires_on.isoformat()},
    )
