"""Our own workbook in layout 2021: the official cells, formulas, choices and locks, under labels of our own.

Official texts stand in it only where the agency loaded them. Everything is drawn anew each time: 0.1 s.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from services.planning.wording.domain import Wording
from services.planning.worksheets.export.formulas import (
    EMPTY_ROW,
    PERCENT_HEADINGS,
    answer_formulas,
    share_formulas,
    sub_headings,
    value_formulas,
)
from services.planning.worksheets.workbook.layout import (
    ANSWER,
    LHKASN_TOTAL_ROW,
    LHKPN_TOTAL_ROW,
    NOTE,
    POINTS,
    WEIGHT,
    inputs_of,
    sheet_name,
    total_row,
    weights_by_row,
)
from shared.documents.workbook import write_text
from shared.instruments.lke import Node, Question, QuestionType, lke_instrument

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

TITLE = "LEMBAR KERJA EVALUASI ZONA INTEGRITAS"
COUNT = "Jumlah"
"""What column J says of a count."""
_HEADER_ROW = 2
_HEADS = {
    "B": "Penilaian", "H": WEIGHT, "I": "Penjelasan", "J": "Pilihan Jawaban", "K": ANSWER, "L": POINTS,
    "M": " %", "O": NOTE,
}  # fmt: skip
_WIDTHS = {
    "A": 6, "B": 4, "C": 5, "D": 4, "E": 5, "F": 4, "G": 52, "H": 10, "I": 62, "J": 33, "K": 18, "L": 16,
    "M": 14, "N": 5, "O": 60, "P": 60, "Q": 47,
}  # fmt: skip
_LOCKED_ITEMS = frozenset({"A.II.5.i.a"})
"""An option whose K is locked and takes no choice from a list, as its neighbours with formulas."""
_UNCHECKED_COUNTS = ("A.II.5.iii.a", "A.II.5.iii.b")
"""Items whose counts the sheet takes unchecked, and shows with two decimals."""
_LETTERS = {"component": "B", "subcomponent": "C", "area": "D", "indicator": "E"}
_NEXT = {"B": "C", "C": "D", "D": "E", "E": "F", "F": "G"}


class _Look(NamedTuple):
    """How a row of the sheet looks: fill and weight of its labels."""

    fill: str
    is_bold: bool


_LOOKS = {
    "component": _Look("BDD7EE", is_bold=True),
    "subcomponent": _Look("DDEBF7", is_bold=True),
    "area": _Look("E2EFDA", is_bold=True),
    "indicator": _Look("F2F2F2", is_bold=True),
    "total": _Look("BDD7EE", is_bold=True),
    "head": _Look("BDD7EE", is_bold=True),
    "item": _Look("FFFFFF", is_bold=False),
}


def template(wording: Mapping[str, Wording]) -> "Workbook":
    """Return the workbook without any answer; `wording` holds the official texts that were loaded."""
    from openpyxl import Workbook  # noqa: PLC0415 - a tenth of a service's start, for one button

    book = Workbook()
    sheet: Worksheet = book.create_sheet(sheet_name(), 0)
    del book["Sheet"]  # which every new workbook has
    painter = _Painter(sheet)
    _frame(sheet, painter)
    for node in lke_instrument().nodes.values():
        _node(sheet, painter, node)
        for question in node.questions:
            _question(sheet, painter, question, wording.get(question.code), node)
    for row, (_, label) in sub_headings().items():
        _label(sheet, "F", row, label)
        sheet[f"H{row}"] = 1
        painter.row(row, "item")
    _row_without_item(painter)
    _formulas(sheet)
    _choices(sheet)
    return book


class _Painter:
    """Formats by row: each kind is made once and then shared, as the library keeps formats by cell."""

    def __init__(self, sheet: "Worksheet") -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side  # noqa: PLC0415

        self._sheet = sheet
        line = Side(style="thin", color="BFBFBF")
        self._border = Border(left=line, right=line, top=line, bottom=line)
        self._fonts = {bold: Font(name="Arial", size=10, bold=bold) for bold in (False, True)}
        self._fills = {
            look.fill: PatternFill("solid", start_color=look.fill, end_color=look.fill)
            for look in _LOOKS.values()
        }
        self._entry = PatternFill("solid", start_color="FFF9E5", end_color="FFF9E5")
        self._aligned = {
            "text": Alignment(vertical="top", wrap_text=True),
            "figure": Alignment(vertical="top", horizontal="center", wrap_text=True),
        }
        self._open = Protection(locked=False)

    def row(self, row: int, kind: str, *, formats: Mapping[str, str] | None = None) -> None:
        """Format the cells of a row; `formats` names number formats by column beside those of all rows."""
        look = _LOOKS[kind]
        for column in "BCDEFGHIJKLMNOPQ":
            if column == "N":
                continue
            cell = self._sheet[f"{column}{row}"]
            cell.font = self._fonts[look.is_bold and (kind == "head" or column in "BCDEFGHLM")]
            cell.fill = self._fills[look.fill]
            cell.border = self._border
            cell.alignment = self._aligned["figure" if column in "HJKLM" else "text"]
            cell.number_format = _FORMATS.get(column, "General")
            if formats and column in formats:
                cell.number_format = formats[column]

    def open(self, address: str) -> None:
        """Let people write into a cell."""
        cell = self._sheet[address]
        cell.protection = self._open
        cell.fill = self._entry


_FORMATS = {"H": "0.00", "L": "0.00", "M": "0.00%", "O": "@", "P": "@", "Q": "@"}
_TWO_DECIMALS, _PERCENT = {"K": "0.00"}, {"K": "0.00%"}


def _frame(sheet: "Worksheet", painter: _Painter) -> None:
    """Write title, header, totals, widths and what the sheet protects."""
    from openpyxl.worksheet.properties import PageSetupProperties  # noqa: PLC0415 - as above

    sheet["B1"] = f"{TITLE}\nTata letak 2021, dibuat oleh sistem; kolom kuning dapat diisi."
    sheet.merge_cells("B1:O1")
    painter.row(1, "component")
    sheet.row_dimensions[1].height = 45
    for column, head in _HEADS.items():
        sheet[f"{column}{_HEADER_ROW}"] = head
    sheet.merge_cells(f"B{_HEADER_ROW}:G{_HEADER_ROW}")
    painter.row(_HEADER_ROW, "head")
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for column in "AJ":
        sheet.column_dimensions[column].hidden = True
    for node in lke_instrument().components:
        if node.total_row is not None:
            _label(sheet, "B", node.total_row, f"TOTAL {node.name.upper()}", last="I")
            painter.row(node.total_row, "total")
    _label(sheet, "B", total_row(), "NILAI EVALUASI ZONA INTEGRITAS", last="K")
    painter.row(total_row(), "total")
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.formatCells = False


def _label(sheet: "Worksheet", column: str, row: int, text: str, *, last: str = "G") -> None:
    write_text(sheet[f"{column}{row}"], text)
    if column != last:
        sheet.merge_cells(f"{column}{row}:{last}{row}")


def _node(sheet: "Worksheet", painter: _Painter, node: Node) -> None:
    row, column = node.workbook_row, _LETTERS[node.level]
    sheet[f"{column}{row}"] = f"{node.code.rpartition('.')[2]}."
    name = node.name if node.level == "indicator" else node.name.upper()
    _label(sheet, _NEXT[column], row, name)
    painter.row(row, node.level, formats=_TWO_DECIMALS)
    if node.code in PERCENT_HEADINGS:
        sheet[f"J{row}"] = "%"


def _question(
    sheet: "Worksheet", painter: _Painter, question: Question, wording: Wording | None, node: Node
) -> None:
    row = question.place.workbook_row
    column = "F" if node.level == "indicator" else "D"
    sheet[f"{column}{row}"] = f"{question.code.rpartition('.')[2]}."
    _label(sheet, _NEXT[column], row, wording.question if wording else question.text)
    if words := explained(question, wording):
        write_text(sheet[f"I{row}"], words)
    sheet[f"J{row}"] = printed(question)
    painter.row(row, "item", formats=_answer_format(question))
    _open_row(painter, row, is_answered=_is_typed(question))
    for entry in inputs_of(question):
        below = entry.place.workbook_row
        if entry.key == "n0":
            sheet[f"F{below}"] = "-"
        write_text(sheet[f"G{below}"], f"- {entry.label}")
        sheet[f"J{below}"] = COUNT
        painter.row(below, "item", formats=_TWO_DECIMALS if question.code in _UNCHECKED_COUNTS else None)
        _open_row(painter, below, is_answered=below not in {LHKPN_TOTAL_ROW, LHKASN_TOTAL_ROW})


def _open_row(painter: _Painter, row: int, *, is_answered: bool) -> None:
    for column in "KOPQ" if is_answered else "OPQ":
        painter.open(f"{column}{row}")


def _is_typed(question: Question) -> bool:
    return question.type is not QuestionType.PERCENT and question.code not in _LOCKED_ITEMS


def explained(question: Question, wording: Wording | None) -> str:
    """Return the official criteria, else our own words on an answer; empty where the instrument has none."""
    if wording:
        return wording.criteria
    if question.option_facts:
        return "\n".join(f"{letter}: {fact}" for letter, fact in question.option_facts.items())
    if question.inputs and question.formula is not None:
        return f"Dihitung {question.formula.working}; n1 dan seterusnya adalah jumlah di bawahnya."
    return question.note or ""


def printed(question: Question) -> str:
    """Return what column J says that an answer may be."""
    if question.scale is not None:
        return question.scale.printed
    return "%" if question.inputs else "Nilai\n(0-4)"


def _answer_format(question: Question) -> Mapping[str, str] | None:
    if question.inputs or question.code in _LOCKED_ITEMS:
        return _PERCENT
    return _TWO_DECIMALS if question.type is QuestionType.INDEX else None


def _row_without_item(painter: _Painter) -> None:
    painter.row(EMPTY_ROW, "item")
    for column in "KOP":
        painter.open(f"{column}{EMPTY_ROW}")


def _formulas(sheet: "Worksheet") -> None:
    for row, (_, weight) in weights_by_row().items():
        sheet[f"H{row}"] = number_of(weight)
    columns = {"K": answer_formulas(), "L": value_formulas(), "M": share_formulas()}
    for column, formulas in columns.items():
        for row, formula in formulas.items():
            sheet[f"{column}{row}"] = f"={formula}"


def number_of(value: Any) -> int | float:
    """Return a weight as a cell holds it; all of them are whole eighths of a point."""
    return int(value) if value == int(value) else float(value)


def _choices(sheet: "Worksheet") -> None:
    """Let each answer cell take what the official one takes."""
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - as above

    rules = {
        "whole": DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0"),
        "index": DataValidation(type="decimal", operator="between", formula1="0", formula2="4"),
    }
    for question in lke_instrument().questions.values():
        row = question.place.workbook_row
        if question.scale is not None and question.code not in _LOCKED_ITEMS:
            letters = ",".join(question.scale.values)
            if letters not in rules:
                rules[letters] = DataValidation(type="list", formula1=f'"{letters}"')
            rules[letters].add(f"K{row}")
            if question.type is QuestionType.YA_TIDAK:
                rules[letters].add(f"K{EMPTY_ROW}")
        elif question.type is QuestionType.INDEX:
            rules["index"].add(f"K{row}")
        elif question.code not in _UNCHECKED_COUNTS:
            for entry in question.inputs:
                rules["whole"].add(f"K{entry.place.workbook_row}")
    for rule in rules.values():
        rule.allow_blank = rule.showErrorMessage = rule.showInputMessage = True
        sheet.add_data_validation(rule)
