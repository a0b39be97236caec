"""Page sessions: a random cookie in the browser, its hash and the caller in the database.

Cookies ignore ports, so each service has its own name: `__Host-zi-<service>`. What the issuer said of a
person holds for minutes: then the session asks it again with its refresh token, so that a removed person is
out and changed roles count. While the issuer is away a session goes on for a bounded time.
"""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import structlog
from fastapi import Request, Response
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.http.pages.watcher import Watcher
from shared.http.paths import BASES
from shared.observability.metrics import AUTH_SESSIONS
from shared.security import Principal, UnauthenticatedError
from shared.security.issuer import GrantRefusedError, IssuerClient
from shared.security.sealing import SealBrokenError, derive_key, keyed_hash, seal, token_hash, unseal
from shared.security.tokens import KeysAwayError, Leaving, TokenVerifier

log = structlog.get_logger(__name__)

SESSION_HOURS = 8
PATIENCE_SECONDS = 1.0
"""Whoever finds a question due waits so long: a prompt issuer is obeyed at once, a slow one delays nobody."""
LEASE_SECONDS = 20
"""A question and what follows from it take no longer; then its process has died, and another may ask."""
REST_SECONDS = 10
"""An issuer that did not answer is asked again about a session after this time."""
LOOK_SECONDS = 0.1
LOOKS = 60
"""How often a session that cannot go on looks whether another process has got an answer."""
STAMP_SECONDS = 1.0
"""A stream ends so long after its session; asking costs one statement for all streams of the process."""
CLOSE_SECONDS = 5.0
MAX_HINT_CHARACTERS = 4096
"""A longer ID token is not kept: it comes back in an address, which proxies do not let be of any length."""

_INSERT = text(f"""
    INSERT INTO page_session
        (id_hash, principal, display_name, refresh_token, id_token, sid_hash, expires_at)
    VALUES (:id_hash, CAST(:principal AS jsonb), :display_name, :refresh_token, :id_token, :sid_hash,
            now() + interval '{SESSION_HOURS} hours')
""")  # noqa: S608 - the only inserted text is our own number
_READ = text("""
    SELECT principal, display_name, is_issuer_away,
           CAST(extract(epoch FROM now() - checked_at) AS double precision) AS age_seconds
    FROM page_session WHERE id_hash = :id_hash AND expires_at > now()
""")
_CLAIM = text(f"""
    UPDATE page_session
    SET asked_until = now() + interval '{LEASE_SECONDS} seconds', is_issuer_away = false
    WHERE id_hash = :id_hash AND expires_at > now()
      AND checked_at <= now() - make_interval(secs => :check_seconds)
      AND (asked_until IS NULL OR asked_until <= now())
    RETURNING principal, refresh_token
""")  # noqa: S608 - as above
_CONFIRM = text("""
    UPDATE page_session
    SET principal = CAST(:principal AS jsonb), refresh_token = :refresh_token, checked_at = now(),
        asked_until = NULL, is_issuer_away = false
    WHERE id_hash = :id_hash
    RETURNING true
""")
_PUT_OFF = text(f"""
    UPDATE page_session
    SET refresh_token = :refresh_token, asked_until = now() + interval '{REST_SECONDS} seconds',
        is_issuer_away = true
    WHERE id_hash = :id_hash
    RETURNING true
""")  # noqa: S608 - as above
_STAMPS = text("""
    SELECT id_hash, checked_at FROM page_session
    WHERE id_hash = ANY(CAST(:ids AS bytea[])) AND expires_at > now()
""")
_DELETE = text("DELETE FROM page_session WHERE id_hash = :id_hash RETURNING refresh_token, id_token")
_SUPERSEDE = text("""
    UPDATE page_session SET expires_at = now(), refresh_token = NULL, id_token = NULL
    WHERE id_hash = :id_hash AND expires_at > now()
    RETURNING true
""")
"""The row stays until the sweep: a question under way must not take a second log-in for a log-out."""
_DELETE_OTHERS = text("""
    DELETE FROM page_session WHERE id_hash = :id_hash AND principal ->> 'subject' IS DISTINCT FROM :subject
    RETURNING refresh_token
""")

