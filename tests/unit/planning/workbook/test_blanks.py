"""What a workbook leaves blank deletes nothing that is stored; what it says otherwise, it says aloud."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.planning.layers import Layer
from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.grid import Grid
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.domain import AnswerVersion, Draft, ImportMode
from services.planning.worksheets.workbook.layout import LHKPN_TOTAL_ROW, find_columns
from services.planning.worksheets.workbook.merging import Change, Kept, differences
from services.planning.worksheets.workbook.reading import WorkbookReading, interpret
from shared.instruments.lke import Answer, Question, lke_instrument
from tests.support.lke import case
from tests.support.workbook import SHEET, Formula, official_cells, packed

RAWS = case("06-kspstk-2024-answers")["answers"]
WRITTEN_AT = datetime(2026, 3, 2, tzinfo=UTC)


def rows(question: Question) -> list[int]:
    """Return the rows of a question and of its counts."""
    counts = [entry.place.workbook_row for entry in question.inputs]
    total = question.optional_total
    return [question.place.workbook_row, *counts, *([] if total is None else [total.place.workbook_row])]


def filled() -> Grid:
    """Return a sheet in which every answer, count and note cell says something."""
    cells = official_cells(RAWS)
    cells |= {
        f"O{row}": f"catatan {row}"
        for question in lke_instrument().questions.values()
        for row in rows(question)
    }
    return extract(packed(cells), SHEET, Limits())


def without(grid: Grid, *places: tuple[int, int]) -> WorkbookReading:
    return interpret(
        replace(grid, cells={place: cell for place, cell in grid.cells.items() if place not in places})
    )


def stored(reading: WorkbookReading) -> list[AnswerVersion]:
    """Return what an import of this reading into an empty layer leaves there."""
    changes, kept = differences(reading, [])
    assert kept == ()
    return [
        AnswerVersion(Layer.UNIT, number, change.draft, "somebody", WRITTEN_AT)
        for number, change in enumerate(changes, 1)
    ]


def one(draft: Draft) -> list[AnswerVersion]:
    return [AnswerVersion(Layer.UNIT, 1, draft, "somebody", WRITTEN_AT)]


def clearable(grid: Grid) -> Iterator[tuple[int, int]]:
    """Yield the place of every filled answer, count and note cell."""
    columns = find_columns(grid)
    assert columns.note is not None
    for question in lke_instrument().questions.values():
        for row in rows(question):
            for column in (columns.answer, columns.note):
                if (row, column) in grid.cells and row != LHKPN_TOTAL_ROW:
                    yield row, column


def test_no_cell_that_is_cleared_deletes_anything() -> None:
    grid = filled()
    before = stored(interpret(grid))
    places = list(clearable(grid))
    assert len(places) > 250
    for place in places:
        changes, _ = differences(without(grid, place), before)
        assert changes == (), f"clearing row {place[0]}, column {place[1]} changed {changes}"


def test_counts_that_are_cleared_are_named_with_their_cell_and_kept_beside_new_ones() -> None:
    before = one(Draft("A.II.1.i.a", Answer(inputs={"n1": 4, "n2": 3})))
    place = {entry.key: entry.place.workbook_row for entry in lke_instrument().questions["A.II.1.i.a"].inputs}
    grid = extract(packed(official_cells({"A.II.1.i.a": {"n1": 5}})), SHEET, Limits())
    changes, kept = differences(interpret(grid), before)
    assert [(change.before, change.draft.answer) for change in changes] == [
        (Answer(inputs={"n1": 4, "n2": 3}), Answer(inputs={"n1": 5, "n2": 3}))
    ]
    assert kept == (Kept("A.II.1.i.a", "n2", f"K{place['n2']}", "3"),)


def test_a_reason_erases_what_is_blank_and_stands_with_the_answer() -> None:
    before = one(Draft("A.II.1.i.a", Answer(inputs={"n1": 4, "n2": 3})))
    grid = extract(packed(official_cells({"A.II.1.i.a": {"n1": 4}})), SHEET, Limits())
    changes, kept = differences(interpret(grid), before, ImportMode.REPLACE, "salah isi")
    assert [(change.draft.answer, change.draft.reason) for change in changes] == [
        (Answer(inputs={"n1": 4}), "salah isi")
    ]
    assert kept == ()


@pytest.mark.parametrize(
    ("stored_answer", "given", "expected", "kept_fields"),
    [
        (None, {"n1": 4, "n2": 3}, {"n1": 4, "n2": 3}, []),
        ({"n1": 5}, {"n1": 4, "n2": 3}, {"n1": 5, "n2": 3}, ["n1"]),
        ({"n1": 5, "n2": 2}, {"n1": 4, "n2": 3}, None, ["n1", "n2"]),
        ({"n1": 4, "n2": 3}, {"n1": 4, "n2": 3}, None, []),
    ],
)
def test_filling_adds_counts_and_overwrites_none(
    stored_answer: dict[str, int] | None,
    given: dict[str, int],
    expected: dict[str, int] | None,
    kept_fields: list[str],
) -> None:
    code = "A.II.1.i.a"
    before = one(Draft(code, Answer(inputs=stored_answer) if stored_answer else None))
    grid = extract(packed(official_cells({code: given})), SHEET, Limits())
    changes, kept = differences(interpret(grid), before, ImportMode.FILL)
    written = [change.draft.answer for change in changes if change.draft.item_code == code]
    assert written == ([] if expected is None else [Answer(inputs=expected)])
    assert [entry.field for entry in kept] == kept_fields


def test_filling_leaves_answer_and_note_as_they_are_and_says_what_the_workbook_says_otherwise() -> None:
    code, blank = "A.I.1.i.a", "A.I.1.i.b"
    before = one(Draft(code, Answer(letter="Ya"), note="lama"))
    cells = official_cells({code: "Tidak", blank: "A"}) | {"O8": "baru", "O9": "catatan"}
    changes, kept = differences(interpret(extract(packed(cells), SHEET, Limits())), before, ImportMode.FILL)
    assert [(change.draft.item_code, change.draft.note) for change in changes] == [(blank, "catatan")]
    assert kept == (Kept(code, "value", "K8", "Ya"), Kept(code, "note", None, "lama"))


def test_a_count_that_is_new_needs_no_reason() -> None:
    before = one(Draft("A.II.1.i.a", Answer(inputs={"n1": 4})))
    grid = extract(packed(official_cells({"A.II.1.i.a": {"n1": 4, "n2": 3}})), SHEET, Limits())
    (change,), _ = differences(interpret(grid), before, ImportMode.REPLACE, "apa pun")
    assert (change.draft.answer, change.draft.reason) == (Answer(inputs={"n1": 4, "n2": 3}), None)


def test_a_typed_total_gives_way_to_the_sheets_own_sum() -> None:
    """The formula of K178 is no blank: it says that the total is the sum of its parts."""
    question = next(one for one in lke_instrument().questions.values() if one.optional_total is not None)
    counts = {entry.key: 2 for entry in question.inputs}
    before = one(Draft(question.code, Answer(inputs=counts | {"n0": 50})))
    cells = official_cells({question.code: counts})
    for total, expected in ((Formula("K179+K180+K181", 6), counts), (None, counts | {"n0": 50})):
        grid = extract(packed(cells | {f"K{LHKPN_TOTAL_ROW}": total}), SHEET, Limits())
        changes, _ = differences(interpret(grid), before)
        assert [dict(c.draft.answer.inputs or {}) for c in changes if c.draft.answer] == (
            [] if total is None else [expected]
        )


def note_change(file: dict[str, str | None], note: str) -> tuple[tuple[Change, ...], tuple[Kept, ...]]:
    """Import note cells over a stored note of A.II.1.i.a."""
    cells = official_cells({"A.II.1.i.a": {"n1": 4, "n2": 3}}) | file
    before = one(Draft("A.II.1.i.a", Answer(inputs={"n1": 4, "n2": 3}), note=note))
    return differences(interpret(extract(packed(cells), SHEET, Limits())), before)


@pytest.mark.parametrize(
    ("first", "second", "expected", "lines_kept"),
    [
        ("satu", None, None, ["dua"]),  # a cell was cleared: nothing changes
        ("baru", None, "baru\nsatu\ndua", ["satu", "dua"]),  # which line the blank held, nobody can tell
        ("satu", "tiga", "satu\ntiga", []),  # written over, not cleared
        (None, None, None, []),
    ],
)
def test_a_note_keeps_the_lines_whose_cells_are_blank(
    first: str | None, second: str | None, expected: str | None, lines_kept: list[str]
) -> None:
    head, *counts = rows(lke_instrument().questions["A.II.1.i.a"])
    changes, kept = note_change({f"O{head}": first, f"O{counts[0]}": second}, "satu\ndua")
    assert [change.draft.note for change in changes] == ([] if expected is None else [expected])
    assert [change.note_before for change in changes] == ["satu\ndua"] * len(changes)
    assert [entry.value for entry in kept] == lines_kept


def test_an_index_that_is_blank_stays() -> None:
    before = one(Draft("B.I.a", Answer(index=Decimal("3.71"))))
    grid = extract(packed(official_cells({"A.I.1.i.a": "Ya"})), SHEET, Limits())
    changes, _ = differences(interpret(grid), before)
    assert [change.draft.item_code for change in changes] == ["A.I.1.i.a"]
