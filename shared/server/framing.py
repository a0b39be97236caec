"""Where one request ends and the next begins, decided before any parser sees a byte.

Two readers that see different ends in the same bytes let a second request be smuggled past the first of
them. So only what everybody reads alike is passed on: lines end in CR LF, a length is one number and stands
alone, chunks are exact. Sources: RFC 9112 sections 2.2, 5, 6 and 7; RFC 9110 section 7.2.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

HEAD_BYTES = 64 * 1024
CHUNK_LINE_BYTES = 1024

Phase = Literal["idle", "head", "body"]

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TEXT = rb"[\t\x20-\x7e\x80-\xff]*"
_HEAD = re.compile(_TOKEN + rb" [\x21-\x7e]+ HTTP/1\.([01])\r\n(?:" + _TOKEN + rb":" + _TEXT + rb"\r\n)*\r\n")
_FIELD = re.compile(rb"(?i)\r\n(host|content-length|transfer-encoding):([^\r]*)")
_NO_LINE = re.compile(rb"^\r|^[ \t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?![\n])(?!\Z)")
"""What no head may hold, so that nobody waits for the rest of one that can only be refused."""
_HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]*")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;" + _TEXT + rb")?")


class FramingError(Exception):
    """Bytes that are no request, or not one alone; `status` answers them and `reason` says what is wrong."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Framing:
    """Follows the requests of one connection; after a `FramingError` it is of no further use."""

    def __init__(self, head_bytes: int = HEAD_BYTES) -> None:
        self._most = head_bytes
        self._buffer = bytearray()
        self._searched = 0
        self._left = 0
        self._step: Callable[[], bytes | None] = self._head
        self._is_in_body = False
        self.heads = 0
        """Requests whose head came whole."""

    @property
    def phase(self) -> Phase:
        """Tell whether the first or a begun head is awaited, a body, or nothing."""
        if self._is_in_body:
            return "body"
        return "head" if self._buffer or not self.heads else "idle"

    @property
    def is_untouched(self) -> bool:
        """Tell whether no byte has come at all."""
        return not (self.heads or self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what may be parsed of the bytes so far: whole heads, and parts of bodies.

        Raises `FramingError` at what may not; everything yielded before it stands.
        """
        self._buffer += data
        while self._buffer and (piece := self._step()) is not None:
            yield piece

    def _head(self) -> bytes | None:
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3), self._most) + 4
        if end < 4:  # noqa: PLR2004 - the four bytes just added
            if _NO_LINE.search(self._buffer, max(0, self._searched - 1)):
                raise FramingError("a line that no head may hold")
            if len(self._buffer) >= self._most:
                raise FramingError("a head that is too long", 431)
            self._searched = len(self._buffer)
            return None
        head = self._take(end)
        self._searched = 0
        self.heads += 1
        self._begin_body(head)
        return head

    def _begin_body(self, head: bytes) -> None:
        is_modern, lengths, codings = _framing_of(head)
        if len(lengths) + len(codings) > 1:
            raise FramingError("more than one length")
        if codings:
            if codings[0].lower() != b"chunked":
                raise FramingError("a transfer coding that is not known", 501)
            if not is_modern:
                raise FramingError("a transfer coding in HTTP/1.0")
            self._await(self._chunk_line)
        elif lengths:
            if not _LENGTH.fullmatch(lengths[0]):
                raise FramingError("a length that is no number")
            if int(lengths[0]):
                self._await(self._fixed, int(lengths[0]))

    def _fixed(self) -> bytes:
        piece = self._take(self._left)
        self._left -= len(piece)
        if not self._left:
            self._end_body()
        return piece

    def _chunk_line(self) -> bytes | None:
        line = self._line()
        if line is None:
            return None
        parts = _CHUNK_LINE.fullmatch(line[:-2])
        if parts is None:
            raise FramingError("a chunk without a size")
        size = int(parts[1], 16)
        self._await(self._chunk if size else self._last_line, size)
        return line

    def _chunk(self) -> bytes:
        piece = self._take(self._left)
        self._left -= len(piece)
        if not self._left:
            self._await(self._chunk_end)
        return piece

    def _chunk_end(self) -> bytes | None:
        if not b"\r\n".startswith(self._buffer[:2]):
            raise FramingError("a chunk that is longer than its size")
        if len(self._buffer) == 1:
            return None
        self._await(self._chunk_line)
        return self._take(2)

    def _last_line(self) -> bytes | None:
        """Take the empty line after the last chunk; nobody we serve sends trailers, so none are admitted."""
        if not b"\r\n".startswith(self._buffer[:2]):
            raise FramingError("a trailer")
        if len(self._buffer) == 1:
            return None
        self._end_body()
        return self._take(2)

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, CHUNK_LINE_BYTES)
        if end < 0:
            if len(self._buffer) >= CHUNK_LINE_BYTES:
                raise FramingError("a chunk line that is too long")
            return None
        if self._buffer[end - 1 : end] != b"\r":
            raise FramingError("a line without CR")
        return self._take(end + 1)

    def _await(self, step: Callable[[], bytes | None], left: int = 0) -> None:
        self._step, self._left, self._is_in_body = step, left, True

    def _end_body(self) -> None:
        self._step, self._left, self._is_in_body = self._head, 0, False

    def _take(self, count: int) -> bytes:
        piece = bytes(self._buffer[:count])
        del self._buffer[:count]
        return piece


def _framing_of(head: bytes) -> tuple[bool, list[bytes], list[bytes]]:
    """Return whether a head is of HTTP/1.1, its lengths and its transfer codings, once its Host is sound."""
    parts = _HEAD.fullmatch(head)
    if parts is None:
        raise FramingError("a head of another form")
    fields: dict[bytes, list[bytes]] = {b"host": [], b"content-length": [], b"transfer-encoding": []}
    for name, value in _FIELD.findall(head):
        fields[name.lower()].append(value.strip(b" \t"))
    hosts, lengths, codings = fields.values()
    is_modern = parts[1] == b"1"
    if len(hosts) > 1 or (is_modern and not hosts):
        raise FramingError("no Host, or more than one")
    if not all(map(_HOST.fullmatch, hosts)):
        raise FramingError("a Host that names none")
    return is_modern, lengths, codings
