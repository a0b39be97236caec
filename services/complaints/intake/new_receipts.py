"""New receipts in their reporters' browsers: shown to whoever sent the form, and no more once noted.

A cookie carries the receipt, sealed, from the form to its page, so that no Back sends the form again. Each
form has one of its own, by its key. The form's page sets it empty: a browser that keeps no cookies gets its
receipt at once, not never. Once the reporter has noted the receipt it says so, and the same form shows no
receipt again.
"""

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from fastapi import Request, Response

from shared.http.state import state_of
from shared.security.sealing import SealBrokenError, derive_key, keyed_hash, seal, unseal

COOKIE = "__Host-zi-complaints-new"
SHOWN_SECONDS = 600
"""For so long a receipt is shown that its reporter has not noted."""
MOST = 8
"""Such cookies of one browser; beyond, the oldest falls, and its form is answered as without cookies."""
_OURS = re.compile(rf"{COOKIE}(?:-[0-9a-f]{{16}})?")
_NOTHING_YET = "-"
_NOTED = "."

Stage = Literal["absent", "awaited", "shown", "over", "broken"]
_WORDS: Mapping[str, Stage] = {_NOTHING_YET: "awaited", _NOTED: "over"}
_AGEING: Mapping[Stage, int] = {"awaited": 0, "over": 1}
"""Which of a browser's cookies fall first; receipts come last."""


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """How a form's receipt stands in the browser that sent the request, and what is `shown` of it."""

    stage: Stage
    shown: Mapping[str, Any] = field(default_factory=dict)


def mark_of(request: Request, key: str) -> str:
    """Return what names a form in the browser: made of its key, which it does not tell."""
    return keyed_hash(state_of(request.app).secret, "new-receipt-form", key).hex()[:16]


def find(request: Request, mark: str) -> NewReceipt:
    """Return how the receipt of a form stands in this browser."""
    return _find(request, f"{COOKIE}-{mark}")


def expect(request: Request, response: Response, key: str) -> None:
    """Note a new form in the browser; the oldest notes fall, of forms never sent before those of receipts."""
    ours = sorted(_ours(request), key=lambda name: _AGEING.get(_find(request, name).stage, len(_AGEING)))
    for name in ours[: 1 - MOST]:
        response.delete_cookie(name, secure=True, httponly=True, samesite="lax")
    _set(response, f"{COOKIE}-{mark_of(request, key)}", _NOTHING_YET)


def keep(request: Request, response: Response, mark: str, shown: Mapping[str, Any]) -> None:
    """Keep the receipt of a form in the browser, to be shown for `SHOWN_SECONDS`."""
    name, until = f"{COOKIE}-{mark}", int(time.time()) + SHOWN_SECONDS
    sealed = seal(_sealing_key(request), orjson.dumps({**shown, "until": until}), name)
    _set(response, name, urlsafe_b64encode(sealed).decode())


def forget(request: Request, response: Response, mark: object) -> None:
    """Note that a form's receipt was noted, of all forms when `mark` is empty.

    The one that is named is noted even when the browser no longer has its cookie, else it would show its
    receipt when it is sent again.
    """
    for name in [f"{COOKIE}-{mark}"] if mark else _ours(request):
        if _OURS.fullmatch(name):
            _set(response, name, _NOTED)


def _find(request: Request, name: str) -> NewReceipt:
    value = request.cookies.get(name)
    if value is None:
        return NewReceipt("absent")
    if value in _WORDS:
        return NewReceipt(_WORDS[value])
    try:
        shown = orjson.loads(unseal(_sealing_key(request), urlsafe_b64decode(value.encode()), name))
    except (ValueError, SealBrokenError):
        return NewReceipt("broken")
    return NewReceipt("over" if shown.pop("until") < time.time() else "shown", shown)


def _ours(request: Request) -> list[str]:
    """Return our cookies, the oldest first as browsers send them."""
    return [name for name in request.cookies if _OURS.fullmatch(name)]


def _set(response: Response, name: str, value: str) -> None:
    """Keep a note for the browser's session: one that vanished would let its form show the receipt again."""
    response.set_cookie(name, value, secure=True, httponly=True, samesite="lax")


def _sealing_key(request: Request) -> bytes:
    return derive_key(state_of(request.app).secret, "new-receipt")
