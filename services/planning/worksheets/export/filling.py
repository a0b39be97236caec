"""Put a layer and what there is to say about it into a workbook that is open."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from services.planning.worksheets.workbook.layout import EVIDENCE_COLUMNS
from services.planning.worksheets.workbook.writing import Entries, Entry, Field
from shared.documents.workbook import write_text

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_MOST_DIGITS = 15
ABOUT_SHEET = "Tentang ekspor"
Columns = Mapping[Field, int]
OWN_COLUMNS: Columns = {
    "answer": 11, "note": 15, "names": EVIDENCE_COLUMNS[0], "links": EVIDENCE_COLUMNS[1],
}  # fmt: skip
"""K, O, P and Q of our own workbook."""


def fill(sheet: "Worksheet", entries: Entries, columns: Columns = OWN_COLUMNS) -> None:
    """Write a layer's cells; columns that the sheet does not have are passed over."""
    for (row, field), entry in entries.items():
        if field in columns:
            write(sheet.cell(row, columns[field]), entry)


def add_about(book: "Workbook", rows: Sequence[Sequence[str]]) -> None:
    """Add the sheet that tells what this file is, in place of one that an earlier export added."""
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - a tenth of a service's start
    from openpyxl.workbook.properties import CalcProperties  # noqa: PLC0415 - as above

    if ABOUT_SHEET in book.sheetnames:
        del book[ABOUT_SHEET]
    sheet = book.create_sheet(ABOUT_SHEET)
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(number, column)
            write_text(cell, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if column == 1:
                cell.font = Font(bold=True)
    for letter, width in zip("ABCDE", (34, 60, 12, 22, 22), strict=True):
        sheet.column_dimensions[letter].width = width
    book.calculation = CalcProperties(fullCalcOnLoad=True)  # and with all digits, whatever a template asked


def write(cell: Any, entry: Entry) -> None:
    """Write one cell; what was there, its link too, is gone."""
    cell.hyperlink = None
    cell.value = None
    cell.quotePrefix = False
    match entry.kind:
        case "text":
            write_text(cell, entry.value)
        case "number" if len(entry.value) > _MOST_DIGITS:
            write_text(
                cell, entry.value
            )  # Excel keeps 15 digits of a number: 3.59999... would come back as 3.6
        case "number":
            cell.value = float(entry.value) if "." in entry.value else int(entry.value)
        case "formula":
            cell.value = f"={entry.value}"
        case "blank":
            pass
    if entry.target:
        cell.hyperlink = entry.target
