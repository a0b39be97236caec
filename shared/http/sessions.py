"""Page sessions: a random cookie in the browser, its hash and the caller in the database.

Cookies ignore ports, so each service has its own name: `__Host-zi-<service>`.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.security import Principal
from shared.security.sealing import keyed_hash, token_hash

SESSION_HOURS = 8

_INSERT = text(f"""
    INSERT INTO page_session (id_hash, principal, display_name, expires_at)
    VALUES (:id_hash, CAST(:principal AS jsonb), :display_name, now() + interval '{SESSION_HOURS} hours')
""")  # noqa: S608 - the only inserted text is our own number
_READ = text("""
    SELECT principal, display_name FROM page_session WHERE id_hash = :id_hash AND expires_at > now()
""")
_DELETE = text("DELETE FROM page_session WHERE id_hash = :id_hash")


@dataclass(frozen=True, slots=True)
class PageSession:
    """A logged-in person: who they are, the name to show them, and the token their forms must carry."""

    principal: Principal
    display_name: str
    csrf: str


class Sessions:
    """Opens, reads and ends the sessions of one service's pages."""

    def __init__(self, service: str, db: Database, secret: str) -> None:
        self.cookie = f"__Host-zi-{service}"
        self._db = db
        self._secret = secret

    async def open(self, response: Response, principal: Principal, display_name: str) -> None:
        """Store a new session under a fresh id, whatever cookie came before, and set its cookie."""
        session_id = secrets.token_urlsafe(32)
        row = {
            "id_hash": token_hash(session_id),
            "principal": orjson.dumps(principal.as_json()).decode(),
            "display_name": display_name,
        }
        await self._db.run(lambda session: session.execute(_INSERT, row))
        response.set_cookie(
            self.cookie, session_id, max_age=SESSION_HOURS * 3600, secure=True, httponly=True, samesite="lax"
        )

    async def read(self, request: Request) -> PageSession | None:
        """Return the session of the request's cookie, None when there is none or it has ended."""
        session_id = request.cookies.get(self.cookie)
        if not session_id:
            return None

        async def find(session: AsyncSession) -> Row[Any] | None:
            return (await session.execute(_READ, {"id_hash": token_hash(session_id)})).one_or_none()

        row = await self._db.read(find)
        if row is None:
            return None
        csrf = keyed_hash(self._secret, "form-token", session_id).hex()
        return PageSession(Principal.from_json(row.principal), row.display_name, csrf)

    async def end(self, request: Request, response: Response) -> None:
        """Forget the session here and in the browser."""
        if session_id := request.cookies.get(self.cookie):
            key = {"id_hash": token_hash(session_id)}
            await self._db.run(lambda session: session.execute(_DELETE, key))
        response.delete_cookie(self.cookie, secure=True, httponly=True, samesite="lax")
