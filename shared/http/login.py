"""Page log-in: authorization code with PKCE S256 and nonce, by Authlib; state kept in a table.

`/auth/login?next=/path` -> issuer -> `/auth/callback` -> `next`; `POST /auth/logout` ends the session.
The roles come from the access token, verified as any bearer token is; tokens are not kept.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from fastapi import Request, Response
from joserfc.errors import JoseError
from sqlalchemy import text
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.db import Database
from shared.http.crosssite import check_form
from shared.http.paths import LOGIN_PATH, SEE_OTHER, local_path, login_url
from shared.http.state import AppState
from shared.kernel import DomainError
from shared.observability.metrics import AUTH_DENIED
from shared.security.sealing import derive_key
from shared.security.tokens import KeysAwayError

log = structlog.get_logger(__name__)

LOGIN_SECONDS = 600
_MAX_NAME = 100

_SET = text("""
    INSERT INTO login_state (key, value, expires_at)
    VALUES (:key, :value, now() + make_interval(secs => :seconds))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
""")
_GET = text("SELECT value FROM login_state WHERE key = :key AND expires_at > now()")
_DELETE = text("DELETE FROM login_state WHERE key = :key")


class LoginFailedError(DomainError):
    """The log-in was not started here, was used before, took too long, or the issuer refused it (400)."""

    code: ClassVar[str] = "login_failed"

    def __init__(self) -> None:
        super().__init__("Proses masuk tidak sah atau sudah kedaluwarsa. Silakan masuk lagi.")


class LoginStates:
    """The cache that Authlib keeps state, nonce and PKCE verifier in: in our table, not in a cookie."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, key: str) -> str | None:
        value: str | None = await self._db.read(lambda session: session.scalar(_GET, {"key": key}))
        return value

    async def set(self, key: str, value: str, _expires: int | None = None) -> None:
        row = {"key": key, "value": value, "seconds": LOGIN_SECONDS}
        await self._db.run(lambda session: session.execute(_SET, row))

    async def delete(self, key: str) -> None:
        await self._db.run(lambda session: session.execute(_DELETE, {"key": key}))


class LoginRoundTrip:
    """Binds a log-in to the browser that began it, by a short signed cookie on `/auth/` paths only."""

    def __init__(self, app: ASGIApp, service: str, secret: str) -> None:
        self._app = app
        self._with_cookie = SessionMiddleware(
            app,
            derive_key(secret, "login-cookie").hex(),
            session_cookie=f"__Host-zi-{service}-login",
            max_age=LOGIN_SECONDS,
            https_only=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_login = scope["type"] == "http" and scope["path"].startswith("/auth/")
        await (self._with_cookie if is_login else self._app)(scope, receive, send)


def routes(state: AppState) -> list[Route]:
    """Return the three routes of the log-in."""
    client = _client(state)
    base = state.settings.base_url.rstrip("/")

    async def login(request: Request) -> Response:
        following = local_path(request.query_params.get("next", "/"))
        if request.headers.get("host") != urlsplit(base).netloc:  # the cookie must meet the callback's host
            return RedirectResponse(f"{base}{login_url(following)}", status_code=SEE_OTHER)
        request.session["next"] = following
        try:
            response: Response = await client().authorize_redirect(request, f"{base}/auth/callback")
        except httpx2.HTTPError as error:
            raise _away() from error
        return response

    async def callback(request: Request) -> Response:
        following = local_path(request.session.pop("next", "/"))
        try:
            token = await client().authorize_access_token(request)
            person = token["userinfo"]
            principal = await state.verifier.principal(token["access_token"])
        except httpx2.HTTPError as error:
            raise _away() from error
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
            AUTH_DENIED.labels("session").inc()
            log.warning("login_failed", error=type(error).__name__)
            raise LoginFailedError from error
        if person.get("sub") != principal.subject:
            raise LoginFailedError
        response = RedirectResponse(following, status_code=SEE_OTHER)
        name = str(person.get("name") or person.get("preferred_username") or "Pengguna")
        await state.sessions.open(response, principal, name[:_MAX_NAME])
        return response

    async def logout(request: Request) -> Response:
        await check_form(request, await state.sessions.read(request))
        response = RedirectResponse("/", status_code=SEE_OTHER)
        await state.sessions.end(request, response)
        return response

    return [
        Route(LOGIN_PATH, login, methods=["GET"]),
        Route("/auth/callback", callback, methods=["GET"]),
        Route("/auth/logout", logout, methods=["POST"]),
    ]


def _client(state: AppState) -> Callable[[], Any]:
    """Return what gives the issuer's client; made at the first log-in, for Authlib takes long to load."""
    settings = state.settings

    @cache
    def client() -> Any:
        from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415 - see above

        return OAuth(cache=LoginStates(state.db)).register(
            "zi",
            client_id=settings.oidc_client_id or f"zi-{state.service}",
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "none",
            },
        )

    return client


def _away() -> KeysAwayError:
    return KeysAwayError("Layanan identitas sedang tidak dapat dihubungi. Coba beberapa saat lagi.")
