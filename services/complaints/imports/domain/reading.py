"""From the bytes of a file to rows of texts: encoding and delimiter declared, or found and told."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import ClassVar, Literal, Protocol

from shared.kernel import DomainError

Encoding = Literal["utf-8", "windows-1252"]
Delimiter = Literal[";", ",", "tab"]
_CHARACTER: dict[Delimiter, str] = {";": ";", ",": ",", "tab": "\t"}
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", BOM_UTF16_LE, BOM_UTF16_BE)
_SAVE_AS = 'Simpan sebagai "CSV UTF-8" lalu unggah lagi.'


class ImportUnreadableError(DomainError):
    """The bytes are no CSV file."""

    code: ClassVar[str] = "import_unreadable"


class ImportTooLargeError(DomainError):
    """The file holds more than is taken in at once."""

    code: ClassVar[str] = "import_too_large"


class Bounds(Protocol):
    """What one file may hold."""

    @property
    def file_bytes(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def cell_characters(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read: its headers, and its filled rows by the number that a spreadsheet gives them."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: Encoding
    delimiter: Delimiter
    is_encoding_found: bool


class Reader(Protocol):
    """Reads the file of another system; what an interface of its own will be one day, too."""

    def __call__(
        self, content: bytes, bounds: Bounds, encoding: Encoding | None, delimiter: Delimiter | None
    ) -> Sheet: ...


def read_csv(
    content: bytes, bounds: Bounds, encoding: Encoding | None = None, delimiter: Delimiter | None = None
) -> Sheet:
    """Return the rows of a CSV file; what is not declared is found out.

    Raises `ImportTooLargeError`, `ImportUnreadableError`.
    """
    if len(content) > bounds.file_bytes:
        raise ImportTooLargeError(f"Berkas paling besar {bounds.file_bytes // 1024} KiB.")
    if not content.strip():
        raise ImportUnreadableError(f"Berkas kosong. {_SAVE_AS}")
    if content.startswith(_PACKED) or b"\0" in content:
        raise ImportUnreadableError(f"Berkas bukan CSV. {_SAVE_AS}")
    text, used = _text(content, encoding)
    between = delimiter or _delimiter(text)
    csv.field_size_limit(bounds.file_bytes)
    lines = csv.reader(StringIO(text, newline=""), delimiter=_CHARACTER[between], strict=True)
    filled = _filled(lines, bounds)
    try:
        _, head = next(filled, (0, ()))
        rows = tuple(filled)
    except csv.Error as error:
        told = f"Tanda kutip sebelum baris {lines.line_num + 1} tidak ditutup dengan benar. {_SAVE_AS}"
        raise ImportUnreadableError(told) from error
    if not rows:
        raise ImportUnreadableError("Berkas tidak berisi baris data di bawah judul kolom.")
    return Sheet(head, rows, used, between, encoding is None)


def _filled(lines: Iterator[list[str]], bounds: Bounds) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, line in enumerate(lines, 1):
        if number > bounds.rows + 1:
            raise ImportTooLargeError(f"Berkas paling banyak {bounds.rows} baris; bagi menjadi beberapa.")
        if len(line) > bounds.columns:
            told = f"Baris {number} berisi lebih dari {bounds.columns} kolom."
            raise ImportTooLargeError(told)
        if any(len(cell) > bounds.cell_characters for cell in line):
            told = f"Baris {number} berisi sel yang lebih panjang dari {bounds.cell_characters} karakter."
            raise ImportTooLargeError(told)
        cells = tuple(cell.strip() for cell in line)
        if any(cells):
            yield number, cells


def _text(content: bytes, encoding: Encoding | None) -> tuple[str, Encoding]:
    """Return the text; without a declaration UTF-8, and where it is none, Windows-1252."""
    bare = content.removeprefix(BOM_UTF8)
    tried: tuple[Encoding, ...] = ("utf-8", "windows-1252") if encoding is None else (encoding,)
    for one in tried:
        try:
            return bare.decode(one), one
        except UnicodeDecodeError:
            continue
    raise ImportUnreadableError(f"Berkas tidak dapat dibaca sebagai {' atau '.join(tried)}. {_SAVE_AS}")


def _delimiter(text: str) -> Delimiter:
    """Return what stands most often in the first filled line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_CHARACTER, key=lambda one: first.count(_CHARACTER[one]))
