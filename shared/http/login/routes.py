"""Page log-in: authorisation code with PKCE S256 and nonce; each tab's state in a sealed cookie of its own.

`/masuk?next=/path` -> issuer -> `/masuk/kembali` -> `next`. Starting costs no row and, but for the first
one, no call. The roles come from the access token, verified as any bearer token is.
`POST /keluar` ends our session -> issuer, to end its own -> `/keluar/selesai` -> `/`. Until the browser has
come back from there, or where the issuer ends nothing, the next log-in lets the issuer ask who is there. The
issuer tells all others by `POST /keluar/saluran`.
"""

import base64
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson
import structlog
from fastapi import Request, Response
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from shared.http.addresses import START
from shared.http.crosssite import check_form
from shared.http.limits.bursts import parse
from shared.http.limits.counts import source_hash
from shared.http.login.sessions import session_cookie
from shared.http.pages.menu import landing
from shared.http.paths import BASES, SEE_OTHER, local_path
from shared.http.state import AppState
from shared.kernel import DomainError, printable
from shared.observability.metrics import AUTH_DENIED, HTTP_LIMITED
from shared.process.settings import plain_host
from shared.security import Principal
from shared.security.issuer import GrantRefusedError, LoginSecrets, Tokens
from shared.security.sealing import SealBrokenError, derive_key, same, seal, unseal
from shared.security.tokens import TokenRefusedError

log = structlog.get_logger(__name__)

LOGIN_SECONDS = 600
MOST_TABS = 6
"""Log-ins a browser may have under way; the oldest make room, for cookies travel with every request."""
LEFT = "__Host-zi-left"
"""Cookie of a browser whose last log-out the issuer has not confirmed; all services of a host share it."""
LEFT_SECONDS = 12 * 3600
"""So long an issuer commonly knows a person at most."""
RULE = "login"
BURST = "240/minute"
"""Starts and answers of one source; a whole office may share it, and logs in at eight o'clock."""
CHANNEL_RULE = "log-out"
CHANNEL_BURST = "1200/minute"
"""Of the issuer, when everybody leaves: a token of one who is not it costs a signature's check."""
_NO_STORE = {"Cache-Control": "no-store"}
_FOREIGN = (
    "Proses masuk ini sudah kedaluwarsa atau tidak dimulai di peramban ini. Tidak ada yang berubah; silakan "
    "masuk lagi."
)
_SENT = "sent"
"""Parameter of a start that was sent here from another address."""
_STATE = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_NAME = 100


class LoginFailedError(DomainError):
    """The log-in was not started in this browser, took too long, or the issuer refused it (400)."""

    code: ClassVar[str] = "login_failed"


@dataclass(frozen=True, slots=True)
class LoginStart:
    """A log-in under way: its secrets, the page it leads to, and whether the issuer must ask who is there."""

    found: LoginSecrets
    following: str
    must_ask: bool = False


class LoginStates:
    """Keeps each log-in in the browser that began it: one cookie per tab, sealed, so that it tells nothing.

    A cookie lives for its ten minutes and not only for one answer, so that going back to the issuer's page
    and choosing again ends well. What serves once is the code, and PKCE ties it to this cookie.
    """

    def __init__(self, service: str, secret: str) -> None:
        self._prefix = _login_prefix(service)
        self._key = derive_key(secret, "login-state")

    def keep(self, request: Request, response: Response, start: LoginStart) -> None:
        """Add a log-in to the browser's; of too many the oldest are forgotten."""
        held = self._names(request)
        self._forget(response, held[: max(0, len(held) - MOST_TABS + 1)])
        found = start.found
        ends_at = int(time.time()) + LOGIN_SECONDS
        content = [found.nonce, found.code_verifier, start.following, ends_at, start.must_ask]
        sealed = seal(self._key, orjson.dumps(content), found.state)
        response.set_cookie(
            self._name(found.state),
            base64.urlsafe_b64encode(sealed).decode(),
            max_age=LOGIN_SECONDS,
            secure=True,
            httponly=True,
            samesite="lax",
        )

    def find(self, request: Request, state: str | None) -> LoginStart:
        """Return the log-in that an answer belongs to; raises `LoginFailedError`."""
        if state is None or not _STATE.fullmatch(state):
            raise LoginFailedError(_FOREIGN)
        try:
            value = base64.urlsafe_b64decode(request.cookies.get(self._name(state), ""))
            nonce, code_verifier, following, ends_at, must_ask = orjson.loads(unseal(self._key, value, state))
        except (SealBrokenError, ValueError) as error:
            raise LoginFailedError(_FOREIGN) from error
        if ends_at <= time.time():
            raise LoginFailedError(_FOREIGN)
        return LoginStart(LoginSecrets(state, nonce, code_verifier), following, must_ask)

    def forget_all(self, request: Request, response: Response) -> None:
        """Forget every log-in under way, in all services of this host."""
        prefixes = (self._prefix, *map(_login_prefix, BASES))
        self._forget(response, [name for name in request.cookies if name.startswith(prefixes)])

    def _name(self, state: str) -> str:
        return self._prefix + state[:16]

    def _names(self, request: Request) -> list[str]:
        """Return the names of the browser's log-in cookies, oldest first (RFC 6265 section 5.4)."""
        return [name for name in request.cookies if name.startswith(self._prefix)]

    def _forget(self, response: Response, names: list[str]) -> None:
        for name in names:
            response.delete_cookie(name, secure=True, httponly=True, samesite="lax")


