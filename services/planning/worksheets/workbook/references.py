"""What agencies write beside the notes: names of evidence in column P, addresses in Q.

Nobody gave these columns a header; Source: lke.md section 11, import rule 5.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.planning.evidence.domain import MOST_TITLE, AddressInvalidError, Form, checked_address
from services.planning.spreadsheets.grid import address
from services.planning.worksheets.workbook.cells import AnswerCells
from services.planning.worksheets.workbook.layout import EVIDENCE_COLUMNS, LINK_COLUMN, rows_of
from shared.instruments.lke import lke_instrument
from shared.kernel import printable

KIND = "rujukan"
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER = ".,;:)]}'"
"""What ends a sentence ends no address."""


@dataclass(frozen=True, slots=True)
class Cited:
    """Words or an address beside an item, by the cell that holds it."""

    title: str
    form: Form
    body: str
    cell: str


def references(sheet: AnswerCells) -> Mapping[str, tuple[Cited, ...]]:
    """Return by question what its rows and those of its counts cite, each once; a blank one has no entry.

    An address is the target of a link or stands in the text; what is no http or https address stays words.
    """
    found: dict[str, tuple[Cited, ...]] = {}
    for question in lke_instrument().questions.values():
        cited = {(one.form, one.body): one for row in rows_of(question) for one in _of_row(sheet, row)}
        if cited:
            found[question.code] = tuple(cited.values())
    return found


def cited_beside(names: str, links: str, target: str) -> tuple[Cited, ...]:
    """Return what these texts of P and Q cite, where Q leads to `target`, each once; cells are not named."""
    name_column = next(column for column in EVIDENCE_COLUMNS if column != LINK_COLUMN)
    places = [
        _Place(name_column, "", names.strip(), ()),
        _Place(LINK_COLUMN, "", links.strip(), tuple(filter(None, [target]))),
    ]
    return tuple({(one.form, one.body): one for one in _of_places(places)}.values())


def is_without_address(text: str) -> bool:
    """Tell whether a text has something to read and no address in it."""
    return bool(_words(text)) and not _addresses(text)


class _Place(NamedTuple):
    """One cell of P or Q: its text, trimmed, and where it leads."""

    column: int
    cell: str
    text: str
    targets: tuple[str, ...]


def _of_row(sheet: AnswerCells, row: int) -> Iterator[Cited]:
    """Yield what P and Q of a row hold."""
    columns = sheet.columns
    known = {columns.weight, columns.answer, columns.points, columns.note}
    yield from _of_places(
        [
            _Place(column, address(column, row), sheet.text(row, column), _targets(sheet, row, column))
            for column in EVIDENCE_COLUMNS
            if column not in known
        ]
    )


def _of_places(places: Sequence[_Place]) -> Iterator[Cited]:
    """Yield what a row cites; words in Q that are linked only say what the address is called."""
    names = [_title(place.text) for place in places if _words(place.text)]
    for column, cell, text, linked in places:
        words = _words(text)
        if words and not (linked and column == LINK_COLUMN):
            yield Cited(_title(text), Form.TEXT, text, cell)
        for target in dict.fromkeys([*linked, *_addresses(text)]):
            yield _linked(_title(text) if words else next(iter(names), ""), target, cell)


def _targets(sheet: AnswerCells, row: int, column: int) -> tuple[str, ...]:
    """Return where a cell leads: by its link, or by a formula such as HYPERLINK."""
    link = sheet.grid.links.get((row, column), "").strip()
    cell = sheet.grid.cells.get((row, column))
    formula = "" if cell is None or cell.formula is None else cell.formula
    return (*filter(None, [link]), *_addresses(formula))


def _linked(title: str, target: str, cell: str) -> Cited:
    try:
        return Cited(title or _title(target), Form.ADDRESS, checked_address(target), cell)
    except AddressInvalidError:
        return Cited(title or _title(target), Form.TEXT, target, cell)


def _addresses(text: str) -> list[str]:
    return [found.rstrip(_AFTER) for found in _ADDRESS.findall(text)]


def _words(text: str) -> str:
    """Return a text without the addresses in it, empty when nothing is left to read."""
    left = _ADDRESS.sub(" ", text)
    return left.strip() if any(sign.isalnum() for sign in left) else ""


def _title(text: str) -> str:
    """Return the first line that says something, as long as a title may be."""
    line = next((line for line in text.splitlines() if line.strip()), text)
    return printable(" ".join(line.split()))[:MOST_TITLE].strip()
