"""Pictures by their own words: whole, one format, and no larger than a person needs. Nothing is decoded.

Source: PNG (ISO/IEC 15948), chunks 5.3 and IHDR 11.2.1; JPEG (ITU-T T.81), marker segments B.1 and B.2.2.
"""

from struct import error as StructError  # noqa: N812 - a class with the name of a function
from struct import unpack_from

from services.planning.inspection.refusal import NotWholeError, RefusedFileError

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LEAD = _PADDING = 0xFF
_SCAN = 0xDA
_END = 0xD9
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})


def check_pixels(width: int, height: int, most: int) -> None:
    """Raise `RefusedFileError` for a picture of more than `most` pixels, or of none."""
    if not 0 < width * height <= most:
        raise RefusedFileError(
            f"Gambar {width} x {height} titik; yang diterima paling banyak {most // 10**6} juta titik.",
            field="file",
        )


def check_png(content: bytes, most: int) -> None:
    """Raise `RefusedFileError` unless the chunks fill the file, from one header to its end."""
    place, kind = len(PNG_START), b""
    try:
        while kind != b"IEND":
            length, kind = unpack_from(">I4s", content, place)
            if place == len(PNG_START):
                if (kind, length) != (b"IHDR", 13):
                    raise NotWholeError("png")
                width, height = unpack_from(">II", content, place + 8)
                check_pixels(width, height, most)
            place += 12 + length
    except StructError:
        raise NotWholeError("png") from None
    if not content.startswith(PNG_START) or place != len(content):
        raise NotWholeError("png")


def check_jpeg(content: bytes, most: int) -> None:
    """Raise `RefusedFileError` unless segments lead to a scan, behind a frame of a size that is taken."""
    if not content.startswith(JPEG_START):
        raise NotWholeError("jpg")
    place, has_frame = len(JPEG_START), False
    try:
        while True:
            lead, marker = unpack_from(">BB", content, place)
            if lead != _LEAD or marker == _END:
                raise NotWholeError("jpg")
            if marker == _PADDING:
                place += 1
                continue
            place += 2
            if marker in _WITHOUT_LENGTH:
                continue
            (length,) = unpack_from(">H", content, place)
            if marker in _FRAMES:
                height, width = unpack_from(">HH", content, place + 3)
                check_pixels(width, height, most)
                has_frame = True
            if marker == _SCAN:
                break
            place += length
    except StructError:
        raise NotWholeError("jpg") from None
    if not has_frame:
        raise NotWholeError("jpg")
