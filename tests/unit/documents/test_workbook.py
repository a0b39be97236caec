"""Text stays text in a workbook, and the same content is the same bytes."""

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from shared.documents.workbook import coded, decoded, packed, write_text

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
STARTS = ["=1+1", " =1", "+6", "-x", "@y", "\ta", "＝1", "＋1", "－1", "＠1", "\u00a0=1"]


def book(text: str) -> Workbook:
    made = Workbook()
    write_text(made.worksheets[0].cell(1, 1), text)
    return made


@pytest.mark.parametrize("text", STARTS)
def test_what_could_be_a_formula_is_text_with_a_quote_before_it(text: str) -> None:
    cell = load_workbook(BytesIO(packed(book(text), AT))).worksheets[0].cell(1, 1)
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_other_text_has_no_quote() -> None:
    cell = load_workbook(BytesIO(packed(book("SK = 1"), AT))).worksheets[0].cell(1, 1)
    assert (cell.value, cell.quotePrefix) == ("SK = 1", False)


@pytest.mark.parametrize("text", ["_x0041_", "a_x000D_b", "_x005F_", "a\rb", "_x004", "__x0041__", ""])
def test_what_looks_like_a_code_comes_back(text: str) -> None:
    assert decoded(coded(text)) == text


@pytest.mark.parametrize("text", ["_x0000_", "_xD800_", "_xFFFF_", "_x0007_", "_x001B_"])
def test_a_code_of_what_is_no_text_stays_a_code(text: str) -> None:
    assert decoded(text) == text
    assert coded("\x00\x07") == "_x0000__x0007_"


def test_a_code_is_stored_as_a_text_that_says_it() -> None:
    assert coded("_x0041_") == "_x005F_x0041_"
    assert coded("a\rb\tc\nd") == "a_x000D_b\tc\nd"


def test_a_file_carries_the_given_moment_and_no_other() -> None:
    first, again = (packed(book("a"), AT) for _ in range(2))
    assert first == again
    with ZipFile(BytesIO(first)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert core.count("2026-03-01T08:00:00Z") == 2
