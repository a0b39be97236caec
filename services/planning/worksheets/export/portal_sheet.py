"""PortalRB's sheet `Jawaban`, filled with the layers of the unit and of TPI; no formula stands in it.

Notes and evidence of an item that is answered by counts stand beside its first count, for PortalRB asks the
counts alone. Source: lke.md section 11, Layout PortalRB.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from services.planning.wording.domain import Wording
from services.planning.worksheets.export.filling import write
from services.planning.worksheets.export.template import COUNT, explained, number_of, printed
from services.planning.worksheets.workbook.beside import beside_in_one
from services.planning.worksheets.workbook.layout import inputs_of
from services.planning.worksheets.workbook.portal import Heads, portal_sheet_name
from services.planning.worksheets.workbook.writing import Entry, Filled, entry_of
from shared.documents.workbook import write_text
from shared.instruments.lke import PORTAL, Question, lke_instrument

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_HEADS = {
    "A": "ID", "B": "Penilaian", "H": Heads().weight, "I": "Penjelasan", "J": "Pilihan Jawaban",
    "K": Heads().answer, "L": Heads().note, "M": Heads().names, "N": Heads().tpi_answer,
    "Q": Heads().tpi_note,
}  # fmt: skip
_WIDTHS = {
    "A": 6,
    "B": 4,
    "C": 5,
    "D": 4,
    "E": 5,
    "F": 4,
    "G": 60,
    "H": 10,
    "I": 40,
    "J": 16,
    "K": 16,
    "L": 50,
    "M": 50,
    "N": 16,
    "Q": 50,
}
_WRAPPED = frozenset({7, 9, 12, 13, 17})
"""Columns of sentences: G, I, L, M and Q."""
_LETTERS = {"component": "B", "subcomponent": "C", "area": "D", "indicator": "E"}


def portal_book(unit: Filled, tpi: Filled, wording: Mapping[str, Wording]) -> "Workbook":
    """Return the workbook; `wording` holds the official texts that were loaded."""
    from openpyxl import Workbook  # noqa: PLC0415 - a tenth of a service's start, for one button
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - as above

    book = Workbook()
    sheet: Worksheet = book.create_sheet(portal_sheet_name(), 0)
    del book["Sheet"]  # which every new workbook has
    for column, head in _HEADS.items():
        sheet[f"{column}1"] = head
        sheet[f"{column}1"].font = Font(bold=True)
    _labels(sheet, wording)
    for question in lke_instrument().questions.values():
        for address, entry in portal_entries(question, unit, tpi):
            write(sheet[address], entry)
    top, wrapped = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = wrapped if cell.column in _WRAPPED else top
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    return book


def portal_entries(question: Question, unit: Filled, tpi: Filled) -> Iterator[tuple[str, Entry]]:
    """Yield the cells of an item that hold something."""
    code = question.code
    places = {entry.key: entry.place.row_in(PORTAL) for entry in inputs_of(question)}
    row = question.place.row_in(PORTAL)
    for column, layer in (("K", unit), ("N", tpi)):
        answer = layer.answers.get(code)
        if answer is not None and answer.inputs is not None:
            for key, count in answer.inputs.items():
                yield f"{column}{places[key]}", Entry("number", str(count))
        elif answer is not None:
            yield f"{column}{row}", entry_of(answer)
    told = places.get("n1", row)
    words = {"L": unit.notes.get(code), "M": beside_in_one(unit.evidence.get(code, ()))}
    words["Q"] = tpi.notes.get(code)
    for column, text in words.items():
        if text:
            yield f"{column}{told}", Entry("text", text)


def _labels(sheet: "Worksheet", wording: Mapping[str, Wording]) -> None:
    for node in lke_instrument().nodes.values():
        row, column = node.row_in(PORTAL), _LETTERS[node.level]
        sheet[f"{column}{row}"] = f"{node.code.rpartition('.')[2]}."
        write_text(sheet[f"{chr(ord(column) + 1)}{row}"], node.name)
        sheet[f"H{row}"] = number_of(node.weight)
        for question in node.questions:
            _label(sheet, question, wording.get(question.code), is_item=node.level == "indicator")


def _label(sheet: "Worksheet", question: Question, wording: Wording | None, *, is_item: bool) -> None:
    row = question.place.row_in(PORTAL)
    sheet[f"{'F' if is_item else 'D'}{row}"] = f"{question.code.rpartition('.')[2]}."
    write_text(sheet[f"{'G' if is_item else 'E'}{row}"], wording.question if wording else question.text)
    if not is_item:
        sheet[f"H{row}"] = number_of(question.share)
    if words := explained(question, wording):
        write_text(sheet[f"I{row}"], words)
    sheet[f"J{row}"] = printed(question)
    sheet[f"A{row}"] = question.place.soal_id
    for entry in inputs_of(question):
        below = entry.place.row_in(PORTAL)
        sheet[f"A{below}"] = entry.place.soal_id
        write_text(sheet[f"G{below}"], f"- {entry.label}")
        sheet[f"J{below}"] = COUNT
