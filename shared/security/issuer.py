"""What pages ask of the issuer: tokens for a log-in, newer ones for a session, and the end of both.

One HTTP client serves the process: a new one for each question would cost 0.8 MiB that nobody gives back
soon. An issuer that is away is asked by one caller at a time, every few seconds; all others hear so at once.
Source: RFC 6749, RFC 7636 (PKCE), RFC 7009 (revocation), RFC 9207 (`iss` in the answer), OpenID Connect
RP-Initiated Logout 1.0.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx2
import structlog

from shared.held import refuse_while_holding
from shared.security.tokens import KeysAwayError, TokenVerifier

log = structlog.get_logger(__name__)

CALL_SECONDS = 5.0
"""A whole question takes no longer, however slowly the issuer drips."""
REST_SECONDS = 2.0
"""How long an issuer that did not answer is left alone."""
_TROUBLES = frozenset({"server_error", "temporarily_unavailable", "slow_down"})
"""Errors by which an issuer says no more than that it cannot answer now."""

T = TypeVar("T")


class GrantRefusedError(Exception):
    """The issuer says no: the code or refresh token is used, ended, revoked or not for us."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the issuer gave; `identity` comes with a log-in, `refresh` when it lets us ask again."""

    access: str
    identity: str | None
    refresh: str | None


@dataclass(frozen=True, slots=True)
class LoginSecrets:
    """What one log-in must find again when the browser comes back."""

    state: str
    nonce: str
    code_verifier: str

    @classmethod
    def fresh(cls) -> "LoginSecrets":
        """Return new ones, of 256 bits each."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


class IssuerClient:
    """Asks the issuer in the name of one service, which is a public client there."""

    def __init__(
        self,
        verifier: TokenVerifier,
        *,
        client_id: str,
        scope: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client_id = client_id
        self._verifier = verifier
        self._scope = scope
        self._monotonic = monotonic
        self._client: Any = None
        self._is_down = False
        self._rests_until = float("-inf")

    async def login_address(self, found: LoginSecrets, *, redirect_uri: str, must_ask: bool = False) -> str:
        """Return where to send a browser that wants to log in; raises `KeysAwayError` (503).

        `must_ask` lets the issuer ask who is there, though it may know somebody.
        """
        address, _ = self._oauth().create_authorization_url(
            await self._endpoint("authorization_endpoint"),
            state=found.state,
            nonce=found.nonce,
            code_verifier=found.code_verifier,
            redirect_uri=redirect_uri,
            **({"prompt": "login"} if must_ask else {}),
        )
        return str(address)

    async def logout_address(self, id_token: str | None, *, redirect_uri: str, state: str) -> str | None:
        """Return where a browser ends the issuer's own session, None when it cannot be sent there.

        Without an ID token the issuer may ask the person whether they mean it.
        """
        endpoint = await self._end_session_endpoint()
        if endpoint is None:
            return None
        query = {"client_id": self.client_id, "post_logout_redirect_uri": redirect_uri, "state": state}
        if id_token is not None:
            query["id_token_hint"] = id_token
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def _end_session_endpoint(self) -> str | None:
        """Return the endpoint of an issuer that has one, at its own origin, and is not known to be away."""
        if self._is_down:
            return None
        try:
            endpoint = (await self._verifier.metadata()).get("end_session_endpoint")
        except KeysAwayError:
            return None
        if not isinstance(endpoint, str):
            return None
        if _origin(endpoint) != _origin(self._verifier.issuer):  # no form of our pages may end elsewhere
            log.warning("end_session_endpoint_elsewhere")
            return None
        return endpoint

    async def is_answer_of(self, said: str | None) -> bool:
        """Tell whether an answer that names this issuer, or none, is ours. Source: RFC 9207 section 2.4."""
        metadata = await self._verifier.metadata()
        if said is None:
            return metadata.get("authorization_response_iss_parameter_supported") is not True
        return said == self._verifier.issuer

    async def exchange(self, code: str, found: LoginSecrets, *, redirect_uri: str) -> Tokens:
        """Return the tokens for a code. Raises `GrantRefusedError`, `KeysAwayError` (503)."""
        endpoint = await self._endpoint("token_endpoint")
        return _tokens(
            await self._ask(
                lambda client: client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=found.code_verifier,
                    redirect_uri=redirect_uri,
                )
            )
        )

    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens, of which `refresh` replaces the one that was sent; raises as `exchange`."""
        endpoint = await self._endpoint("token_endpoint")
        return _tokens(
            await self._ask(lambda client: client.refresh_token(endpoint, refresh_token=refresh_token))
        )

    async def revoke(self, refresh_token: str) -> None:
        """Tell the issuer that a grant has ended, if it takes such word and can be reached."""
        try:
            endpoint = (await self._verifier.metadata()).get("revocation_endpoint")
            if isinstance(endpoint, str):
                await self._ask(
                    lambda client: client.revoke_token(
                        endpoint,
                        token=refresh_token,
                        token_type_hint="refresh_token",  # noqa: S106 - a kind, not a token
                    )
                )
        except (KeysAwayError, GrantRefusedError):
            log.info("grant_not_revoked")

    async def close(self) -> None:
        """Close the HTTP client."""
        if self._client is not None:
            await self._client.aclose()

    async def _endpoint(self, name: str) -> str:
        endpoint = (await self._verifier.metadata()).get(name)
        if not isinstance(endpoint, str):
            log.error("issuer_names_no_endpoint", name=name)
            raise KeysAwayError
        return endpoint

    async def _ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - loads for long

        refuse_while_holding("the issuer")
        now = self._monotonic()
        if self._is_down and now < self._rests_until:
            raise KeysAwayError
        self._rests_until = now + CALL_SECONDS + REST_SECONDS  # while it is down, others wait for this answer
        client = self._oauth()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await question(client)
        except AuthlibBaseError as error:
            if error.error not in _TROUBLES:
                self._is_down = False
                raise GrantRefusedError(error.error) from error
            self._note_away(error)
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            self._note_away(error)
        finally:
            client.token = None  # the client is everybody's, so it keeps nobody's token or cookie
            client.cookies.clear()
        self._is_down = False
        return answer

    def _note_away(self, error: Exception) -> NoReturn:
        self._is_down = True
        self._rests_until = self._monotonic() + REST_SECONDS
        log.warning("issuer_away", error=type(error).__name__)
        raise KeysAwayError from error

    def _oauth(self) -> Any:
        """Return the client, made when first needed, for Authlib takes long to load."""
        if self._client is None:
            from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - see above

            self._client = AsyncOAuth2Client(
                self.client_id,
                scope=self._scope,
                code_challenge_method="S256",
                token_endpoint_auth_method="none",  # noqa: S106 - a public client has no secret
                timeout=CALL_SECONDS,
                follow_redirects=False,
            )
        return self._client


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    access = answer.get("access_token")
    if not isinstance(access, str):
        log.warning("issuer_away", error="no access token")
        raise KeysAwayError
    identity, refresh = answer.get("id_token"), answer.get("refresh_token")
    return Tokens(
        access,
        identity if isinstance(identity, str) else None,
        refresh if isinstance(refresh, str) else None,
    )
