"""Synthetic official workbooks: words of our own where the regulation's texts stand."""

from collections.abc import Mapping
from typing import Any

from shared.instruments.lke import Question, lke_instrument
from tests.support.workbook import packed


def question_of(code: str) -> str:
    return f"Pertanyaan contoh {code}"


def criteria_of(question: Question) -> str:
    """Return criteria as the sheet writes them: a line for each letter, or a sentence."""
    letters = list(question.scale.values) if question.scale else []
    if len(letters) < 3:
        return "Ya, jika contoh terpenuhi."
    return "\n".join(f"{letter.lower()}. Contoh {letter} dari {question.code}" for letter in letters)


def worded_cells(edition: str = "2021", *, left: int = 0) -> dict[str, Any]:
    """Return the cells of an edition's sheet, every column `left` places to the left of its own."""
    instrument = lke_instrument()
    layout = instrument.editions[edition].layout

    def at(column: str, row: int) -> str:
        return f"{chr(ord(column) - left)}{row}"

    header = 2 if edition == "2021" else 1
    cells: dict[str, Any] = {at("H", header): "Bobot", at("K", header): "Jawaban"}
    cells |= {at("H", row): weight for row, (_, weight) in instrument.weights_by_row(layout).items()}
    for code, question in instrument.questions.items():
        row = question.place.row_in(layout)
        cells[at("E" if code.startswith("B.") else "G", row)] = question_of(code)
        cells[at("I", row)] = criteria_of(question)
    return cells


def worded(edition: str = "2021", cells: Mapping[str, Any] | None = None, *, left: int = 0) -> bytes:
    """Return an edition's workbook as bytes; `cells` override, None empties."""
    sheet = lke_instrument().layouts[lke_instrument().editions[edition].layout]["sheet"]
    return packed({**worded_cells(edition, left=left), **(cells or {})}, sheet=str(sheet))
