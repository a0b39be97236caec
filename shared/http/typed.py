"""What a browser's form held, kept beside the request: every refusal gives it back, whoever refuses.

A form is read before all else, also before the line of the admission: the text somebody typed is gone from
their browser when we answer, and only we can show it again. Forms are small; how much is kept at a time in
all is bounded, and beyond that a form passes unread as any other request does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

_KEPT = "zi.typed"
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
_READ_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Typed:
    """A form: its fields in their order, its token ("" without one); not `is_kept` when it was too long."""

    fields: tuple[tuple[str, str], ...]
    token: str = ""
    is_kept: bool = True


class FormKeeper:
    """Keeps forms while their requests last: each up to `most_each` bytes, up to `most` bytes together."""

    def __init__(self, most_each: int, most: int) -> None:
        self._most_each = most_each
        self._left = most

    @asynccontextmanager
    async def keeping(self, scope: Scope, receive: Receive) -> AsyncIterator[Receive]:
        """Read the form of a browser and yield what receives it anew; anything else is left alone."""
        headers = Headers(scope=scope)
        if scope["method"] != "POST" or not headers.get("content-type", "").startswith(_FORM):
            yield receive
            return
        length = headers.get("content-length", "")
        size = (
            int(length) if length.isascii() and length.isdigit() and len(length) <= len("9999999999") else -1
        )
        if not 0 <= size <= min(self._most_each, self._left):
            scope[_KEPT] = None
            yield receive
            return
        self._left -= size
        messages: list[Message] = []
        try:
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    await _read_all(receive, messages)
                scope[_KEPT] = b"".join(message.get("body", b"") for message in messages)
            except TimeoutError:
                scope[_KEPT] = None  # whoever trickles has a deadline of the admission's next
            yield _again(messages, receive)
        finally:
            self._left += size


async def _read_all(receive: Receive, messages: list[Message]) -> None:
    while not messages or (messages[-1]["type"] == "http.request" and messages[-1].get("more_body")):
        messages.append(await receive())


def _again(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def next_message() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return next_message


def typed_in(request: Request) -> Typed | None:
    """Return what the request's form held; None when it is no form."""
    if _KEPT not in request.scope:
        return None
    body: bytes | None = request.scope[_KEPT]
    if body is None:
        return Typed((), is_kept=False)
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Typed((), is_kept=False)
    return Typed(tuple(pairs))
