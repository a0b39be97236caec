"""The streams of a PDF: where they begin, what their dictionaries say, what they unpack to.

Where a stream begins and ends is not taken from the cross-reference table or `/Length`, which readers mend
each in its own way: every keyword `stream` that one of them may take for one counts, and every place where
one of them may begin with the data. Source: ISO 32000-2, 7.3.8 streams, 7.4 filters, 7.5.7 object streams.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator

from shared.files.inspection.limits import Limits
from shared.files.inspection.pdf_syntax import END, GAP, SPACE, check_dictionary, plain, unseen
from shared.files.inspection.refusal import RefusedFileError

CHUNK = 1 << 20
_FIRST_FED = 1 << 12
_MOST_FED = 1 << 18
_DICTIONARY = 1 << 16
_LINE = 1024
_BEGIN = re.compile(rb"(?<!\d)\d++[\s\x00]++\d++[\s\x00]++obj(?=[\s\x00<%])")
_STREAM = re.compile(rb"(?<!end)stream(?=[\s\x00%()<>\[\]{}/])")
_LINE_END = re.compile(rb"[^\r\n]{0,%d}(?:\r\n|\n|\r)" % _LINE)
_SPACES = re.compile(rb"[\s\x00]{0,%d}" % _LINE)
_FILTER = re.compile(rb"/Filter" + SPACE + rb"*(?:/(\w+)" + END + rb"|\[([\s\x00/\w]*)\])")
_SHORT_FILTER = re.compile(rb"/F" + END + GAP + rb"[/\[(<]")
"""To some readers the data lies in another file, to others this is the short name of `/Filter`."""
_HOLDS_OBJECTS = re.compile(rb"/(?:ObjStm|First)" + END)
_FIRST = re.compile(rb"/First[\s\x00]+(\d{1,9})[\s\x00]*(?=[/>])")
_EARLY_CHANGE = re.compile(rb"/EarlyChange[\s\x00]+0" + END)
_LONG_NAMES = {
    b"AHx": b"ASCIIHexDecode",
    b"A85": b"ASCII85Decode",
    b"LZW": b"LZWDecode",
    b"Fl": b"FlateDecode",
    b"RL": b"RunLengthDecode",
}
_COATS = (b"ASCIIHexDecode", b"ASCII85Decode")
_PACKERS = (b"FlateDecode", b"LZWDecode", b"RunLengthDecode")
_USUAL: tuple[list[bytes], ...] = (
    [],
    [b"FlateDecode"],
    [b"ASCII85Decode", b"FlateDecode"],
    [b"ASCIIHexDecode", b"FlateDecode"],
)


_LZW_CLEAR, _LZW_END, _LZW_WIDEST = 256, 257, 12
_RUNS_END = 128


class Stream:
    """One stream: its dictionary without escapes, and the places where its data may begin."""

    def __init__(self, content: bytes, keyword_end: int, dictionary: bytes) -> None:
        self.dictionary = dictionary
        self.filters = _filters(dictionary)
        self.starts = _starts(content, keyword_end)
        self.holds_objects = _HOLDS_OBJECTS.search(dictionary) is not None
        self._content = content
        packers = [name for name in self.filters if name in _PACKERS]
        if len(packers) > 1:
            raise unseen()  # each layer may unfold a thousandfold, so only one is taken
        if self.holds_objects and (self.filters not in _USUAL or b"/DecodeParms" in dictionary):
            raise unseen()

    def first_object(self) -> int | None:
        """Return where the objects of an object stream begin in it; `None` for another stream."""
        if not self.holds_objects:
            return None
        found = _FIRST.findall(self.dictionary)
        if len(found) != 1 or self.dictionary.count(b"/First") != 1 or b"/DP" in self.dictionary:
            raise unseen()
        return int(found[0])

    def unpacked(self, start: int, count: Callable[[int], None]) -> Iterator[bytes]:
        """Yield what the stream unpacks to from a start on, in parts.

        Nothing comes of other filters than deflate and letters: no object hides there. `count` is told how
        many bytes unfold without being yielded, and may raise.
        """
        source, names = self._content, list(self.filters)
        while names and names[0] in _COATS:
            source, start = self._without_coat(source, start, names.pop(0), count), 0
        if source is not self._content and (not names or names[0] not in _PACKERS):
            yield source
        elif not names:
            yield from self._bare(source, start, count)
        elif names[0] == b"FlateDecode":
            yield from _deflated(source, start, is_needed=self.holds_objects)
        elif names[0] == b"LZWDecode":
            _count_lzw(source, start, 0 if _EARLY_CHANGE.search(self.dictionary) else 1, count)
        elif names[0] == b"RunLengthDecode":
            _count_runs(source, start, count)

    def _bare(self, source: bytes, start: int, count: Callable[[int], None]) -> Iterator[bytes]:
        """Yield data without a filter: it was read as part of the file, but for what it means as objects."""
        if self.holds_objects:
            end = self._content.find(b"endstream", start)
            if end < 0:
                raise unseen()
            count(end - start)
            yield source[start:end]
        else:
            yield from _deflated(source, start, is_needed=False)

    def _without_coat(self, source: bytes, start: int, name: bytes, count: Callable[[int], None]) -> bytes:
        end = source.find(b"~>" if name == b"ASCII85Decode" else b">", start)
        if end < 0:
            raise unseen()
        count(end - start)
        text = re.sub(rb"[\s\x00]", b"", source[start:end])
        try:
            if name == b"ASCII85Decode":
                return base64.a85decode(text.removeprefix(b"<~"))
            return binascii.unhexlify(text + b"0" * (len(text) % 2))
        except ValueError:
            raise unseen() from None


def streams(content: bytes, limits: Limits) -> Iterator[Stream]:
    """Yield every stream that a reader may see; raises `RefusedFileError` for one of unclear dictionary."""
    begins = _BEGIN.finditer(content)
    begin, following = None, next(begins, None)
    found = 0
    for keyword in _STREAM.finditer(content):
        end = keyword.start()
        if not _can_be_keyword(content, end):
            continue
        found += 1
        if found > limits.streams:
            raise _too_many(limits)
        while following is not None and following.end() <= end:
            begin, following = following, next(begins, None)
        if begin is None or begin.end() < end - _DICTIONARY or _is_in_comment(content, begin.start()):
            raise unseen()
        text = content[begin.end() : end]
        check_dictionary(text)
        yield Stream(content, keyword.end(), plain(text))


def _too_many(limits: Limits) -> RefusedFileError:
    """Return the refusal of a file that would take too long."""
    return RefusedFileError(
        f"PDF memuat terlalu banyak aliran data (paling banyak {limits.streams}); "
        "simpan ulang sebagai PDF biasa (misalnya cetak ke PDF).",
        field="file",
    )


def _can_be_keyword(content: bytes, place: int) -> bool:
    """Tell whether the word there can be a keyword: behind a dictionary, or behind the line of a comment."""
    before = content[max(0, place - _LINE) : place]
    bare = before.rstrip(b" \t\r\n\f\v\x00")
    if not bare or bare.endswith(b">>"):
        return True
    if {*before[len(bare) :]}.isdisjoint(b"\r\n"):
        return False
    line = bare[max(bare.rfind(b"\n"), bare.rfind(b"\r")) + 1 :]
    return b"%" in line or len(line) == len(bare)


def _is_in_comment(content: bytes, place: int) -> bool:
    """Tell whether a place may stand within a comment: to other readers something else follows then."""
    before = content[max(0, place - _LINE) : place]
    line = before[max(before.rfind(b"\n"), before.rfind(b"\r")) + 1 :]
    return b"%" in line or len(line) == _LINE


def _filters(dictionary: bytes) -> list[bytes]:
    """Return the filters in their order, by their long names; raises for what cannot be told."""
    named = [single or array for single, array in _FILTER.findall(dictionary)]
    if len(named) != dictionary.count(b"/Filter") or len(named) > 1 or _SHORT_FILTER.search(dictionary):
        raise unseen()
    return [_LONG_NAMES.get(name, name) for name in re.findall(rb"\w+", b" ".join(named))]


def _starts(content: bytes, keyword: int) -> list[int]:
    """Return the places where readers may begin with the data behind a keyword: they forgive much."""
    line = _LINE_END.match(content, keyword)
    if line is None:
        raise unseen()
    places = {line.end()}
    for place in (keyword, line.end()):
        spaces = _SPACES.match(content, place)
        places.add(spaces.end() if spaces else place)
    return sorted(places)


def _deflated(source: bytes, start: int, *, is_needed: bool) -> Iterator[bytes]:
    """Yield what inflates from a start on, with the head of zlib or behind a broken one."""
    for inflater, place in ((zlib.decompressobj(), start), (zlib.decompressobj(-zlib.MAX_WBITS), start + 2)):
        parts = _joined(_inflated(inflater, source, place))
        first = next(parts, None)
        if first is not None:
            yield first
            yield from parts
            if is_needed and not inflater.eof:
                raise unseen()
            return


def _inflated(inflater: "zlib._Decompress", source: bytes, place: int) -> Iterator[bytes]:
    """Yield what inflates from a place on, until the end of the packed data or a fault in it."""
    size = _FIRST_FED  # most streams are small, and all that is fed is copied
    while place < len(source) and not inflater.eof:
        fed = source[place : place + size]
        place += len(fed)
        size = min(2 * size, _MOST_FED)
        while fed and not inflater.eof:
            try:
                part = inflater.decompress(fed, CHUNK)
            except zlib.error:
                return
            if part:
                yield part
            fed = inflater.unconsumed_tail


def _joined(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in parts of at least a chunk, but for the last."""
    held = bytearray()
    for part in parts:
        held += part
        if len(held) >= CHUNK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _count_lzw(source: bytes, place: int, early: int, count: Callable[[int], None]) -> None:
    """Tell how far LZW data unfolds, by the lengths of its strings alone; ends where the data does."""
    fresh = [1] * 256 + [0, 0]
    lengths, width, previous = list(fresh), 9, 0
    held = bits = 0
    while True:
        while bits < width:
            if place >= len(source):
                return
            held, bits, place = held << 8 | source[place], bits + 8, place + 1
        bits -= width
        code = held >> bits
        held &= (1 << bits) - 1
        if code == _LZW_CLEAR:
            lengths, width, previous = list(fresh), 9, 0
            continue
        if code == _LZW_END or code > len(lengths):
            return
        size = lengths[code] if code < len(lengths) else previous + 1
        count(size)
        if previous and len(lengths) < 1 << _LZW_WIDEST:
            lengths.append(previous + 1)
        previous = size
        if width < _LZW_WIDEST and len(lengths) + early >= 1 << width:
            width += 1


def _count_runs(source: bytes, place: int, count: Callable[[int], None]) -> None:
    """Tell how far run-length data unfolds."""
    while place < len(source) and source[place] != _RUNS_END:
        length = source[place]
        is_run = length > _RUNS_END
        count(257 - length if is_run else length + 1)
        place += 2 if is_run else length + 2
