"""What the library that reads workbooks does not tell of a sheet, and what it must not be told.

Runs in the reading process, over a package that `check_package` took: every part is whole XML without a DTD.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any
from xml.sax.saxutils import quoteattr
from zipfile import ZipFile

from openpyxl.packaging.relationship import get_dependents
from openpyxl.utils.cell import range_boundaries
from openpyxl.xml.functions import fromstring, iterparse

from shared.files.inspection.package import RefusedPackageError

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STYLES = "xl/styles.xml"
_PLAIN = {
    "docProps/core.xml": '<coreProperties xmlns="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties"/>',
    "docProps/custom.xml": '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    'custom-properties"/>',
}
"""Parts that say nothing of a cell; one that another program wrote oddly would keep the whole file out."""


def plain(content: bytes) -> bytes:
    """Return the package with the formats of numbers as its only styles, and without properties.

    A format tells a date from a number; fonts, fills and borders tell nothing, and a broken one would keep
    the file out. What is appended under a name stands for what has that name before it.
    """
    package = BytesIO(content)
    with ZipFile(package, "a") as archive:
        names = set(archive.namelist())
        parts = {name: text for name, text in _PLAIN.items() if name in names}
        if _STYLES in names:
            parts[_STYLES] = _number_formats(archive.read(_STYLES))
        for name, text in parts.items():
            archive.writestr(name, text)
    return package.getvalue()


def _number_formats(styles: bytes) -> str:
    root = fromstring(styles)
    formats = "".join(
        f"<numFmt numFmtId={quoteattr(number)} formatCode={quoteattr(one.get('formatCode', 'General'))}/>"
        for one in root.iterfind(f"{{{_MAIN}}}numFmts/{{{_MAIN}}}numFmt")
        if (number := one.get("numFmtId", "")).isdecimal()
    )
    cells = "".join(
        f'<xf numFmtId="{number if number.isdecimal() else 0}"/>'
        for number in (one.get("numFmtId", "0") for one in root.iterfind(f"{{{_MAIN}}}cellXfs/{{{_MAIN}}}xf"))
    )
    bare = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{formats}</numFmts>{bare}'
        f"<cellStyleXfs><xf/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>"
    )


def links(content: bytes, part: str, sheet: str) -> Mapping[tuple[int, int], str]:
    """Return where the cells of a sheet lead, by row and column; a link within the book leads nowhere.

    `part` is the sheet's name in the package. Raises `RefusedPackageError` `cell_twice` for a cell that the
    file holds twice: which of both was meant, nobody can tell.
    """
    with ZipFile(BytesIO(content)) as archive:
        with archive.open(part) as file:
            targets = _linked(file, sheet)
        if not targets:
            return {}
        folder, _, name = part.rpartition("/")
        known = get_dependents(archive, f"{folder}/_rels/{name}.rels")
        addresses = {one.Id: one.Target for one in known if one.TargetMode == "External"}
    return {place: addresses[link] for place, link in targets.items() if addresses.get(link)}


def _linked(file: IO[bytes], sheet: str) -> dict[tuple[int, int], str]:
    """Return the ids of links by place."""
    seen: set[str] = set()
    found: dict[tuple[int, int], str] = {}
    for _, element in iterparse(file):
        name = element.tag.rpartition("}")[2]
        if name == "c":
            _note(seen, element, sheet)
        elif name == "hyperlink" and (link := element.get(_RELATION)):
            column, row, *_ = range_boundaries(element.get("ref", ""))
            if column is not None and row is not None:
                found[row, column] = link
        if name in {"row", "hyperlink"}:
            element.clear()
    return found


def _note(seen: set[str], cell: Any, sheet: str) -> None:
    place = cell.get("r")
    if place is None:
        return
    if place in seen:
        said = "sel ini ada dua kali di dalam berkas; buka dan simpan ulang di Excel"
        raise RefusedPackageError("cell_twice", said, sheet=sheet, cell=place)
    seen.add(place)
