"""PDF without anything that acts by itself: scripts, programs, forms that send, files within.

Every byte is searched, also where no reader of the file is led, and everything that unpacks as well: object
streams hide objects, and the cross-reference table may lead into the middle of anything. What cannot be
looked into (passwords, object streams packed otherwise than everybody does) is refused. Source: ISO 32000-2,
7.3.5 names, 7.5.7 object streams, 12.6 actions.
"""

import re

from shared.files.inspection.limits import Limits
from shared.files.inspection.pdf_streams import CHUNK, Stream, streams
from shared.files.inspection.pdf_syntax import (
    END,
    GAP,
    REFERENCE,
    SPACE,
    leads_to_a_page,
    plain,
    unseen,
)
from shared.files.inspection.pictures import check_pixels, check_size_within
from shared.files.inspection.refusal import RefusedFileError

_OVERLAP = 4096
_OPENING_REACH = 1024
"""A way to a page is written in less; what is longer is taken for an action."""
_REACH = 256
"""So far behind a name its value is looked for; white space and comments beyond that are refused."""

_ACTING = {
    "skrip": re.compile(rb"/(?:JavaScript|OnInstantiate)" + END),
    "perintah menjalankan program": re.compile(rb"/Launch" + END),
    "berkas di dalamnya": re.compile(rb"/(?:EmbeddedFiles?|FileAttachment|GoToE)" + END),
    "formulir yang mengirim data": re.compile(rb"/(?:SubmitForm|ImportData)" + END),
    "media yang berjalan sendiri": re.compile(rb"/(?:RichMedia\w{0,20}|Rendition)" + END),
}
"""`/JS` alone runs nothing: the action that holds it names itself `/JavaScript` or `/Rendition`."""
_VALUED = re.compile(rb"/(XFA|AA|EF|Encrypt)" + END)
_ARRAY = re.compile(rb"\[|" + REFERENCE)
_DICTIONARY_VALUE = re.compile(rb"<<|" + REFERENCE)
_VALUES = {
    b"XFA": _ARRAY,
    b"AA": _DICTIONARY_VALUE,
    b"EF": _DICTIONARY_VALUE,
    b"Encrypt": _DICTIONARY_VALUE,
}
_SAID = {b"XFA": "formulir XFA", b"AA": "tindakan otomatis", b"EF": "berkas di dalamnya"}
_UNENDING = re.compile(GAP + rb"(?:\d++" + GAP + rb"){0,2}(?:%[^\r\n]*+)?\Z")
_BEFORE_VALUE = re.compile(GAP)
_OPENED = re.compile(rb"/OpenAction" + END)
_OBJECT = re.compile(rb"(?<!\d)0*+(\d{1,10})[\s\x00]++\d++[\s\x00]++obj" + SPACE + rb"*(?=[<\[%])")
_SPLIT_OBJECT = re.compile(rb"[\r\n][ \t\f\x00]*+(?:\d++[ \t\f\x00]*+)?obj" + END)
"""Nobody breaks the line within the head of an object, and a comment there needs it."""
_SIZE = re.compile(rb"/(?:(Width|W)|Height|H)" + END)
_NUMBER = re.compile(rb"(\d{1,12})" + END + rb"(?!" + GAP + rb"\d++" + GAP + rb"R)")
_IMAGE = re.compile(rb"/Image" + END)
_SUBTYPE = re.compile(rb"/Subtype" + END)
_PLACES = re.compile(rb"(?:[\s\x00]|\d{1,10}+(?!\d))*+")


def check_pdf(content: bytes, limits: Limits) -> None:
    """Raise `RefusedFileError` for what acts, is locked, unfolds too far, or cannot be looked into."""
    search = _Search(limits)
    search.read(content)
    for stream in streams(content, limits):
        _check_image(stream.dictionary, limits)
        is_seen = False
        for start in stream.starts:
            is_seen = search.unpack(stream, start) or is_seen
            check_size_within(content, start, limits.pixels)
        if stream.holds_objects and not is_seen:
            raise unseen()
    search.check_opening(has_split_object=_SPLIT_OBJECT.search(content) is not None)


