"""Pictures by their own words: whole, one format, and no larger than a person needs. Nothing is decoded.

Which format is told by the first bytes, never by a name. Source: PNG (ISO/IEC 15948), 5.3, IHDR 11.2.1,
fcTL 11.3.7; JPEG (ITU-T T.81), marker segments B.1 and B.2.2; GIF89a; BMP (BITMAPINFOHEADER); TIFF 6.0; WebP
(RFC 9649); JPEG 2000 (ITU-T T.800), SIZ A.5.1.
"""

from collections.abc import Callable
from io import BytesIO
from struct import calcsize, unpack
from struct import error as StructError  # noqa: N812 - a class with the name of a function
from typing import Any, BinaryIO

from shared.files.inspection.refusal import NotWholeError, RefusedFileError

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8"
_JP2_START = b"\x00\x00\x00\x0cjP  "
_J2K_START = b"\xff\x4f\xff\x51"
_J2K_REACH = 1 << 16
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LEAD = _PADDING = 0xFF
_SCAN = 0xDA
_END = 0xD9
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_BMP_HEADERS = {12: "<HH", **dict.fromkeys((40, 52, 56, 64, 108, 124), "<ii")}
_TIFF_NUMBERS = {3: "H", 4: "I", 16: "Q"}
_TIFF_SIZES = (256, 257)
_GIF_END, _GIF_IMAGE, _GIF_EXTENSION = 0x3B, 0x2C, 0x21


def check_pixels(width: int, height: int, most: int) -> None:
    """Raise `RefusedFileError` for a picture of more than `most` pixels, or of none."""
    if not 0 < width * height <= most:
        raise RefusedFileError(
            f"Gambar {width} x {height} titik; yang diterima paling banyak {most // 10**6} juta titik.",
            field="file",
        )


def check_png(content: bytes, most: int) -> None:
    """Raise `RefusedFileError` unless the chunks fill the file, from one header to its end."""
    end = _walk_png(_Reader(BytesIO(content)), most)
    if not content.startswith(PNG_START) or end != len(content):
        raise NotWholeError("png")


def check_jpeg(content: bytes, most: int) -> None:
    """Raise `RefusedFileError` unless segments lead to a scan, behind a frame of a size that is taken."""
    if not content.startswith(JPEG_START):
        raise NotWholeError("jpg")
    _walk_jpeg(_Reader(BytesIO(content)), most)


def check_webp(content: bytes, most: int) -> None:
    """Raise `RefusedFileError` unless the chunks fill the file, with a picture among them."""
    length = int.from_bytes(content[4:8], "little") + 8
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or length != len(content):
        raise NotWholeError("webp")
    reader, place, has_picture = _Reader(BytesIO(content)), 12, False
    while place < len(content):
        kind, size = reader.numbers("<4sI", place)
        has_picture |= kind in (b"VP8 ", b"VP8L", b"ANMF")
        place += 8 + size + size % 2
    if place != len(content) or not has_picture:
        raise NotWholeError("webp")
    check_size_within(content, 0, most)


def check_size_within(source: bytes | BinaryIO, start: int, most: int) -> None:
    """Raise `RefusedFileError` if a picture that begins there, within a document, is too large.

    All frames and pages of it count together. What is no picture, or a broken one, is its reader's matter.
    """
    file = BytesIO(source) if isinstance(source, bytes) else source
    reader = _Reader(file, start)
    head = reader.head()
    for sign, walk in _WALKS:
        if head.startswith(sign):
            try:
                walk(reader, most)
            except NotWholeError:
                return
            return


class _Reader:
    """A file from a place on, read at places that mostly grow: going back costs in a packed one."""

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file = file
        self._start = start

    def head(self) -> bytes:
        self._file.seek(self._start)
        return self._file.read(16)

    def bytes(self, place: int, size: int) -> bytes:
        self._file.seek(self._start + place)
        return self._file.read(size)

    def numbers(self, form: str, place: int) -> tuple[Any, ...]:
        """Return the numbers there; raises `NotWholeError` behind the end."""
        try:
            return unpack(form, self.bytes(place, calcsize(form)))
        except StructError:
            raise NotWholeError("gambar") from None


