"""Columns P and Q: names of evidence and their addresses become references of the item."""

from typing import Any

import pytest

from services.planning.evidence.domain import Form
from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.workbook.layout import sheet_name
from services.planning.worksheets.workbook.reading import interpret
from services.planning.worksheets.workbook.references import Cited
from tests.support.lke import case
from tests.support.workbook import Formula, linked_workbook

RANDOM = case("06-random-1")["answers"]
DRIVE, SITE = "https://drive.contoh.example/a?x=1&y=2", "http://contoh.example/b"


def cited(cells: dict[str, Any], links: dict[str, str] | None = None, code: str = "A.I.1.i.a") -> list[Cited]:
    reading = interpret(extract(linked_workbook(RANDOM, cells, links or {}), sheet_name(), Limits()))
    assert reading.is_accepted
    return list(reading.references.get(code, ()))


@pytest.mark.parametrize(
    ("cells", "links", "expected"),
    [
        ({}, {}, []),
        ({"P8": " SK Tim\nNotulen ", "Q8": " "}, {}, [("SK Tim", Form.TEXT, "SK Tim\nNotulen", "P8")]),
        ({"Q8": DRIVE}, {}, [(DRIVE[:200], Form.ADDRESS, DRIVE, "Q8")]),
        (
            {"P8": "SK Tim", "Q8": "Buka di sini"},
            {"Q8": DRIVE},
            [("SK Tim", Form.TEXT, "SK Tim", "P8"), ("Buka di sini", Form.ADDRESS, DRIVE, "Q8")],
        ),
        (
            {"P8": "SK Tim", "Q8": DRIVE},
            {"Q8": DRIVE},
            [("SK Tim", Form.TEXT, "SK Tim", "P8"), ("SK Tim", Form.ADDRESS, DRIVE, "Q8")],
        ),
        (
            {"Q8": f"1. {DRIVE}\n2. {SITE}."},
            {},
            [
                (f"1. {DRIVE}", Form.TEXT, f"1. {DRIVE}\n2. {SITE}.", "Q8"),
                (f"1. {DRIVE}", Form.ADDRESS, DRIVE, "Q8"),
                (f"1. {DRIVE}", Form.ADDRESS, SITE, "Q8"),
            ],
        ),
        ({"Q8": "arsip"}, {"Q8": "file:///D:/arsip"}, [("arsip", Form.TEXT, "file:///D:/arsip", "Q8")]),
        (
            {"Q8": Formula(f'HYPERLINK("{SITE}","Notulen")', "Notulen")},
            {},
            [("Notulen", Form.ADDRESS, SITE, "Q8")],
        ),
        ({"P8": 2024}, {}, [("2024", Form.TEXT, "2024", "P8")]),
    ],
)
def test_names_and_addresses_beside_an_item_are_read(
    cells: dict[str, Any], links: dict[str, str], expected: list[tuple[str, Form, str, str]]
) -> None:
    assert cited(cells, links) == [Cited(*one) for one in expected]


def test_what_stands_beside_the_counts_of_an_item_is_the_items() -> None:
    found = cited({"P128": "Daftar agen", "P129": "SK agen", "P130": "Daftar agen"}, code="A.II.1.i.a")
    assert [one.body for one in found] == ["Daftar agen", "SK agen"]


def test_a_column_that_has_another_header_is_no_evidence() -> None:
    assert cited({"O2": None, "P2": "Catatan/Keterangan/Penjelasan", "P8": "catatan"}) == []


def test_an_empty_column_and_a_lone_link_within_the_book_cite_nothing() -> None:
    assert cited({"P8": " - ", "Q8": "…"}) == []
