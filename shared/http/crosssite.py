"""Forms must come from our own pages: the browser's word about the sender, and the session's token.

Browsers say `Sec-Fetch-Site` on each request, also without JavaScript, and a page cannot forge it. Old ones
say only `Origin`, which is "null" under our no-referrer policy. So a sender is refused when either names
another site, and forms of a logged-in person carry the session's token besides. Where a public page's cookie
stands for a person, like a receipt or an invitation, its forms carry that cookie's token (`OWN_FORM`).

A session ends in the middle of a form, and its person logs in again in another tab: what they send then was
made for the session before. Where the browser itself names our page as the sender no other site can be, and
the token only has to keep one person's form from being sent by another: its second half names the person, and
is enough. So is, behind a public page's cookie, what a form says it is for, where its route refuses any other
(`bound_form`). An older browser, and another person, get the form back with the reason, to be sent once more.

Answers are compressed on their way, and the length of one tells what repeats in it: so a page never shows a
token as it is, but under a pad of its own, and no two pages have a piece of it in common (BREACH).
"""

import base64
import binascii
import secrets
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from fastapi import Depends, Request

from shared.http.state import state_of
from shared.kernel import DomainError
from shared.observability.metrics import AUTH_DENIED
from shared.security.sealing import keyed_hash, same

if TYPE_CHECKING:
    from shared.http.login.sessions import PageSession

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_FIELD = "csrf"  # noqa: S105 - the name of the field, not its value
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 - as above
_OWN_SITES = frozenset({"same-origin", "none"})
_HALF = 64
"""Hexadecimal digits of a session's token that are its own; those after them are its person's."""


class CrossSiteError(DomainError):
    """The form did not come from our own page (403)."""

    code: ClassVar[str] = "cross_site"

    def __init__(
        self, told: str = "Formulir ini tidak berasal dari halaman kami. Muat ulang halaman lalu kirim lagi."
    ) -> None:
        super().__init__(told)


class FormOutdatedError(CrossSiteError):
    """The form is our own, but not of the session that the browser has now (403)."""

    code: ClassVar[str] = "form_outdated"

    def __init__(self) -> None:
        super().__init__("Formulir ini dibuka sebelum sesi Anda yang sekarang, jadi belum ada yang tercatat.")


async def check_form(request: Request, session: "PageSession | None") -> None:
    """Raise `CrossSiteError` for a state-changing request that another site may have caused."""
    if request.method in SAFE_METHODS:
        return
    if not is_own_site(request):
        AUTH_DENIED.labels("csrf").inc()
        raise CrossSiteError
    if session is None:
        return
    await _check_token(request, session.csrf)


def form_token(request: Request, session: "PageSession | None") -> str | None:
    """Return what this browser's forms carry: of its log-in, else of the cookie that stands for a person."""
    if session is not None:
        return session.csrf
    state = state_of(request.app)
    cookies = () if state.pages is None else state.pages.cookies
    held = next((value for name in cookies if (value := request.cookies.get(name))), None)
    return None if held is None else keyed_hash(state.secret, "form-token", held).hex()


def shown_token(token: str | None) -> str | None:
    """Return a token as one page shows it: a random pad, and the token under it."""
    if token is None:
        return None
    held = bytes.fromhex(token)
    pad = secrets.token_bytes(len(held))
    return base64.urlsafe_b64encode(pad + _under(pad, held)).decode().rstrip("=")


def _taken_off(shown: str) -> str:
    """Return the token that a page showed, as good as empty for what no page of ours shows."""
    try:
        both = base64.b64decode(shown + "=" * (-len(shown) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return ""
    pad, hidden = both[: len(both) // 2], both[len(both) // 2 :]
    return _under(pad, hidden).hex() if len(pad) == len(hidden) else ""


def _under(pad: bytes, held: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, held, strict=True))


def bound_form(field: str = "") -> Any:
    """Return `OWN_FORM` for forms whose route does only what `field` names, whatever the cookie."""

    async def check(request: Request) -> None:
        if (token := request.state.form_token) is not None:
            await _check_token(request, token, field)

    return Depends(check)


OWN_FORM = bound_form()
"""For each POST that a public page's cookie authorises; without the cookie there is nothing to protect."""


async def _check_token(request: Request, token: str, bound_to: str = "") -> None:
    sent = request.headers.get(TOKEN_HEADER) or (await request.form()).get(TOKEN_FIELD)
    taken = _taken_off(sent) if isinstance(sent, str) else ""
    is_its = _is_of_same_person(taken, token) or bool(bound_to and (await request.form()).get(bound_to))
    if same(taken, token) or (is_named_own(request) and is_its):
        return
    AUTH_DENIED.labels("csrf").inc()
    raise FormOutdatedError if is_named_own(request) else CrossSiteError


def _is_of_same_person(taken: str, token: str) -> bool:
    of_taken, of_session = taken[_HALF:], token[_HALF:]
    return len(of_session) == _HALF and same(of_taken, of_session)


def is_named_own(request: Request) -> bool:
    """Tell whether the browser itself names our own page as the sender, which no other site can make it."""
    return request.headers.get("sec-fetch-site") == "same-origin"


def is_own_site(request: Request) -> bool:
    """Tell whether the browser's headers allow that our own page sent the request."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in _OWN_SITES
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return True
    base = urlsplit(state_of(request.app).settings.base_url)
    return origin in {f"{base.scheme}://{base.netloc}", f"{base.scheme}://{request.headers.get('host')}"}
