"""What a browser's form held, kept beside the request: every refusal gives it back, whoever refuses.

A form is read before all else, also before the line of the overload control: the text somebody typed is
gone from their browser when we answer, and only we can show it again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from shared.http.bodies import Bodies

FORM_BYTES = 256 * 1024
"""The longest form that is read: parsing is work of the event loop, which all others wait for meanwhile.

The longest of ours has a text of 5,000 characters and two lines of 200: 65 KB when each is percent-encoded in
twelve bytes. Twice and more of the text still comes back to be shortened.
"""
FORMS = frozenset({b"multipart/form-data", b"application/x-www-form-urlencoded"})
_KEPT = "zi.typed"
_KEPT_KIND = b"application/x-www-form-urlencoded"
_MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Typed:
    """A form: its fields in their order, its token ("" without one); `is_kept` when it is here whole.

    `files` are the names of the fields for files, which no page can fill in again.
    """

    fields: tuple[tuple[str, str], ...]
    token: str = ""
    is_kept: bool = True
    files: tuple[str, ...] = ()


class FormKeeper:
    """Keeps forms of up to `most_each` bytes while their requests last, where `bodies` has room."""

    def __init__(self, bodies: Bodies, most_each: int = FORM_BYTES) -> None:
        self._bodies = bodies
        self._most_each = most_each

    @asynccontextmanager
    async def keeping(self, scope: Scope, receive: Receive) -> AsyncIterator[Receive]:
        """Read the form of a browser and yield what receives it anew; anything else is left alone."""
        if scope["method"] != "POST" or kind_of_body(scope) != _KEPT_KIND:
            yield receive
            return
        async with self._bodies.reading(scope, receive, self._most_each) as body:
            scope[_KEPT] = body.content if body.end == "whole" else None
            yield body.receive


def kind_of_body(scope: Scope) -> bytes:
    """Return the media type that a request names for its body, read as the framework reads it."""
    kind: bytes = parse_options_header(Headers(scope=scope).get("content-type"))[0]
    return kind


def typed_in(request: Request) -> Typed | None:
    """Return what the request's form held; None when it is no form, or an unread one with files."""
    if _KEPT not in request.scope:
        return _beside_files(request)
    body: bytes | None = request.scope[_KEPT]
    if body is None:
        return Typed((), is_kept=False)
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Typed((), is_kept=False)
    return Typed(tuple(pairs))


def _beside_files(request: Request) -> Typed | None:
    """Return what a form with files held beside them, once its route has read it."""
    read = request._form  # noqa: SLF001 - read once for the route; asking again would wait for a body
    if not read:
        return None
    fields = tuple((name, value) for name, value in read.multi_items() if isinstance(value, str))
    files = dict.fromkeys(name for name, value in read.multi_items() if not isinstance(value, str))
    return Typed(fields, files=tuple(files))
