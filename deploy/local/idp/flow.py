"""The authorization code flow for public clients.

Source: OpenID Connect Core 1.0; RFC 6749 (errors), RFC 7636 (PKCE), RFC 9207 (issuer in the answer), RFC 9700
section 4.14.2 (refresh tokens that change with each use).
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict

from deploy.local.idp.people import Person
from shared.http.paths import BASES, LoginPaths, login_paths

CLIENTS: Mapping[str, LoginPaths] = {f"zi-{service}": login_paths(service) for service in BASES}
"""The four services, and where each logs in and out."""
GRANT_TYPES = ("authorization_code", "refresh_token")
CODE_SECONDS = 60
REFRESH_SECONDS = 12 * 3600
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class UnsafeRequestError(Exception):
    """The client or its redirect address is unknown: show the person an error, never redirect."""


class FlowError(Exception):
    """An error for the client, named as in RFC 6749."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class AuthorizationRequest(BaseModel):
    """The query of the authorization endpoint."""

    model_config = ConfigDict(frozen=True)

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    prompt: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    def check(self) -> None:
        """Raise `UnsafeRequestError` or `FlowError` unless the request is complete and allowed."""
        client = CLIENTS.get(self.client_id)
        if client is None or not is_allowed(self.redirect_uri, client.callback):
            raise UnsafeRequestError
        if self.response_type != "code":
            raise FlowError("unsupported_response_type", "response_type must be code")
        if "openid" not in self.scope.split():
            raise FlowError("invalid_scope", "scope must contain openid")
        if self.code_challenge_method != "S256" or not CHALLENGE.fullmatch(self.code_challenge):
            raise FlowError("invalid_request", "a code_challenge with code_challenge_method=S256 is required")

    def redirect(self, issuer: str, **answer: str) -> str:
        """Return the client's address with `answer`, its state and the issuer."""
        query = answer | ({"state": self.state} if self.state else {}) | {"iss": issuer}
        return f"{self.redirect_uri}?{urlencode(query)}"


class LogoutRequest(BaseModel):
    """The query of the end-session endpoint; the form that it may be as well is not taken here.

    Source: OpenID Connect RP-Initiated Logout 1.0.
    """

    model_config = ConfigDict(frozen=True)

    id_token_hint: str = ""
    client_id: str = ""
    post_logout_redirect_uri: str = ""
    state: str = ""

    def redirect(self, client_id: str) -> str | None:
        """Return the address to go back to with the state, None when there is none or it is not allowed."""
        client = CLIENTS.get(client_id)
        if client is None or not is_allowed(self.post_logout_redirect_uri, client.left):
            return None
        query = f"?{urlencode({'state': self.state})}" if self.state else ""
        return f"{self.post_logout_redirect_uri}{query}"


class TokenRequest(BaseModel):
    """The form of the token endpoint."""

    model_config = ConfigDict(frozen=True)

    grant_type: str = ""
    code: str = ""
    redirect_uri: str = ""
    client_id: str = ""
    code_verifier: str = ""
    refresh_token: str = ""


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    request: AuthorizationRequest
    person: Person
    sid: str
    expires_at: float


class Codes:
    """Codes given out and not yet used; each serves once, for a minute."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, request: AuthorizationRequest, person: Person, sid: str) -> str:
        """Return a new code."""
        now = time.monotonic()
        self._grants = {code: grant for code, grant in self._grants.items() if grant.expires_at > now}
        code = secrets.token_urlsafe(32)
        self._grants[code] = Grant(request, person, sid, now + CODE_SECONDS)
        return code

    def redeem(self, asked: TokenRequest) -> Grant:
        """Return and forget what the code stands for; raise `FlowError` unless everything fits it."""
        grant = self._grants.pop(asked.code, None)
        if grant is None or grant.expires_at <= time.monotonic():
            raise FlowError("invalid_grant", "the code is unknown, used or too old")
        if (asked.client_id, asked.redirect_uri) != (grant.request.client_id, grant.request.redirect_uri):
            raise FlowError("invalid_grant", "the code was given to another client or address")
        is_verified = hmac.compare_digest(_challenge(asked.code_verifier), grant.request.code_challenge)
        if not is_verified or not VERIFIER.fullmatch(asked.code_verifier):
            raise FlowError("invalid_grant", "the code_verifier does not fit")
        return grant


@dataclass
class Chain:
    """A log-in that goes on: of its refresh tokens only the newest is good."""

    sub: str
    client_id: str
    sid: str
    expires_at: float
    newest: str = ""


class Refreshes:
    """Refresh tokens given out; each serves once, and a second use ends its whole chain."""

    def __init__(self) -> None:
        self._chains: dict[str, Chain] = {}

    def begin(self, sub: str, client_id: str, sid: str) -> str:
        """Return the first refresh token of a new chain."""
        now = time.monotonic()
        self._chains = {name: chain for name, chain in self._chains.items() if chain.expires_at > now}
        name = secrets.token_urlsafe(16)
        self._chains[name] = Chain(sub, client_id, sid, now + REFRESH_SECONDS)
        return self._next(name)

    def renew(self, asked: TokenRequest) -> tuple[str, str]:
        """Return whose chain it is and its next token; raise `FlowError` unless the newest was sent."""
        name = asked.refresh_token.partition(".")[0]
        chain = self._chains.get(name)
        if chain is None or chain.expires_at <= time.monotonic() or chain.client_id != asked.client_id:
            raise FlowError("invalid_grant", "the refresh token is unknown, ended or another client's")
        if not hmac.compare_digest(chain.newest.encode(), asked.refresh_token.encode()):
            del self._chains[name]
            raise FlowError("invalid_grant", "the refresh token was used before, so all of its chain ends")
        return chain.sub, self._next(name)

    def end(self, refresh_token: str) -> None:
        """End the grant of a token, if there is one. Source: RFC 7009.

        As with Keycloak that is all the person has in this client, newer log-ins too.
        """
        ended = self._chains.get(refresh_token.partition(".")[0])
        if ended is not None:
            self._chains = {
                name: chain
                for name, chain in self._chains.items()
                if (chain.sub, chain.client_id) != (ended.sub, ended.client_id)
            }

    def end_of(self, sub: str) -> None:
        """End all chains of a person."""
        self._chains = {name: chain for name, chain in self._chains.items() if chain.sub != sub}

    def end_session(self, sid: str) -> None:
        """End all chains of a session, in every client."""
        self._chains = {name: chain for name, chain in self._chains.items() if chain.sid != sid}

    def _next(self, name: str) -> str:
        self._chains[name].newest = f"{name}.{secrets.token_urlsafe(32)}"
        return self._chains[name].newest


def check_client(asked: TokenRequest) -> None:
    """Raise `FlowError` for an unknown client or kind of grant."""
    if asked.client_id not in CLIENTS:
        raise FlowError("invalid_client", "unknown client_id")
    if asked.grant_type not in GRANT_TYPES:
        raise FlowError("unsupported_grant_type", f"grant_type must be one of {', '.join(GRANT_TYPES)}")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def is_allowed(uri: str, path: str) -> bool:
    """Allow the path on this machine at any port, as RFC 8252 (7.3) does for clients on loopback."""
    parts = urlsplit(uri)
    is_ours = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} and parts.path == path
    return is_ours and parts.username is None and not parts.query and not parts.fragment
