"""Rows that people take away cannot act in a spreadsheet, and come back as they were."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from shared.documents.rows import Cell, csv_file, plain, xlsx_file

HEAD = ("Unit", "Nilai")
ROWS: Sequence[Sequence[Cell]] = (
    ("=1+1", Decimal("73.90")),
    ('Kantor "A", B\nC', 0),
    ("Kantor Biasa", None),
)


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@a", "\t=1", "\r1", "\n1", "  =1", "\u00a0=1", "＝1", "＠a"]
)
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert plain(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Kantor", "3,55 dari 3,60", "A-1", "  Kantor", "'=1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert plain(text) == text


def test_a_csv_file_has_a_header_and_quotes_what_it_must() -> None:
    content = csv_file(HEAD, ROWS)
    assert content.startswith(b"\xef\xbb\xbfUnit;Nilai\r\n")
    found = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert found == [["Unit", "Nilai"], ["'=1+1", "73,90"], ['Kantor "A", B\nC', "0"], ["Kantor Biasa", ""]]


def test_a_workbook_holds_numbers_as_numbers_and_no_formula() -> None:
    sheet = load_workbook(io.BytesIO(xlsx_file("Papan", HEAD, ROWS))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    values = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert values == [["Unit", "Nilai"], ["'=1+1", 73.9], ['Kantor "A", B\nC', 0], ["Kantor Biasa", None]]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
