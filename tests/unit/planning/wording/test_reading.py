"""Official texts are read by the row map of their layout, all of them or none, every fault by its cell."""

from typing import Any

import pytest

from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.findings import Severity
from services.planning.spreadsheets.limits import Limits
from services.planning.wording.domain import MOST_TEXT, Wording, changed, cleaned, options
from services.planning.wording.reading import WordingReading, interpret, read_texts
from shared.files.inspection.package import RefusedPackageError
from shared.instruments.lke import lke_instrument
from tests.support.lke import shared_workbooks
from tests.support.wording import criteria_of, question_of, worded, worded_cells
from tests.support.workbook import ExcelError, Formula, packed

ABC, YA, PERCENT, RESULT = "A.I.1.i.b", "A.I.1.i.a", "A.II.1.i.a", "B.I.b"
SHEETS = {"2021": "LKE ZI", "2026": "Jawaban"}


def reading_of(content: bytes, edition: str = "2021") -> WordingReading:
    return interpret(extract(content, SHEETS[edition], Limits()), edition)


@pytest.mark.parametrize(("edition", "left"), [("2021", 0), ("2026", 0), ("2026", 1)])
def test_every_item_has_its_texts_by_the_rows_of_its_layout(edition: str, left: int) -> None:
    reading = reading_of(worded(edition, left=left), edition)
    assert reading.findings == ()
    assert reading.texts == {
        code: Wording(question_of(code), criteria_of(question))
        for code, question in lke_instrument().questions.items()
    }


@pytest.mark.parametrize(
    ("cell", "value", "code", "reason", "severity"),
    [
        ("G9", None, ABC, "question_missing", Severity.ERROR),
        ("G9", " \n ", ABC, "question_missing", Severity.ERROR),
        ("E203", None, RESULT, "question_missing", Severity.ERROR),
        ("I9", None, ABC, "criteria_missing", Severity.REMARK),
        ("I128", None, PERCENT, "criteria_missing", Severity.REMARK),
        ("I9", 3, ABC, "not_text", Severity.ERROR),
        ("I9", ExcelError("#REF!"), ABC, "not_text", Severity.ERROR),
        ("I9", Formula("G8", "Teks"), ABC, "not_text", Severity.ERROR),
        ("I9", "a" * (MOST_TEXT + 1), ABC, "text_too_long", Severity.ERROR),
    ],
)
def test_a_text_that_is_none_is_named_by_its_cell(
    cell: str, value: Any, code: str, reason: str, severity: Severity
) -> None:
    found = reading_of(worded(cells={cell: value})).findings
    first = found[0]
    assert (first.reason, first.severity, first.cell, first.code, first.sheet) == (
        reason,
        severity,
        cell,
        code,
        "LKE ZI",
    )


def test_all_faults_are_told_at_once_in_the_order_of_the_sheet() -> None:
    reading = reading_of(worded(cells={"E203": None, "G9": None, "I8": 1}))
    assert [finding.cell for finding in reading.errors] == ["I8", "G9", "E203"]


def test_moved_rows_are_one_sentence_and_no_text_is_taken() -> None:
    reading = reading_of(worded(cells={"H4": 1, "H5": 2}))
    (wrong,) = reading.findings
    assert (wrong.reason, wrong.cell, reading.texts) == ("weight_differs", "H4", {})
    assert "dan 1 bobot lain berbeda" in wrong.said


def test_a_sheet_of_another_edition_or_without_its_header_is_refused_by_name() -> None:
    other = read_texts(worded("2026"), "2021", Limits())
    assert [finding.reason for finding in other.errors] == ["sheet_missing"]
    assert "Jawaban" in other.errors[0].said
    bare = {cell: value for cell, value in worded_cells().items() if cell != "H2"}
    with pytest.raises(RefusedPackageError, match='"Bobot" tidak ada di baris 1-5') as refused:
        reading_of(packed(bare))
    assert refused.value.reason == "header_missing"


def test_a_strangers_file_is_read_in_a_process_of_its_own_and_refused_in_a_sentence() -> None:
    refused = read_texts(b"PK\x03\x04" + bytes(64), "2021", Limits())
    assert ([one.reason for one in refused.errors], refused.texts) == (["not_xlsx"], {})
    assert read_texts(worded(), "2021", Limits()).texts[YA].question == question_of(YA)


def test_an_official_workbook_has_all_texts_but_one_and_every_scale_splits() -> None:
    """The official ones are read where they lie; their words are nowhere kept."""
    official = [path.read_bytes() for path in shared_workbooks()]
    for content in (worded(cells={"I131": None}), *official):
        reading = read_texts(content, "2021", Limits())
        found = [(finding.cell, finding.reason) for finding in reading.findings]
        assert found == [("I131", "criteria_missing")]
        split = {code: set(options(code, one.criteria)) for code, one in reading.texts.items()}
        scales = {code: question.scale for code, question in lke_instrument().questions.items()}
        lettered = {code: set(scale.values) for code, scale in scales.items() if scale}
        assert {code: letters for code, letters in split.items() if letters} == {
            code: letters for code, letters in lettered.items() if "Ya" not in letters
        }


@pytest.mark.parametrize(
    ("code", "criteria", "letters"),
    [
        (ABC, "a. Satu\nb. Dua\nc. Tiga", {"A": "Satu", "B": "Dua", "C": "Tiga"}),
        (ABC, "A) Satu\nB.Dua\nc . Tiga", {"A": "Satu", "B": "Dua", "C": "Tiga"}),
        (ABC, "a. Satu\nlanjut\nb. Dua\nc. Tiga", {"A": "Satu\nlanjut", "B": "Dua", "C": "Tiga"}),
        (ABC, "a. Satu\nb. Dua", {}),
        (ABC, "a. Satu\nb. Dua\nc. Tiga\nd. Empat", {}),
        (ABC, "a. Satu\nc. Tiga\nb. Dua", {}),
        (ABC, "a. Satu\na. Dua\nb. Tiga\nc. Empat", {}),
        (ABC, "Pilih:\na. Satu\nb. Dua\nc. Tiga", {}),
        (ABC, "", {}),
        (YA, "Ya, jika terpenuhi", {}),
        (PERCENT, "a. Satu", {}),
    ],
)
def test_criteria_split_by_letter_only_beyond_doubt(
    code: str, criteria: str, letters: dict[str, str]
) -> None:
    assert options(code, criteria) == letters


def test_a_cells_text_loses_its_odd_blanks_and_nothing_else() -> None:
    assert (
        cleaned(" a.  Satu\u00a0dua \r\n\n\tb. Tiga_x000D_\nc. \x07Empat ")
        == "a. Satu dua\nb. Tiga\nc. Empat"
    )


def test_changed_are_items_with_new_or_other_texts() -> None:
    before = {YA: Wording("Satu", ""), ABC: Wording("Dua", "a. b")}
    after = {YA: Wording("Satu", ""), ABC: Wording("Dua", "a. c"), RESULT: Wording("Tiga", "")}
    assert changed(before, after) == [ABC, RESULT]
    assert changed({}, before) == [YA, ABC]
