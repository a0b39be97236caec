"""What one application holds while it runs; reached from a request by `state_of(request.app)`.

It names its parts for type checkers only: each of them may import this module.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from shared.db import Database
from shared.process.probes import Health
from shared.process.settings import ServiceSettings
from shared.security import AccessMatrix, Principal
from shared.security.issuer import IssuerClient
from shared.security.tokens import TokenVerifier

if TYPE_CHECKING:
    from shared.http.foreign import ForeignApi
    from shared.http.limits.bursts import Bursts
    from shared.http.login.sessions import Sessions
    from shared.http.pages.open_streams import OpenStreams
    from shared.http.pages.rendering import Pages
    from shared.http.paths import LoginPaths


@dataclass(slots=True)
class AppState:
    """The parts of one service's application."""

    service: str
    settings: ServiceSettings
    db: Database
    matrix: AccessMatrix
    verifier: TokenVerifier
    issuer: IssuerClient
    health: Health
    sessions: "Sessions"
    bursts: "Bursts"
    login: "LoginPaths"
    open_streams: "OpenStreams"
    pages: "Pages | None" = None
    error_status: Mapping[str, int] = field(default_factory=dict)
    seen: Callable[[Principal], Awaitable[None]] | None = None
    """Told of every caller whose token or session is good, also of one whom the matrix then refuses."""
    foreign: "Sequence[ForeignApi]" = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def secret(self) -> str:
        return self.settings.secret_key.get_secret_value()

    def foreign_at(self, path: str) -> "ForeignApi | None":
        """Return the foreign API that a path is one of, None for all paths of our own."""
        return next((one for one in self.foreign if one.covers(path)), None)

    def begin_stop(self) -> None:
        """Answer not ready and end live streams, so that the server can finish its requests and close."""
        self.health.is_stopping = True
        self.stopping.set()


def state_of(app: Any) -> AppState:
    """Return the state that `create_app` put on the application."""
    return cast("AppState", app.state.zi)
