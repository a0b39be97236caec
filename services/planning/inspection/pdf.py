"""PDF without anything that acts by itself: scripts, programs, forms that send, files within.

Every byte is searched, also where no reader of the file is led, and everything that unpacks as well: object
streams hide objects, and the cross-reference table may lead into the middle of anything. What cannot be
looked into (passwords, object streams packed otherwise than everybody does) is refused. Source: ISO 32000-2,
7.3.5 names, 7.4 filters, 7.5.7 object streams, 12.6 actions.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from services.planning.inspection.limits import Limits
from services.planning.inspection.pictures import check_pixels
from services.planning.inspection.refusal import RefusedFileError

_CHUNK = 1 << 20
_OVERLAP = 4096
_DICTIONARY = 1 << 16
_GAP = rb"[\s\x00]*"
_END = rb"(?=[\s\x00/<>\[\]()%{}]|$)"
_REFERENCE = rb"\d+\s+\d+\s+R"

_ACTING = {
    "skrip": re.compile(rb"/JavaScript" + _END),
    "perintah menjalankan program": re.compile(rb"/Launch" + _END),
    "berkas di dalamnya": re.compile(rb"/(?:EmbeddedFiles?|FileAttachment|GoToE)" + _END),
    "formulir yang mengirim data": re.compile(rb"/(?:SubmitForm|ImportData)" + _END),
    "media yang berjalan sendiri": re.compile(rb"/(?:RichMedia\w{0,20}|Rendition)" + _END),
    "formulir XFA": re.compile(rb"/XFA" + _GAP + rb"(?:\[|" + _REFERENCE + rb")"),
    "tindakan otomatis": re.compile(rb"/AA" + _GAP + rb"(?:<<|" + _REFERENCE + rb")"),
}
_LOCKED = re.compile(rb"/Encrypt" + _GAP + rb"(?:<<|" + _REFERENCE + rb")")
_OPENED = re.compile(rb"/OpenAction" + _GAP + rb"(\[|<<(?:[^<>]|<<[^<>]*>>){0,500}|" + _REFERENCE + rb")?")
_GO_TO = re.compile(rb"/S" + _GAP + rb"/GoTo" + _END)
_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_OBJECT = re.compile(rb"(?<!\d)(\d+)\s+\d+\s+obj" + _GAP + rb"(\[|<<(?:[^<>]|<<[^<>]*>>){0,500})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_BASE85 = re.compile(rb"/(?:ASCII85Decode|A85)" + _END)
_HEX = re.compile(rb"/(?:ASCIIHexDecode|AHx)" + _END)
_WIDTH = re.compile(rb"/(?:Width|W)\s+(\d{1,12})(?!\s+\d+\s+R)" + _END)
_HEIGHT = re.compile(rb"/(?:Height|H)\s+(\d{1,12})(?!\s+\d+\s+R)" + _END)
_IMAGE = re.compile(rb"/Image" + _END)
_FIRST = re.compile(rb"/First\s+(\d{1,9})" + _END)
_HOLDS_OBJECTS = re.compile(rb"/(?:ObjStm|First)" + _END)
_FILTER = re.compile(rb"/Filter" + _GAP + rb"(?:/(\w+)" + _END + rb"|\[([\s/\w]*)\])")
_USUAL: tuple[list[bytes], ...] = (
    [],
    [b"FlateDecode"],
    [b"ASCII85Decode", b"FlateDecode"],
    [b"ASCIIHexDecode", b"FlateDecode"],
)
_BEGIN = re.compile(rb"(?:^|[\r\n])[ \t]*\d+\s+\d+\s+obj(?=[\s<\x00])")


def check_pdf(content: bytes, limits: Limits) -> None:
    """Raise `RefusedFileError` for what acts, is locked, unfolds too far, or cannot be looked into."""
    search = _Search(limits)
    search.read(content)
    for stream in _STREAM.finditer(content):
        dictionary = _dictionary(content, stream.start())
        _check_packing(dictionary, limits)
        search.begin(_packed_objects(dictionary))
        for part in _unpacked(content, stream.end(), dictionary):
            search.add(part)
    search.check_opening()


class _Search:
    """What was found so far, over all that the file holds, packed or not."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unpacked_bytes
        self._opened: list[bytes] = []
        self._objects: dict[int, list[bytes]] = {}
        self._tail = b""
        self._first: int | None = None

    def begin(self, first: int | None) -> None:
        """Begin with another stream; `first` is where the objects of an object stream begin."""
        self._tail, self._first = b"", first

    def read(self, content: bytes) -> None:
        """Search what stands there unpacked."""
        for start in range(0, len(content), _CHUNK):
            self._look(content[max(0, start - _OVERLAP) : start + _CHUNK])
        for number, value in _OBJECT.findall(content):
            self._note(int(number), value)

    def add(self, part: bytes) -> None:
        """Search the next part of an unpacked stream."""
        self._left -= len(part)
        if self._left < 0:
            most = self._limits.unpacked_bytes // 1024**2
            raise RefusedFileError(f"Isi berkas lebih besar dari {most} MiB.", field="file")
        if self._first is not None:
            self._note_packed(part, self._first)
            self._first = None  # what stands further down in a large one counts as not found
        self._look(self._tail + part)
        self._tail = part[-_OVERLAP:]

    def check_opening(self) -> None:
        """Raise unless all that happens on opening is to go to a page."""
        for value in self._opened:
            found = [value]
            if reference := re.match(rb"(\d+)\s", value):
                found = self._objects.get(int(reference[1]), [b""])
            if not all(one.startswith(b"[") or _GO_TO.search(one) for one in found):
                raise _acts("tindakan otomatis")

    def _look(self, text: bytes) -> None:
        text = _plain(text)
        for what, sign in _ACTING.items():
            if sign.search(text):
                raise _acts(what)
        if _LOCKED.search(text):
            raise RefusedFileError("PDF terkunci; simpan ulang tanpa kata sandi.", field="file")
        self._opened += [value or b"" for value in _OPENED.findall(text)]

    def _note_packed(self, text: bytes, first: int) -> None:
        """Note the objects of an object stream: pairs of number and place, then the objects."""
        pairs = [int(number) for number in re.findall(rb"\d{1,9}", text[:first])]
        for number, place in zip(pairs[::2], pairs[1::2], strict=False):
            self._note(number, text[first + place : first + place + 600].lstrip())

    def _note(self, number: int, value: bytes) -> None:
        if len(self._objects) < self._limits.members * 100:
            self._objects.setdefault(number, []).append(_plain(value))


