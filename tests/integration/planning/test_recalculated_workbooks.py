"""What a spreadsheet program shows of our workbooks is what workbook mode says it shows, cell by cell."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.planning.layers import Layer
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.domain import ExportFormat
from services.planning.worksheets.export.filling import ABOUT_SHEET, fill
from services.planning.worksheets.export.template import template
from services.planning.worksheets.exports import fill_template, render
from services.planning.worksheets.workbook.layout import points_by_row, sheet_name
from services.planning.worksheets.workbook.totals import as_shown
from services.planning.worksheets.workbook.writing import Filled, entries_of
from shared.documents.workbook import packed
from shared.indonesian import number
from shared.instruments.lke import TOTAL, Answer, lke_instrument, score
from tests.support.exporting import exported
from tests.support.lke import shared_workbooks
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


def official_books(sheets: Mapping[str, Mapping[str, Answer]], template: bytes) -> dict[str, bytes]:
    """Return each worksheet in a given workbook, filled as a stranger's."""
    limits = Limits()
    return {
        name: fill_template(exported(unit=Filled(answers, {}, {})), Layer.UNIT, template, limits)
        for name, answers in sheets.items()
    }


def given_books() -> list[Any]:
    """Return our own workbook, and the official ones of the shared folder when it is there."""
    own = packed(template({}), AT)
    official = [pytest.param(path.read_bytes(), id=path.stem) for path in shared_workbooks()]
    return [pytest.param(own, id="own"), *official]


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
    sheets = {str(seed): random_answers(seed, in_any_case=True) for seed in SEEDS}
    totals = [score(as_shown(answers), "workbook").total for answers in sheets.values()]
    assert {total.error for total in totals} >= {None, "#DIV/0!"}
    books = recalculated(own_books(sheets), tmp_path)
    wrong = {name: list(differing(books[name], answers)) for name, answers in sheets.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("given", given_books())
def test_a_given_workbook_shows_what_workbook_mode_says(tmp_path: Path, given: bytes) -> None:
    sheets = {str(seed): random_answers(seed) for seed in (1, 4, 17)}
    books = recalculated(official_books(sheets, given), tmp_path)
    wrong = {name: list(differing(books[name], answers)) for name, answers in sheets.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_what_the_added_sheet_says_of_excel_is_what_excel_shows(tmp_path: Path) -> None:
    sheets = {str(seed): random_answers(seed) for seed in range(8)}
    books = {}
    for name, answers in sheets.items():
        filled = Filled(answers, {}, {})
        for layer in (Layer.UNIT, Layer.TPI):
            state = exported(unit=filled) if layer is Layer.UNIT else exported(tpi=filled)
            books[f"{name}-{layer}"] = render(state, ExportFormat.LAYOUT2021, layer)
    for name, content in recalculated(books, tmp_path).items():
        said = column(content, ABOUT_SHEET, "B")[10].split(" di sel")[0]
        shown = column(content, sheet_name(), "L")[208]
        assert said == (shown if isinstance(shown, str) else number(Decimal(repr(shown)))), name
