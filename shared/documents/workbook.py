"""Workbooks that are written cell by cell: text that stays text, and the same bytes for the same content.

Excel takes a text for a formula by how it begins, and `_x0041_` in it for a letter; a cell that is told to be
text, with a quote before it, is neither, and nothing is added to what it says.
Source: ISO/IEC 29500-1, 18.3.1.4 (t), 18.8.45 (quotePrefix), 22.9.2.19 (ST_Xstring).
"""

import io
import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from shared.documents.rows import begins_as_formula

if TYPE_CHECKING:
    from openpyxl import Workbook

_CORE = "docProps/core.xml"
_LIBRARY, CREATOR = "openpyxl", "zona-integritas"
"""Who is said to have made a workbook that was begun here; a given one keeps its own."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a ZIP can name."""
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_READ = re.compile(r"_x([0-9A-Fa-f]{4})_")


def write_text(cell: Any, text: str) -> None:
    """Store a text in a cell as text, whatever it begins with."""
    cell.value = coded(text)
    cell.data_type = "s"
    cell.quotePrefix = begins_as_formula(text)


def coded(text: str) -> str:
    """Return a text as a workbook stores it: what XML cannot hold, and what looks like such, by number."""
    shown = _CODED.sub("_x005F_", text)
    return _UNWRITABLE.sub(lambda sign: f"_x{ord(sign[0]):04X}_", shown)


def decoded(text: str) -> str:
    """Return what a stored text says; the opposite of `coded`.

    Codes of what is no text (controls, halves of a pair) stay as they are: a database takes them as little as
    XML does.
    """
    return _READ.sub(_sign, text) if "_x" in text else text


def _sign(code: re.Match[str]) -> str:
    sign = chr(int(code[1], 16))
    is_text = sign in "\t\n\r" or unicodedata.category(sign) not in {"Cc", "Cs", "Cn"}
    return sign if is_text else code[0]


def packed(book: "Workbook", at: datetime) -> bytes:
    """Return the bytes of a workbook: the same for the same content and moment, whenever it is packed."""
    if book.properties.creator == _LIBRARY:
        book.properties.creator = CREATOR
    book.properties.created = book.properties.modified = at.astimezone(UTC).replace(tzinfo=None)
    written = io.BytesIO()
    book.save(written)
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    content = io.BytesIO()
    with ZipFile(written) as given, ZipFile(content, "w", ZIP_DEFLATED) as package:
        for name in given.namelist():
            part = given.read(name)
            if name == _CORE:  # which the library dates now, whatever it was told
                part = _MODIFIED.sub(rb"\g<1>" + moment, part)
            package.writestr(ZipInfo(name, _EPOCH), part, ZIP_DEFLATED)
    return content.getvalue()
