"""Ways to the log-in and back."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, unquote, urlencode, urlsplit

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from shared.http.state import state_of

SEE_OTHER = 303
_MAX_PATH_BYTES = 400
"""Each log-in under way keeps one in a cookie: several longer ones would no longer fit into a request."""


@dataclass(frozen=True, slots=True)
class LoginPaths:
    """Where the pages of one service log in and out: below a word of its own, for all share one host."""

    base: str

    @property
    def start(self) -> str:
        """Where a log-in begins."""
        return f"{self.base}/masuk"

    @property
    def callback(self) -> str:
        """Where the issuer sends the browser back to."""
        return f"{self.base}/masuk/kembali"

    @property
    def logout(self) -> str:
        """Where the log-out is sent to."""
        return f"{self.base}/keluar"

    @property
    def left(self) -> str:
        """Where the issuer sends the browser back to after its own log-out."""
        return f"{self.base}/keluar/selesai"

    @property
    def channel(self) -> str:
        """Where the issuer itself tells of a log-out in another service."""
        return f"{self.base}/keluar/saluran"

    def all(self) -> frozenset[str]:
        """Return every path of the log-in."""
        return frozenset({self.start, self.callback, self.logout, self.left, self.channel})

    def url(self, following: str) -> str:
        """Return the address that logs in and comes back to `following`."""
        return f"{self.start}?{urlencode({'next': following}, quote_via=quote)}"


BASES: Mapping[str, str] = MappingProxyType(
    {"scoring": "", "planning": "/rencana", "complaints": "/pengaduan", "survey": "/survei"}
)
"""Service -> what stands before the paths of its log-in; each begins with a word that the service owns."""


def login_paths(service: str) -> LoginPaths:
    """Return the log-in of a service's pages, at the root for one that shares its host with nobody."""
    return LoginPaths(BASES.get(service, ""))


_ALL = frozenset().union(*(LoginPaths(base).all() for base in BASES.values()))


def to_login(request: Request) -> Response:
    """Send a browser that needs to log in there, and afterwards back to the page it asked for."""
    following = "/"
    if request.method == "GET":
        following = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = state_of(request.app).login.url(local_path(following))
    return RedirectResponse(address, status_code=SEE_OTHER)


def local_path(text_: str) -> str:
    """Return the text when it is a path on this host, else `/`; no log-in leads to another host or log-in."""
    is_local = text_.startswith("/") and not text_.startswith("//") and "\\" not in text_
    is_sound = is_local and text_.isprintable() and len(text_.encode()) <= _MAX_PATH_BYTES
    return text_ if is_sound and posixpath.normpath(unquote(urlsplit(text_).path)) not in _ALL else "/"