_NOTE_TOLD = text("""
    INSERT INTO logout_token VALUES (:jti_hash, to_timestamp(:ends_at))
    ON CONFLICT DO NOTHING RETURNING true
""")
_END_TOLD = text("""
    DELETE FROM page_session
    WHERE (CAST(:sid_hash AS bytea) IS NULL OR sid_hash = :sid_hash
           OR (sid_hash IS NULL AND CAST(:subject AS text) IS NOT NULL))
      AND (CAST(:subject AS text) IS NULL OR principal ->> 'subject' = :subject)
    RETURNING true
""")
"""One of both is there, or every session would end. A session without `sid` may be the one that is meant."""


def session_cookie(service: str) -> str:
    """Return the name of the cookie of a service's sessions."""
    return f"__Host-zi-{service}"


@dataclass(frozen=True, slots=True)
class PageSession:
    """A logged-in person: who they are, the name to show them, and the token their forms must carry.

    `key` finds the session in the database and opens nothing. Half of `csrf` is the session's,
    half the person's.
    """

    key: bytes
    principal: Principal
    display_name: str
    csrf: str


class Sessions:
    """Opens, reads, renews and ends the sessions of one service's pages."""

    def __init__(
        self,
        service: str,
        db: Database,
        secret: str,
        *,
        issuer: IssuerClient,
        verifier: TokenVerifier,
        check_seconds: float,
        grace_seconds: float,
    ) -> None:
        self.cookie = session_cookie(service)
        self._db = db
        self._secret = secret
        self._issuer = issuer
        self._verifier = verifier
        self._check_seconds = check_seconds
        self._most_seconds = check_seconds + grace_seconds
        self._asking: dict[bytes, asyncio.Task[None]] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._watcher: Watcher[bytes, Principal | None] = Watcher(self._stamps, pause_seconds=STAMP_SECONDS)

    async def open(
        self,
        response: Response,
        principal: Principal,
        display_name: str,
        refresh_token: str | None = None,
        id_token: str | None = None,
        issuer_session: str | None = None,
    ) -> None:
        """Store a new session under a fresh id, whatever cookie came before, and set its cookie.

        Without a refresh token it cannot ask the issuer again, so it ends when the first answer is too old.
        `issuer_session` is the issuer's name of its own session (`sid`), by which it may end this one.
        """
        session_id = secrets.token_urlsafe(32)
        key = token_hash(session_id)
        hint = id_token if len(id_token or "") <= MAX_HINT_CHARACTERS else None
        row = {
            "id_hash": key,
            "principal": orjson.dumps(principal.as_json()).decode(),
            "display_name": display_name,
            "refresh_token": self._sealed(key, "refresh-token", refresh_token),
            "id_token": self._sealed(key, "id-token", hint),
            "sid_hash": self._sid_hash(issuer_session),
        }
        await self._db.run(lambda session: session.execute(_INSERT, row))
        response.set_cookie(
            self.cookie, session_id, max_age=SESSION_HOURS * 3600, secure=True, httponly=True, samesite="lax"
        )

    async def read(self, request: Request) -> PageSession | None:
        """Return the session of the request's cookie as the issuer last knew it, None when it has ended.

        Raises `KeysAwayError` (503) for one that must be asked about while the issuer is away.
        """
        if (session_id := self._id(request)) is None:
            return None
        row = await self._confirmed(token_hash(session_id))
        return None if row is None else self._session(session_id, row)

    async def held(self, request: Request) -> PageSession | None:
        """Return the session of the request's cookie without asking anybody, only to end or to name it."""
        if (session_id := self._id(request)) is None:
            return None
        row = await self._find(token_hash(session_id))
        return None if row is None else self._session(session_id, row)

    async def end(self, request: Request) -> str | None:
        """Forget the session of the request's cookie, here and at the issuer; return its ID token."""
        if (session_id := self._id(request)) is None:
            return None
        key = token_hash(session_id)
        row = await self._change(_DELETE, {"id_hash": key})
        if row is None:
            return None
        self._say_farewell(key, row.refresh_token)
        return self._opened(key, "id-token", row.id_token)

    async def obey(self, leaving: Leaving) -> int | None:
        """End the sessions that a logout token means; return how many, None for one that came before.

        Their grants are not given back: the issuer has ended what it means, and would end newer ones too.
        """
        told = {"jti_hash": keyed_hash(self._secret, "jti", leaving.token_id), "ends_at": leaving.ends_at}
        meant = {"sid_hash": self._sid_hash(leaving.session_id), "subject": leaving.subject}

        async def end(session: AsyncSession) -> int | None:
            if (await session.execute(_NOTE_TOLD, told)).one_or_none() is None:
                return None
            return len((await session.execute(_END_TOLD, meant)).all())

        ended = await self._db.run(end)
        AUTH_SESSIONS.labels("told").inc(ended or 0)
        return ended

    def forget(self, request: Request, response: Response) -> None:
        """Take the cookie out of the browser, and those of all services that share this host."""
        others = {session_cookie(service) for service in BASES} & request.cookies.keys()
        for name in sorted(others | {self.cookie}):
            response.delete_cookie(name, secure=True, httponly=True, samesite="lax")

    async def supersede(self, request: Request, principal: Principal) -> None:
        """End the session of the request's cookie, for the browser gets a newer one.

        The grant of the same person is not ended at the issuer: some end with it all that the person has in
        this service, the newer session too. That of another person is, also one that a question under way
        is about to bring.
        """
        if (session_id := self._id(request)) is None:
            return
        key = token_hash(session_id)
        others = await self._change(_DELETE_OTHERS, {"id_hash": key, "subject": principal.subject})
        if others is None:
            await self._change(_SUPERSEDE, {"id_hash": key})
        else:
            self._say_farewell(key, others.refresh_token)

    async def ended(self, session: PageSession) -> None:
        """Return when a session has ended, in whatever process, or its caller may no longer do the same."""
        views = self._watcher.views(session.key, None, partial(self._still, session.key))
        try:
            async with aclosing(views):
                async for _, principal in views:
                    if principal != session.principal:
                        return
        except KeysAwayError:
            return

    async def close(self) -> None:
        """Let questions and farewells under way come to their end, for what they learn must be stored."""
        tasks = {*self._asking.values(), *self._farewells}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()

    def _id(self, request: Request) -> str | None:
        return request.cookies.get(self.cookie) or None

    def _session(self, session_id: str, row: Row[Any]) -> PageSession:
        principal = Principal.from_json(row.principal)
        own = keyed_hash(self._secret, "form-token", session_id)
        persons = keyed_hash(self._secret, "form-person", principal.subject)
        return PageSession(token_hash(session_id), principal, row.display_name, (own + persons).hex())

    async def _find(self, key: bytes) -> Row[Any] | None:
        async def find(session: AsyncSession) -> Row[Any] | None:
            return (await session.execute(_READ, {"id_hash": key})).one_or_none()

        return await self._db.read(find)

    async def _confirmed(self, key: bytes) -> Row[Any] | None:
        """Return a session's row, after the issuer was asked again when that was due."""
        row = await self._find(key)
        if row is None or row.age_seconds < self._check_seconds:
            return row
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key))
            self._asking[key] = task
            task.add_done_callback(partial(self._asked, key))
        may_go_on = row.age_seconds < self._most_seconds
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS if may_go_on else None)
        if task.done():
            task.result()
        row = await self._find(key)
        if row is not None and row.age_seconds >= self._most_seconds:
            AUTH_SESSIONS.labels("refused").inc()
            raise KeysAwayError
        return row

    def _asked(self, key: bytes, task: "asyncio.Task[None]") -> None:
        del self._asking[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("session_not_checked", error=type(error).__name__)

    async def _ask(self, key: bytes) -> None:
        """Ask the issuer about a session and store what it says, unless another process does or just did."""
        claim = {"id_hash": key, "check_seconds": self._check_seconds}
        for _ in range(LOOKS):
            held = await self._change(_CLAIM, claim)
            if held is not None:
                await self._renew(key, held)
                return
            row = await self._find(key)
            if row is None or row.is_issuer_away or row.age_seconds < self._check_seconds:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _renew(self, key: bytes, held: Row[Any]) -> None:
        """Change the refresh token for new tokens; a session whose grant has ended ends with it."""
        before = Principal.from_json(held.principal)
        refresh_token = self._opened(key, "refresh-token", held.refresh_token)
        if refresh_token is None:
            await self._refuse(key, "there is no refresh token")
            return
        try:
            tokens = await self._issuer.refresh(refresh_token)
            refresh_token = tokens.refresh or refresh_token
            principal = await self._verifier.principal(tokens.access)
        except KeysAwayError:
            AUTH_SESSIONS.labels("away").inc()
            await self._keep(_PUT_OFF, key, refresh_token)
        except (GrantRefusedError, UnauthenticatedError) as error:
            await self._refuse(key, str(error))
        else:
            if principal.subject != before.subject:
                await self._refuse(key, "the token is another person's")
                return
            AUTH_SESSIONS.labels("confirmed").inc()
            shown = orjson.dumps(principal.as_json()).decode()
            await self._keep(_CONFIRM, key, refresh_token, principal=shown)

    async def _refuse(self, key: bytes, reason: str) -> None:
        AUTH_SESSIONS.labels("ended").inc()
        log.info("session_ended", reason=reason)
        await self._change(_DELETE, {"id_hash": key})

    async def _keep(
        self, statement: TextClause, key: bytes, refresh_token: str | None, **fields: Any
    ) -> None:
        """Store what was learnt; when the person has left meanwhile, their new grant ends too."""
        sealed = self._sealed(key, "refresh-token", refresh_token)
        row = {"id_hash": key, "refresh_token": sealed, **fields}
        if await self._change(statement, row) is None and refresh_token is not None:
            await self._issuer.revoke(refresh_token)

    def _say_farewell(self, key: bytes, sealed: bytes | None) -> None:
        """Tell the issuer that a grant has ended, without letting anybody wait for it."""
        if (refresh_token := self._opened(key, "refresh-token", sealed)) is not None:
            task = asyncio.create_task(self._issuer.revoke(refresh_token))
            self._farewells.add(task)
            task.add_done_callback(self._farewells.discard)

    async def _change(self, statement: TextClause, row: Mapping[str, Any]) -> Row[Any] | None:
        async def change(session: AsyncSession) -> Row[Any] | None:
            return (await session.execute(statement, dict(row))).one_or_none()

        return await self._db.run(change)

    async def _stamps(self, keys: Collection[bytes]) -> Mapping[bytes, datetime | None]:
        async with self._db.reading() as session:
            rows = await session.execute(_STAMPS, {"ids": list(keys)})
            return {bytes(row.id_hash): row.checked_at for row in rows}

    async def _still(self, key: bytes) -> Principal | None:
        row = await self._confirmed(key)
        return None if row is None else Principal.from_json(row.principal)

    def _sid_hash(self, sid: str | None) -> bytes | None:
        return None if sid is None else keyed_hash(self._secret, "sid", sid)

    def _sealed(self, key: bytes, kind: str, token: str | None) -> bytes | None:
        if token is None:
            return None
        return seal(derive_key(self._secret, kind), token.encode(), key.hex())

    def _opened(self, key: bytes, kind: str, sealed: bytes | None) -> str | None:
        """Return a stored token; None when there is none or it was sealed under another secret."""
        if sealed is None:
            return None
        try:
            return unseal(derive_key(self._secret, kind), bytes(sealed), key.hex()).decode()
        except SealBrokenError:
            log.warning("token_sealed_otherwise", kind=kind)
            return None