class _Frames:
    """The pixels of all frames of a picture together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pixels = 0
        self._frames = 0

    def add(self, width: int, height: int) -> None:
        check_pixels(width, height, self._most)
        self._frames += 1
        self._pixels += width * height
        if self._pixels > self._most:
            raise RefusedFileError(
                f"Gambar dengan lebih dari {self._frames - 1} bingkai atau halaman {width} x {height} titik; "
                f"yang diterima seluruhnya paling banyak {self._most // 10**6} juta titik.",
                field="file",
            )


def _walk_png(reader: _Reader, most: int) -> int:
    """Return where the chunk of the end ends."""
    place, kind, frames = len(PNG_START), b"", _Frames(most)
    while kind != b"IEND":
        length, kind = reader.numbers(">I4s", place)
        if place == len(PNG_START):
            if (kind, length) != (b"IHDR", 13):
                raise NotWholeError("png")
            width, height = reader.numbers(">II", place + 8)
            check_pixels(width, height, most)
        if kind == b"fcTL":
            frames.add(*reader.numbers(">II", place + 12))
        place += 12 + length
    return place


def _walk_jpeg(reader: _Reader, most: int) -> None:
    place, has_frame = len(JPEG_START), False
    while True:
        lead, marker = reader.numbers(">BB", place)
        if lead != _LEAD or marker == _END:
            raise NotWholeError("jpg")
        if marker == _PADDING:
            place += 1
            continue
        place += 2
        if marker in _WITHOUT_LENGTH:
            continue
        (length,) = reader.numbers(">H", place)
        if marker in _FRAMES:
            height, width = reader.numbers(">HH", place + 3)
            check_pixels(width, height, most)
            has_frame = True
        if marker == _SCAN:
            break
        place += length
    if not has_frame:
        raise NotWholeError("jpg")


def _walk_gif(reader: _Reader, most: int) -> None:
    width, height, flags = reader.numbers("<HHB", 6)
    check_pixels(width, height, most)
    place, frames = 13 + _gif_table(flags), _Frames(most)
    while True:
        (kind,) = reader.numbers("<B", place)
        if kind == _GIF_IMAGE:
            own_width, own_height, flags = reader.numbers("<HHB", place + 5)
            frames.add(max(width, own_width), max(height, own_height))
            place += 10 + _gif_table(flags) + 1
        elif kind == _GIF_EXTENSION:
            place += 2
        else:
            return
        size = 1
        while size:
            (size,) = reader.numbers("<B", place)
            place += 1 + size


def _gif_table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _walk_bmp(reader: _Reader, most: int) -> None:
    reserved, _, header = reader.numbers("<III", 6)
    form = _BMP_HEADERS.get(header)
    if form and not reserved:
        width, height = reader.numbers(form, 18)
        check_pixels(abs(width), abs(height), most)


def _walk_tiff(reader: _Reader, most: int) -> None:
    order = "<" if reader.head().startswith(b"II") else ">"
    is_big = reader.numbers(order + "H", 2) == (43,)
    offset, count, step = ("Q", "Q", 20) if is_big else ("I", "H", 12)
    place, seen, frames = *reader.numbers(order + offset, 8 if is_big else 4), set[int](), _Frames(most)
    while place and place not in seen:
        seen.add(place)
        (entries,) = reader.numbers(order + count, place)
        place += calcsize("<" + count)
        size = {}
        for _ in range(entries):
            tag, kind = reader.numbers(order + "HH", place)
            if tag in _TIFF_SIZES and kind in _TIFF_NUMBERS:
                (size[tag],) = reader.numbers(
                    order + _TIFF_NUMBERS[kind], place + step - calcsize("<" + offset)
                )
            place += step
        if set(size) != set(_TIFF_SIZES):
            raise NotWholeError("tiff")
        frames.add(size[256], size[257])
        (place,) = reader.numbers(order + offset, place)


def _walk_webp(reader: _Reader, most: int) -> None:
    frames, place = _Frames(most), 12
    if reader.bytes(8, 4) != b"WEBP":
        return
    while True:
        kind, length = reader.numbers("<4sI", place)
        data = place + 8
        if kind == b"VP8X":
            check_pixels(*_webp_size(reader, data + 4), most)
        elif kind == b"ANMF":
            frames.add(*_webp_size(reader, data + 6))
        elif kind == b"VP8 ":
            width, height = reader.numbers("<HH", data + 6)
            frames.add(width & 0x3FFF, height & 0x3FFF)
        elif kind == b"VP8L":
            (size,) = reader.numbers("<I", data + 1)
            frames.add((size & 0x3FFF) + 1, (size >> 14 & 0x3FFF) + 1)
        place = data + length + length % 2


def _webp_size(reader: _Reader, place: int) -> tuple[int, int]:
    both = int.from_bytes(reader.bytes(place, 6), "little")
    return (both & 0xFFFFFF) + 1, (both >> 24) + 1


def _walk_jpeg_2000(reader: _Reader, most: int) -> None:
    place = reader.bytes(0, _J2K_REACH).find(_J2K_START)
    if place >= 0:
        width, height = reader.numbers(">II", place + 8)
        check_pixels(width, height, most)


_WALKS: tuple[tuple[bytes, Callable[[_Reader, int], object]], ...] = (
    (PNG_START, _walk_png),
    (JPEG_START + b"\xff", _walk_jpeg),
    (b"GIF8", _walk_gif),
    (b"BM", _walk_bmp),
    (b"II*\0", _walk_tiff),
    (b"II+\0", _walk_tiff),
    (b"MM\0*", _walk_tiff),
    (b"MM\0+", _walk_tiff),
    (b"RIFF", _walk_webp),
    (_JP2_START, _walk_jpeg_2000),
    (_J2K_START, _walk_jpeg_2000),
)
