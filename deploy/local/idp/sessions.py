"""Browsers that are logged in here, and the services that they have entered: all hear of a log-out.

Source: OpenID Connect Back-Channel Logout 1.0.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import anyio
import httpx2

from deploy.local.idp.flow import CLIENTS, AuthorizationRequest
from deploy.local.idp.tokens import Issuer

TELL_SECONDS = 3.0
"""A service that does not answer hears of it when it asks with its refresh token."""


@dataclass
class Session:
    """A browser in which a person is logged in. `sid` names it to clients; the browser's cookie is a secret.

    `channels` holds where each client that was entered hears of the log-out.
    """

    sub: str
    sid: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    channels: dict[str, str] = field(default_factory=dict)

    def enter(self, asked: AuthorizationRequest) -> None:
        """Note a client, to be told at the address beside the one that it logs in by."""
        parts = urlsplit(asked.redirect_uri)
        origin = f"{parts.scheme}://{parts.netloc}"
        self.channels[asked.client_id] = f"{origin}{CLIENTS[asked.client_id].channel}"


class Sessions:
    """The sessions of one provider, by the cookies of their browsers."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def find(self, cookie: str) -> Session | None:
        """Return a browser's session."""
        return self._sessions.get(cookie)

    def begin(self, sub: str) -> tuple[str, Session]:
        """Return the cookie of a new session, and the session."""
        cookie, session = secrets.token_urlsafe(32), Session(sub)
        self._sessions[cookie] = session
        return cookie, session

    def end(self, *, cookie: str = "", sid: str = "") -> Session | None:
        """Forget the session of this cookie or of this name; return it."""
        for known, session in self._sessions.items():
            if known == cookie or session.sid == sid:
                return self._sessions.pop(known)
        return None

    def end_of(self, sub: str) -> None:
        """Forget all sessions of a person, telling nobody."""
        self._sessions = {known: one for known, one in self._sessions.items() if one.sub != sub}


async def tell(issuer: Issuer, session: Session) -> Mapping[str, str]:
    """Tell all clients of a session that it has ended; return those that did not take it, with the reason."""
    deaf: dict[str, str] = {}

    async def one(client_id: str, address: str) -> None:
        form = {"logout_token": issuer.logout_token(session.sub, session.sid, client_id)}
        try:
            answer = await http.post(address, data=form)
        except httpx2.HTTPError as error:
            deaf[client_id] = type(error).__name__
        else:
            if answer.is_error:
                deaf[client_id] = str(answer.status_code)

    async with (
        httpx2.AsyncClient(timeout=TELL_SECONDS, trust_env=False) as http,
        anyio.create_task_group() as group,
    ):
        for client_id, address in session.channels.items():
            group.start_soon(one, client_id, address)
    return deaf
