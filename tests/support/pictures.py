"""Small pictures by their heads: nobody here decodes one."""

import zlib
from struct import pack


def jpeg(width: int = 1, height: int = 1, comment: bytes = b"") -> bytes:
    """Return a JPEG down to its scan; a long comment is told in several segments."""
    frame = b"\xff\xc0\x00\x0b\x08" + pack(">HH", height, width) + b"\x01\x01\x11\x00"
    parts = [comment[place : place + 60_000] for place in range(0, len(comment), 60_000)]
    said = b"".join(b"\xff\xfe" + pack(">H", 2 + len(part)) + part for part in parts)
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return start + said + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1, extra: bytes = b"") -> bytes:
    """Return a PNG with these chunks before its data."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + extra
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def frames(width: int, height: int, count: int) -> bytes:
    """Return what makes a PNG move."""
    told = chunk(b"acTL", pack(">II", count, 0))
    for number in range(count):
        told += chunk(b"fcTL", pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0))
    return told


def apng(width: int, height: int, count: int) -> bytes:
    """Return a PNG that moves, in so many frames."""
    return png(width, height, frames(width, height, count))


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """Return a GIF with a table of colours and one small picture per frame."""
    screen = b"GIF89a" + pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    pause = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"
    image = b"\x2c" + pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return screen + (pause + image) * frames + b"\x3b"


def bmp(width: int, height: int) -> bytes:
    """Return the head of a bitmap; a negative height begins at the top."""
    return b"BM" + pack("<IIIIiiHH", 54, 0, 54, 40, width, height, 1, 24) + bytes(24)


def tiff(width: int, height: int, pages: int = 1, order: str = "<") -> bytes:
    """Return a TIFF of pages without data."""
    content = pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8)
    for page in range(pages):
        entries = pack(order + "HHIIHHII", 256, 4, 1, width, 257, 4, 1, height)
        following = len(content) + 2 + len(entries) + 4 if page < pages - 1 else 0
        content += pack(order + "H", 2) + entries + pack(order + "I", following)
    return content


def webp(width: int, height: int, frames: int = 0) -> bytes:
    """Return a WebP: still, or of frames as large as all of it."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    bits = pack("<BI", 0x2F, width - 1 | height - 1 << 14) + b"\0" if not frames else b""
    parts = [(b"VP8X", bytes(4) + size)] + [(b"ANMF", bytes(6) + size + bytes(4))] * frames
    body = b"".join(
        kind + pack("<I", len(data)) + data for kind, data in (parts if frames else [(b"VP8L", bits)])
    )
    return b"RIFF" + pack("<I", 4 + len(body)) + b"WEBP" + body


def jpeg_2000(width: int, height: int) -> bytes:
    """Return the head of a JPEG 2000 within its box."""
    box = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + pack(">I4s", 0, b"jp2c")
    return box + b"\xff\x4f\xff\x51" + pack(">HHIIII", 49, 0, width, height, 0, 0) + bytes(30)
