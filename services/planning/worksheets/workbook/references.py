"""What agencies write beside the notes: in layout 2021 names of evidence in column P, addresses in Q.

Nobody gave these columns a header; PortalRB's sheet has one for both.
Source: lke.md section 11, import rule 5.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.planning.evidence.domain import MOST_TITLE, AddressInvalidError, Form, checked_address
from services.planning.spreadsheets.grid import address
from services.planning.worksheets.workbook.cells import AnswerCells
from services.planning.worksheets.workbook.layout import rows_of
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
        rows = rows_of(question, sheet.layout)
        cited = {(one.form, one.body): one for row in rows for one in _of_row(sheet, row)}
        if cited:
            found[question.code] = tuple(cited.values())
    return found


def cited_beside(names: str, links: str, target: str) -> tuple[Cited, ...]:
    """Return what these texts of P and Q cite, where Q leads to `target`, each once; cells are not named."""
    places = [
        _Place("", names.strip(), (), is_link=False),
        _Place("", links.strip(), tuple(filter(None, [target])), is_link=True),
    ]
    return tuple({(one.form, one.body): one for one in _of_places(places)}.values())


def is_without_address(text: str) -> bool:
    """Tell whether a text has something to read and no address in it."""
    return bool(_words(text)) and not addresses_in(text)


class _Place(NamedTuple):
    """One cell beside an item: its text, trimmed, and where it leads; `is_link` in the column for that."""

    cell: str
    text: str
    targets: tuple[str, ...]
    is_link: bool


def _of_row(sheet: AnswerCells, row: int) -> Iterator[Cited]:
    """Yield what the columns for evidence hold in a row."""
    columns = ((sheet.columns.names, False), (sheet.columns.links, True))
    yield from _of_places(
        [
            _Place(
                address(column, row), sheet.text(row, column), _targets(sheet, row, column), is_link=is_link
            )
            for column, is_link in columns
            if column is not None
        ]
    )


def _of_places(places: Sequence[_Place]) -> Iterator[Cited]:
    """Yield what a row cites; words in Q that are linked only say what the address is called."""
    names = [_title(place.text) for place in places if _words(place.text)]
    for cell, text, linked, is_link in places:
        words = _words(text)
        if words and not (linked and is_link):
            yield Cited(_title(text), Form.TEXT, text, cell)
        for target in dict.fromkeys([*linked, *addresses_in(text)]):
            yield _linked(_title(text) if words else next(iter(names), ""), target, cell)


def _targets(sheet: AnswerCells, row: int, column: int) -> tuple[str, ...]:
    """Return where a cell leads: by its link, or by a formula such as HYPERLINK."""
    link = sheet.grid.links.get((row, column), "").strip()
    cell = sheet.grid.cells.get((row, column))
    formula = "" if cell is None or cell.formula is None else cell.formula
    return (*filter(None, [link]), *addresses_in(formula))


def _linked(title: str, target: str, cell: str) -> Cited:
    try:
        return Cited(title or _title(target), Form.ADDRESS, checked_address(target), cell)
    except AddressInvalidError:
        return Cited(title or _title(target), Form.TEXT, target, cell)


def addresses_in(text: str) -> list[str]:
    """Return the http and https addresses in a text, without what ends a sentence."""
    return [found.rstrip(_AFTER) for found in _ADDRESS.findall(text)]


def _words(text: str) -> str:
    """Return a text without the addresses in it, empty when nothing is left to read."""
    left = _ADDRESS.sub(" ", text)
    return left.strip() if any(sign.isalnum() for sign in left) else ""


def _title(text: str) -> str:
    """Return the first line that says something, as long as a title may be."""
    line = next((line for line in text.splitlines() if line.strip()), text)
    return printable(" ".join(line.split()))[:MOST_TITLE].strip()