def _login_prefix(service: str) -> str:
    return f"{session_cookie(service)}-login-"


class Login:
    """The log-in of one service's pages."""

    def __init__(self, state: AppState) -> None:
        self._app = state
        self._states = LoginStates(state.service, state.secret)
        self._base = state.settings.base_url.rstrip("/")
        self._redirect_uri = f"{self._base}{state.login.callback}"
        self._left_uri = f"{self._base}{state.login.left}"
        self._burst = parse(BURST)
        self._channel_burst = parse(CHANNEL_BURST)
        for rule in (RULE, CHANNEL_RULE):
            HTTP_LIMITED.labels(rule)

    async def start(self, request: Request) -> Response:
        """Send the browser to the issuer."""
        await self._app.bursts.hit(RULE, source_hash(request), self._burst)
        following = local_path(request.query_params.get("next", "/"))
        if not self._is_at_base(request):  # cookies must meet the callback's host
            return self._to_base(request, following)
        start = LoginStart(LoginSecrets.fresh(), following, must_ask=LEFT in request.cookies)
        address = await self._app.issuer.login_address(
            start.found, redirect_uri=self._redirect_uri, must_ask=start.must_ask
        )
        response = RedirectResponse(address, status_code=SEE_OTHER)
        self._states.keep(request, response, start)
        return response

    def _is_at_base(self, request: Request) -> bool:
        base = urlsplit(self._base)
        return plain_host(request.headers.get("host", ""), base.scheme) == base.netloc

    def _to_base(self, request: Request, following: str) -> Response:
        """Send the browser to the public address, once: a proxy that hides it would send it back for ever."""
        if _SENT in request.query_params:
            log.warning("login_host_differs", expected=urlsplit(self._base).netloc)
            raise LoginFailedError(
                "Masuk tidak dapat dimulai karena server perantara tidak meneruskan alamat layanan ini "
                "dengan benar. Sampaikan hal ini kepada pengelola sistem."
            )
        return RedirectResponse(
            f"{self._base}{self._app.login.url(following)}&{_SENT}=1", status_code=SEE_OTHER
        )

    async def answer(self, request: Request) -> Response:
        """Take the issuer's answer, and lead to the page that the log-in was for."""
        await self._app.bursts.hit(RULE, source_hash(request), self._burst)
        try:
            start = self._states.find(request, _only(request, "state"))
            return await self._open(request, start)
        except LoginFailedError as error:
            AUTH_DENIED.labels("session").inc()
            log.warning("login_failed", reason=type(error.__cause__ or error).__name__)
            raise

    async def leave(self, request: Request) -> Response:
        """End the session and every log-in under way, then send the browser to end the issuer's session.

        The browser forgets the sessions of all services, for the issuer may never tell them.
        """
        sessions, state = self._app.sessions, secrets.token_urlsafe(32)
        await check_form(request, await sessions.held(request))
        id_token = await sessions.end(request)
        address = await self._app.issuer.logout_address(id_token, redirect_uri=self._left_uri, state=state)
        response = RedirectResponse(address or "/", status_code=SEE_OTHER)
        self._states.forget_all(request, response)
        sessions.forget(request, response)
        response.set_cookie(LEFT, state, max_age=LEFT_SECONDS, secure=True, httponly=True, samesite="lax")
        return response

    async def left(self, request: Request) -> Response:
        """Take a browser back from the issuer's log-out, and know by its state that this has happened."""
        response = RedirectResponse("/", status_code=SEE_OTHER)
        if same(request.cookies.get(LEFT, ""), _only(request, "state") or ""):
            self._forget_leaving(response)
        return response

    async def hear(self, request: Request) -> Response:
        """Take the issuer's word that somebody has logged out elsewhere, and end their sessions here.

        What is wrong with it is told in the log alone. Source: OpenID Connect Back-Channel Logout 1.0.
        """
        await self._app.bursts.hit(CHANNEL_RULE, source_hash(request), self._channel_burst)
        sent = (await request.form()).getlist("logout_token")
        token = sent[0] if len(sent) == 1 and isinstance(sent[0], str) else ""
        try:
            leaving = await self._app.verifier.leaving(token, self._app.issuer.client_id)
        except TokenRefusedError as error:
            return self._unheard(error.reason)
        ended = await self._app.sessions.obey(leaving)
        if ended is None:
            return self._unheard("came before")
        log.info("log_out_heard", sessions=ended)
        return Response(headers=_NO_STORE)

    def _unheard(self, reason: str) -> Response:
        AUTH_DENIED.labels("token").inc()
        log.warning("logout_token_refused", reason=reason)
        return JSONResponse({"error": "invalid_request"}, 400, headers=_NO_STORE)

    def _forget_leaving(self, response: Response) -> None:
        response.delete_cookie(LEFT, secure=True, httponly=True, samesite="lax")

    async def _open(self, request: Request, start: LoginStart) -> Response:
        if not await self._app.issuer.is_answer_of(_only(request, "iss")):
            raise LoginFailedError("Jawaban masuk ini bukan dari layanan identitas kami. Silakan masuk lagi.")
        code = _only(request, "code")
        if not code or "error" in request.query_params:
            raise LoginFailedError("Layanan identitas tidak mengizinkan masuk. Silakan masuk lagi.")
        try:
            tokens, principal, claims = await self._person(code, start)
        except (GrantRefusedError, TokenRefusedError) as error:
            raise LoginFailedError(
                "Proses masuk ini sudah dipakai atau ditolak layanan identitas. Silakan masuk lagi."
            ) from error
        if tokens.refresh is None:
            log.warning("issuer_gave_no_refresh_token")
        name, sid = _shown_name(claims), claims.get("sid")
        following = landing(principal) if start.following == START else start.following
        response = RedirectResponse(following, status_code=SEE_OTHER)
        await self._app.sessions.open(
            response, principal, name, tokens.refresh, tokens.identity, sid if isinstance(sid, str) else None
        )
        await self._app.sessions.supersede(request, principal)
        await self._app.verifier.tell(principal, claims)
        if start.must_ask:  # or another tab has left since, and the issuer may still know the last person
            self._forget_leaving(response)
        return response

    async def _person(self, code: str, start: LoginStart) -> tuple[Tokens, Principal, Mapping[str, Any]]:
        """Return the tokens for a code, whom they speak for, and what the ID token says of the log-in."""
        issuer, verifier = self._app.issuer, self._app.verifier
        tokens = await issuer.exchange(code, start.found, redirect_uri=self._redirect_uri)
        principal = await verifier.principal(tokens.access)
        claims = await verifier.person(tokens.identity or "", issuer.client_id, start.found.nonce)
        if claims["sub"] != principal.subject:
            raise TokenRefusedError("the two tokens are of two persons")
        return tokens, principal, claims


def routes(state: AppState) -> list[Route]:
    """Return the routes of log-in and log-out."""
    login, paths = Login(state), state.login
    return [
        Route(paths.start, login.start, methods=["GET"]),
        Route(paths.callback, login.answer, methods=["GET"]),
        Route(paths.logout, login.leave, methods=["POST"]),
        Route(paths.left, login.left, methods=["GET"]),
        Route(paths.channel, login.hear, methods=["POST"]),
    ]


def _shown_name(claims: Mapping[str, Any]) -> str:
    """Return the name to show of a person; what no page can show of it is left out."""
    name = str(claims.get("name") or claims.get("preferred_username") or "")
    return printable(name)[:_MAX_NAME] or "Pengguna"


def _only(request: Request, name: str) -> str | None:
    """Return a parameter; one that was sent twice counts as empty, for nobody knows which is meant."""
    sent = request.query_params.getlist(name)
    return sent[0] if len(sent) == 1 else "" if sent else None
