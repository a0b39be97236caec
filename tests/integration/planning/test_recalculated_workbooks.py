"""What a spreadsheet program shows of our workbooks is what workbook mode says it shows, cell by cell."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.planning.worksheets.export.filling import fill
from services.planning.worksheets.export.template import template
from services.planning.worksheets.workbook.layout import points_by_row, sheet_name
from services.planning.worksheets.workbook.totals import as_shown
from services.planning.worksheets.workbook.writing import Filled, entries_of
from shared.documents.workbook import packed
from shared.instruments.lke import TOTAL, Answer, lke_instrument, score
from tests.support.office import column, recalculated
from tests.support.worksheets import random_answers

AT = datetime(2026, 1, 1, tzinfo=UTC)
SEEDS = range(120)
TOLERANCE = 1e-9


def own_books(sheets: Mapping[str, Mapping[str, Answer]]) -> dict[str, bytes]:
    """Return each worksheet in our own workbook, which is drawn once and filled anew for each."""
    book = template({})
    found = {}
    for name, answers in sheets.items():
        fill(book[sheet_name()], entries_of(Filled(answers, {}, {})))
        found[name] = packed(book, AT)
    return found


def expected(answers: Mapping[str, Answer]) -> dict[int, Any]:
    """Return what column L shows by row: a number, an error by its code, or the text of a blank item."""
    result, instrument = score(as_shown(answers), "workbook"), lke_instrument()
    shown: dict[int, Any] = {}
    for row, code in points_by_row().items():
        node = result.total if code == TOTAL else result.nodes.get(code) or result.questions[code]
        shown[row] = node.error or node.points
    for code, item in result.questions.items():
        if instrument.nodes[instrument.questions[code].parent].level == "indicator":
            shown[instrument.questions[code].place.workbook_row] = item.error or item.value
    return {row: "Blm Diisi" if value is None else value for row, value in shown.items()}


def differing(book: bytes, answers: Mapping[str, Answer]) -> Iterator[str]:
    shown = column(book, sheet_name(), "L")
    for row, ours in expected(answers).items():
        theirs = shown.get(row)
        if isinstance(ours, str) or not isinstance(theirs, int | float):
            is_same = theirs == ours
        else:
            is_same = abs(theirs - float(ours)) <= TOLERANCE
        if not is_same:
            yield f"L{row}: shows {theirs}, we say {ours}"


def test_every_cell_of_random_worksheets_shows_what_workbook_mode_says(tmp_path: Path) -> None:
    sheets = {str(seed): random_answers(seed) for seed in SEEDS}
    totals = [score(as_shown(answers), "workbook").total for answers in sheets.values()]
    assert {total.error for total in totals} >= {None, "#DIV/0!"}
    books = recalculated(own_books(sheets), tmp_path)
    wrong = {name: list(differing(books[name], answers)) for name, answers in sheets.items()}
    assert {name: found for name, found in wrong.items() if found} == {}
