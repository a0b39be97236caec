"""The three layers of a worksheet side by side: answers, points and notes, differences marked, no formula."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from services.planning.layers import Layer
from services.planning.worksheets.workbook.writing import Filled
from shared.documents.workbook import write_text
from shared.instruments.lke import (
    TOTAL,
    Answer,
    Node,
    NodeScore,
    Policies,
    QuestionScore,
    Score,
    lke_instrument,
    score,
)
from shared.kernel import decimal12

if TYPE_CHECKING:
    from openpyxl import Workbook

TITLE = "Tiga lapis"
HEAD = (
    "Kode", "Butir", "Bobot", "Jawaban unit", "Jawaban TPI", "Jawaban TPN", "Beda",
    "Nilai unit", "Nilai TPI", "Nilai TPN", "Catatan unit", "Catatan TPI", "Catatan TPN",
)  # fmt: skip
_WIDTHS = (14, 60, 9, 22, 22, 22, 24, 12, 12, 12, 50, 50, 50)
_MARKED = "FFE699"
Row = Sequence[str | Decimal | None]
Scores = Mapping[Layer, Score | None]
"""None for a layer that nobody filled yet: it has no points, not even 0."""
_NAMES = {Layer.UNIT: "unit", Layer.TPI: "TPI", Layer.TPN: "TPN"}


def layers_book(layers: Mapping[Layer, Filled], policies: Policies) -> "Workbook":
    """Return the workbook; points are those of the way that counts, an empty item is worth 0."""
    from openpyxl import Workbook  # noqa: PLC0415 - a tenth of a service's start, for one button
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415 - as above

    book = Workbook()
    sheet = book.create_sheet(TITLE, 0)
    del book["Sheet"]  # which every new workbook has
    bold, marked = Font(bold=True), PatternFill("solid", start_color=_MARKED, end_color=_MARKED)
    top = Alignment(vertical="top", wrap_text=True)
    for number, row in enumerate((HEAD, *layer_rows(layers, policies)), 1):
        is_head = number == 1 or row[0] not in lke_instrument().questions
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            if isinstance(value, Decimal):
                cell.value, cell.number_format = value, "0.00"
            elif value:
                write_text(cell, value)
            cell.alignment = top
            if is_head:
                cell.font = bold
            if row[6] and number > 1:
                cell.fill = marked
    for column, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(ord("A") + column)].width = width
    sheet.freeze_panes = "C2"
    return book


def layer_rows(layers: Mapping[Layer, Filled], policies: Policies) -> Iterator[Row]:
    """Yield a row for each node and item in the order of the sheet, the total last.

    A layer that nobody filled has no points.
    """
    scores = {
        layer: score(filled.answers, policies=policies) if filled.answers else None
        for layer, filled in layers.items()
    }
    for component in lke_instrument().components:
        for node in component.walk():
            yield _node_row(node, scores)
            for question in node.questions:
                yield _item_row(question.code, layers, scores)
    totals = [_points(one.total if one else None) for one in scores.values()]
    weight = lke_instrument().weight_of(TOTAL)
    yield (TOTAL, "Nilai evaluasi Zona Integritas", _exact(weight), *[None] * 4, *totals, *[None] * 3)


def _node_row(node: Node, scores: Scores) -> Row:
    points = [_points(one.nodes[node.code] if one else None) for one in scores.values()]
    return (node.code, node.name, _exact(node.weight), *[None] * 4, *points, *[None] * 3)


def _item_row(code: str, layers: Mapping[Layer, Filled], scores: Scores) -> Row:
    question = lke_instrument().questions[code]
    answers = {layer: filled.answers.get(code) for layer, filled in layers.items()}
    return (
        code,
        question.text,
        _exact(question.share),
        *(str(one) if one is not None else None for one in answers.values()),
        "; ".join(_differences({layer: one for layer, one in answers.items() if one is not None})),
        *(_points(one.questions[code] if one else None) for one in scores.values()),
        *(filled.notes.get(code) for filled in layers.values()),
    )


def _differences(answered: Mapping[Layer, Answer]) -> Iterator[str]:
    """Yield where a layer answers otherwise than the last one before it; a blank one says nothing."""
    told = list(answered.items())
    for (before, theirs), (layer, ours) in pairwise(told):
        if ours != theirs:
            yield f"{_NAMES[layer]} lain dari {_NAMES[before]}"


def _points(found: NodeScore | QuestionScore | None) -> Decimal | None:
    return None if found is None or found.points is None else Decimal(decimal12(found.points))


def _exact(value: Fraction) -> Decimal:
    return Decimal(decimal12(value))