def _dictionary(content: bytes, end: int) -> bytes:
    """Return the dictionary before a stream; raises when what seems its beginning stands within a text."""
    window = content[max(0, end - _DICTIONARY) : end]
    begins = list(_BEGIN.finditer(window))
    text = _plain(window[begins[-1].end() :] if begins else window)
    depth = 0
    for bracket in re.findall(rb"[()]", re.sub(rb"\\.", b"", text, flags=re.DOTALL)):
        depth += 1 if bracket == b"(" else -1
        if depth < 0 and begins:  # the beginning that we saw stands within a text
            raise _unseen()
    return text


def _check_packing(dictionary: bytes, limits: Limits) -> None:
    if _HOLDS_OBJECTS.search(dictionary):
        named = [single or array for single, array in _FILTER.findall(dictionary)]
        names = re.findall(rb"\w+", b" ".join(named))
        is_seen = len(named) == dictionary.count(b"/Filter") <= 1 and names in _USUAL
        if not is_seen or b"/DecodeParms" in dictionary:
            raise _unseen()
    width, height = _WIDTH.search(dictionary), _HEIGHT.search(dictionary)
    if _IMAGE.search(dictionary) and width and height:
        check_pixels(int(width[1]), int(height[1]), limits.pixels)


def _packed_objects(dictionary: bytes) -> int | None:
    first = _FIRST.search(dictionary)
    return int(first[1]) if first else None


def _unpacked(content: bytes, start: int, dictionary: bytes) -> Iterator[bytes]:
    """Yield what a stream unpacks to, in parts; nothing for one that is not packed by deflate."""
    source = content
    if _BASE85.search(dictionary) or _HEX.search(dictionary):
        end = content.find(b"endstream", start)
        source = _decoded(content[start : len(content) if end < 0 else end], dictionary)
        start = 0
        yield source
    for inflater, place in ((zlib.decompressobj(), start), (zlib.decompressobj(-zlib.MAX_WBITS), start + 2)):
        parts = _inflated(inflater, source, place)
        first = next(parts, None)
        if first is not None:
            yield first
            yield from parts
            return


def _inflated(inflater: "zlib._Decompress", source: bytes, place: int) -> Iterator[bytes]:
    """Yield what inflates from a place on, until the end of the packed data or a fault in it."""
    while place < len(source) and not inflater.eof:
        fed = source[place : place + _CHUNK]
        place += len(fed)
        while fed and not inflater.eof:
            try:
                part = inflater.decompress(fed, _CHUNK)
            except zlib.error:
                return
            if part:
                yield part
            fed = inflater.unconsumed_tail


def _decoded(text: bytes, dictionary: bytes) -> bytes:
    """Return a stream without its coat of letters, nothing for one that is none."""
    try:
        if _BASE85.search(dictionary):
            body = text.partition(b"~>")[0].strip().removeprefix(b"<~")
            return base64.a85decode(body, ignorechars=b" \t\n\r\v\x00\x0c")
        digits = re.sub(rb"[\s\x00]", b"", text.partition(b">")[0])
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except ValueError:
        if _HOLDS_OBJECTS.search(dictionary):
            raise _unseen() from None
        return b""


def _plain(text: bytes) -> bytes:
    """Return a text whose names are written without escapes: `/J#61vaScript` is `/JavaScript`."""
    if b"#" not in text:
        return text
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)


def _unseen() -> RefusedFileError:
    return RefusedFileError(
        "PDF memakai pemampatan yang tidak dapat diperiksa; simpan ulang sebagai PDF biasa.", field="file"
    )


def _acts(what: str) -> RefusedFileError:
    return RefusedFileError(
        f"PDF memuat {what}; simpan ulang sebagai PDF biasa (misalnya cetak ke PDF).", field="file"
    )
