"""Which cells of layout 2021 an export writes, and what an import reads of them."""

from typing import Any

import pytest

from services.planning.evidence.domain import Form
from services.planning.layers import Layer
from services.planning.worksheets.domain import ExportFormat, ImportMode
from services.planning.worksheets.exports import render
from services.planning.worksheets.workbook.beside import MOST_IN_CELL, beside, beyond
from services.planning.worksheets.workbook.merging import differences
from services.planning.worksheets.workbook.reading import WorkbookReading, read_workbook
from services.planning.worksheets.workbook.references import cited_beside
from services.planning.worksheets.workbook.totals import as_shown
from services.planning.worksheets.workbook.writing import BLANK, Entry, Filled, entries_of
from shared.instruments.lke import Answer, answers_of, blank_cells, parse_answers, score
from tests.support.exporting import evidence, exported, stored
from tests.support.lke import case

LHKPN, LHKASN = "A.II.5.iii.a", "A.II.5.iii.b"
PARTS = {"n1": 1, "n2": 10, "n3": 0, "n4": 10}
SUM = 'IF(OR(K179="",K180="",K181=""),"Blm Diisi",K179+K180+K181)'


def answer_cell(row: int, code: str, **counts: int) -> Entry:
    filled = Filled({code: Answer(inputs=counts)} if counts else {}, {}, {})
    return entries_of(filled)[row, "answer"]


def read(filled: Filled) -> WorkbookReading:
    return read_workbook(render(exported(unit=filled), ExportFormat.LAYOUT2021, Layer.UNIT))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, Entry("formula", SUM)),
        (PARTS, Entry("formula", SUM)),
        (PARTS | {"n0": 11}, Entry("formula", SUM)),
        (PARTS | {"n0": 10}, Entry("number", "10")),
        ({"n0": 0, "n4": 0}, Entry("number", "0")),
    ],
)
def test_the_lhkpn_total_is_typed_only_where_it_differs(counts: dict[str, int], expected: Entry) -> None:
    assert answer_cell(178, LHKPN, **counts) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, BLANK),
        ({"n1": 1, "n2": 2}, BLANK),
        (PARTS, Entry("formula", "K186+K187+K188")),
        (PARTS | {"n0": 11}, Entry("number", "11")),
        ({"n0": 5}, Entry("number", "5")),
    ],
)
def test_the_lhkasn_total_is_what_was_given_or_the_sum(counts: dict[str, int], expected: Entry) -> None:
    assert answer_cell(185, LHKASN, **counts) == expected


def test_a_sum_that_an_export_wrote_is_no_total_of_its_own() -> None:
    reading = read(Filled({LHKASN: Answer(inputs=PARTS)}, {}, {}))
    assert reading.answers[LHKASN] == Answer(inputs=PARTS)
    assert reading.findings == ()


def test_cells_of_formulas_belong_to_no_answer() -> None:
    entries = entries_of(Filled({}, {}, {}))
    percents = (128, 131, 154, 160, 171, 177, 184, 193)
    assert all((row, "answer") not in entries for row in percents)
    assert entries[169, "answer"] == BLANK


def test_what_excel_shows_follows_a_typed_total_and_workbook_mode_its_parts() -> None:
    typed = {LHKPN: Answer(inputs=PARTS | {"n0": 10})}
    shown = score(as_shown(typed), "workbook").questions[LHKPN]
    parts = score(typed, "workbook").questions[LHKPN]
    assert (str(shown.value), str(parts.value)) == ("1", "10/11")
    assert as_shown({LHKPN: Answer(inputs=PARTS)}) == {LHKPN: Answer(inputs=PARTS)}


@pytest.mark.parametrize("name", ["03-directorate", "06-random-1"])
def test_known_worksheets_come_back_whole(name: str) -> None:
    answers = {c: one for c, one in parse_answers(case(name)["answers"]).items() if one is not None}
    reading = read(Filled(answers, {}, {}))
    assert reading.errors == ()
    assert dict(reading.answers) == answers


@pytest.mark.parametrize("mode", ImportMode)
def test_a_total_that_its_parts_give_is_confirmed_and_not_erased(mode: ImportMode) -> None:
    filled = Filled({LHKPN: Answer(inputs=PARTS | {"n0": 11})}, {}, {})
    reading = read(filled)
    assert reading.answers[LHKPN] == Answer(inputs=PARTS), "where nothing is stored, the parts alone"
    assert differences(reading, stored(Layer.UNIT, filled), mode, "alasan") == ((), ())


def test_an_empty_worksheet_comes_back_empty() -> None:
    assert dict(read(Filled(answers_of(blank_cells()), {}, {})).answers) == {}


FILE = evidence(Form.FILE, "SK Tim.pdf")
WORDS = evidence(Form.TEXT, "Notulen", "Notulen rapat\nhttps://contoh.example/n")
LINK = evidence(Form.ADDRESS, "Foto", "https://contoh.example/foto")
OTHER = evidence(Form.ADDRESS, "Peta", "https://contoh.example/peta")


def test_one_address_is_a_link_under_its_name_and_several_are_lines() -> None:
    alone, both = beside([FILE, WORDS, LINK]), beside([LINK, OTHER])
    assert (alone.names, alone.links, alone.target) == (
        "SK Tim.pdf\nNotulen rapat\nhttps://contoh.example/n", "Foto", "https://contoh.example/foto",
    )  # fmt: skip
    assert (both.links, both.target) == ("https://contoh.example/foto\nhttps://contoh.example/peta", "")


def test_more_evidence_than_a_cell_holds_is_told_by_titles_and_a_number() -> None:
    words = [evidence(Form.TEXT, f"Bukti {n}", f"{n}" + "x" * 4_000) for n in range(10)]
    links = [evidence(Form.ADDRESS, f"{n}", f"https://contoh.example/{n}" + "y" * 1_900) for n in range(50)]
    shown = beside([*words, *links])
    assert shown.names.splitlines() == [f"Bukti {n}" for n in range(10)]
    assert len(shown.links) <= MOST_IN_CELL
    assert shown.links.splitlines()[-1] == "dan 33 tautan lain"


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("", []),
        ("\nBerita acara", ["Berita acara"]),
        ("\nLihat https://contoh.example/baru", ["Lihat https://contoh.example/baru"]),
    ],
)
def test_only_what_people_add_beside_an_item_is_new(typed: str, left: list[Any]) -> None:
    stored = [FILE, WORDS, LINK]
    shown = beside(stored)
    cited = cited_beside(shown.names + typed, shown.links, shown.target)
    words = [one.body for one in beyond(cited, stored) if one.form is Form.TEXT]
    assert words == left


def test_lines_of_evidence_that_came_later_do_not_make_old_ones_new() -> None:
    shown = beside([FILE])
    assert beyond(cited_beside(shown.names, "", ""), [WORDS, FILE, LINK]) == ()
