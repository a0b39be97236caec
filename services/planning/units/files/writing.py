"""The register of units as a file that the import reads back as it is."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Iterable
from enum import StrEnum
from io import StringIO

from services.planning.units.domain import Unit
from services.planning.units.files.columns import COLUMNS, shown
from shared.files.confinement.running import run_confined

_CHILD = "services.planning.units.files.writing_child"
_SECONDS = 60
_MEMORY_BYTES = 512 * 1024**2


class FileKind(StrEnum):
    """The two kinds of file: a spreadsheet opens both."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_unit_file(units: Iterable[Unit], kind: FileKind) -> bytes:
    """Return the units as a file. Blocks: call from a thread.

    CSV stands between semicolons, as Excel in Indonesian expects, with the BOM by which it knows UTF-8.
    """
    rows = [[column.header for column in COLUMNS]]
    rows += [[shown(getattr(unit, column.field)) for column in COLUMNS] for unit in units]
    if kind is FileKind.XLSX:
        order = {"memory_bytes": _MEMORY_BYTES, "seconds": _SECONDS}
        return run_confined(_CHILD, order, json.dumps(rows).encode(), seconds=_SECONDS)
    text = StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return BOM_UTF8 + text.getvalue().encode()