class _Search:
    """What was found so far, over all that the file holds, packed or not."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unpacked_bytes
        self._opened: list[bytes] = []
        self._ways: dict[int, bool] = {}  # number of an object: whether all its versions lead to a page
        self._has_untold_objects = False

    def read(self, content: bytes) -> None:
        """Search what stands there unpacked."""
        for start in range(0, len(content), CHUNK):
            end = start + CHUNK
            self._look(content[max(0, start - _OVERLAP) : end], has_more=end < len(content))
        for head in _OBJECT.finditer(content):
            self._note(int(head[1]), content[head.end() : head.end() + _OPENING_REACH])

    def unpack(self, stream: Stream, start: int) -> bool:
        """Search all that a stream unpacks to from a start on; tell whether that was anything."""
        first, tail, number = stream.first_object(), b"", 0
        for number, part in enumerate(stream.unpacked(start, self.count), 1):
            self.count(len(part))
            if number == 1:
                check_size_within(part, 0, self._limits.pixels)
            if first is not None:
                self._note_packed(part, first, is_first=number == 1)
            text = tail + part
            self._look(text, has_more=True)
            tail = text[-_OVERLAP:]
        self._look(tail, has_more=False)
        return number > 0

    def count(self, size: int) -> None:
        """Count bytes that were unpacked; raises above the limit."""
        self._left -= size
        if self._left < 0:
            most = self._limits.unpacked_bytes // 1024**2
            raise RefusedFileError(f"Isi berkas lebih besar dari {most} MiB.", field="file")

    def check_opening(self, *, has_split_object: bool) -> None:
        """Raise unless all that happens on opening is to go to a page, by objects that are told apart."""
        is_untold = has_split_object or self._has_untold_objects
        for value in self._opened:
            is_way = leads_to_a_page(value)
            if reference := re.match(rb"(\d+)[\s\x00]+\d+[\s\x00]+R", value):
                is_way = self._ways.get(int(reference[1]), False) and not is_untold
            if not is_way:
                raise _acts("tindakan otomatis")

    def _look(self, text: bytes, *, has_more: bool) -> None:
        text = plain(text)
        for what, sign in _ACTING.items():
            if sign.search(text):
                raise _acts(what)
        for name in _VALUED.finditer(text):
            if _VALUES[name[1]].match(text, *_value(text, name.end())):
                if name[1] == b"Encrypt":
                    raise RefusedFileError("PDF terkunci; simpan ulang tanpa kata sandi.", field="file")
                raise _acts(_SAID[name[1]])
        for name in _OPENED.finditer(text):
            if has_more and name.end() > len(text) - _OVERLAP // 2:
                break  # the next part begins before it
            value = _value(text, name.end())[0]
            self._opened.append(text[value : value + _OPENING_REACH])

    def _note_packed(self, part: bytes, first: int, *, is_first: bool) -> None:
        """Note the objects of an object stream: pairs of number and place, then the objects."""
        if not is_first or not _PLACES.fullmatch(part, 0, first) or first > len(part):
            self._has_untold_objects = True
            return
        pairs = [int(number) for number in re.findall(rb"\d+", part[:first])]
        for number, place in zip(pairs[::2], pairs[1::2], strict=False):
            self._note(number, part[first + place : first + place + _OPENING_REACH].lstrip(b"\0\t\n\f\r "))

    def _note(self, number: int, value: bytes) -> None:
        if number in self._ways or len(self._ways) < self._limits.members * 100:
            is_way = leads_to_a_page(plain(value))
            self._ways[number] = is_way and self._ways.get(number, True)
        else:
            self._has_untold_objects = True


def _value(text: bytes, place: int) -> tuple[int, int]:
    """Return where the value of a name begins and how far it is looked at; raises when that is too near."""
    end = min(len(text), place + _REACH)
    if end == place + _REACH and _UNENDING.fullmatch(text, place, end):
        raise unseen()
    gap = _BEFORE_VALUE.match(text, place, end)
    return (gap.end() if gap else place), end


def _check_image(dictionary: bytes, limits: Limits) -> None:
    """Raise for a picture too large by the largest size it names, or of a size that stands elsewhere."""
    if not _IMAGE.search(dictionary):
        return
    kinds = [_value(dictionary, name.end()) for name in _SUBTYPE.finditer(dictionary)]
    is_image = any(_IMAGE.match(dictionary, *place) for place in kinds)
    widths: list[int] = []
    heights: list[int] = []
    for name in _SIZE.finditer(dictionary):
        number = _NUMBER.match(dictionary, *_value(dictionary, name.end()))
        if number:
            (widths if name[1] else heights).append(int(number[1]))
        elif is_image:
            raise RefusedFileError(
                "PDF memuat gambar yang ukurannya tidak dapat diperiksa; simpan ulang sebagai PDF biasa.",
                field="file",
            )
    if widths and heights:
        check_pixels(max(widths), max(heights), limits.pixels)


def _acts(what: str) -> RefusedFileError:
    return RefusedFileError(
        f"PDF memuat {what}; simpan ulang sebagai PDF biasa (misalnya cetak ke PDF).", field="file"
    )
