"""Reading layout 2021: rows by map, every finding at once and by cell, nothing guessed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.findings import Finding
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.workbook.layout import sheet_name
from services.planning.worksheets.workbook.reading import WorkbookReading, interpret
from shared.files.inspection.package import RefusedPackageError
from shared.instruments.lke import Answer, score
from tests.support.lke import answers, case, shared_workbooks
from tests.support.workbook import ExcelError, Formula, official_cells, packed, workbook

DIRECTORATE = case("06-kspstk-2024-answers")["answers"]
RANDOM = case("06-random-1")["answers"]


def read(content: bytes) -> WorkbookReading:
    """Read in this process, as the reading process does in its own."""
    return interpret(extract(content, sheet_name(), Limits()))


def with_cells(**cells: Any) -> WorkbookReading:
    return read(workbook(RANDOM, cells))


def finding(reading: WorkbookReading, reason: str) -> Finding:
    found = [entry for entry in reading.findings if entry.reason == reason]
    assert len(found) == 1, [entry.message for entry in reading.findings]
    return found[0]


def filled(raws: dict[str, Any]) -> dict[str, Answer]:
    return {code: answer for code, answer in answers(raws).items() if answer is not None}


@pytest.mark.parametrize("raws", [DIRECTORATE, RANDOM], ids=["directorate", "random"])
def test_the_answers_of_a_workbook_are_read_as_they_were_written(raws: dict[str, Any]) -> None:
    reading = read(workbook(raws))
    assert reading.is_accepted
    assert reading.answers == filled(raws)


@pytest.mark.parametrize("raws", [DIRECTORATE, RANDOM], ids=["directorate", "random"])
def test_every_stored_point_agrees_with_our_workbook_mode(raws: dict[str, Any]) -> None:
    comparisons = read(workbook(raws)).comparisons
    assert len(comparisons) == 66
    assert all(entry.agrees for entry in comparisons)


def known_workbooks() -> list[Any]:
    """Our own workbooks, and the official ones of the shared folder when it is there."""
    totals = {"kspstk-2024": "92.4368256090315", "random-1": "65.2527378241619"}
    own = {"kspstk-2024": workbook(DIRECTORATE), "random-1": workbook(RANDOM)}
    found = [pytest.param(content, totals[name], id=f"own-{name}") for name, content in own.items()]
    for path in shared_workbooks():
        name = path.stem.removeprefix("workbook-2021-")
        found.append(pytest.param(path.read_bytes(), totals[name], id=f"official-{name}"))
    return found


@pytest.mark.parametrize(("content", "total"), known_workbooks())
def test_known_workbooks_agree_to_the_last_cell(content: bytes, total: str) -> None:
    reading = read(content)
    assert reading.is_accepted
    assert reading.total is not None
    assert reading.total.file_points is not None
    assert abs(reading.total.file_points - Decimal(total)) < Decimal("1e-9")
    assert [entry.cell for entry in reading.comparisons if not entry.agrees] == []


def test_a_blank_cell_is_no_answer() -> None:
    reading = read(workbook(DIRECTORATE))
    assert {"A.I.2.i.a", "A.I.4.i.c", "A.I.6.ii.b"}.isdisjoint(reading.answers)
    assert len(reading.answers) == 110


def test_every_answer_names_its_cell() -> None:
    cells = read(workbook(RANDOM)).cells
    assert (cells["A.I.1.i.a"], cells["A.II.5.iii.a"], cells["B.II.a"]) == ("K8", "K177", "K205")


def test_a_finding_names_sheet_cell_item_value_and_what_is_allowed() -> None:
    entry = finding(with_cells(K57="E", K58="E"), "outside_scale")
    assert entry.message == 'LKE ZI!K58 (A.I.3.v.a): "E" bukan pilihan A/B/C/D'
    assert (entry.row, entry.value, entry.allowed) == (58, "E", "A/B/C/D")


@pytest.mark.parametrize("letter", ["a", " A", "A\u00a0", "\u00a0a "])
def test_letters_are_trimmed_and_folded(letter: str) -> None:
    assert with_cells(K58=letter).answers["A.I.3.v.a"] == Answer(letter="A")


def test_all_findings_come_at_once() -> None:
    reading = with_cells(K8="Mungkin", K129=-1, K130=1.5, K202=4.5, K203=True, K205=ExcelError("#N/A"))
    assert [(entry.cell, entry.reason) for entry in reading.errors] == [
        ("K8", "outside_scale"),
        ("K129", "negative"),
        ("K130", "fractional"),
        ("K202", "out_of_range"),
        ("K203", "boolean"),
        ("K205", "excel_error"),
    ]
    assert not reading.is_accepted


def test_a_count_finding_names_its_input() -> None:
    said = 'LKE ZI!K129 (A.II.1.i.a.n1): "-1" bukan bilangan bulat 0 atau lebih'
    assert finding(with_cells(K129=-1), "negative").message == said


@pytest.mark.parametrize("text", ["3,71", "3.71"])
def test_an_index_as_text_takes_comma_or_point(text: str) -> None:
    assert with_cells(K202=text).answers["B.I.a"] == Answer(index=Decimal("3.71"))


def test_an_index_is_read_without_binary_dust() -> None:
    assert with_cells(K202=3.59).answers["B.I.a"] == Answer(index=Decimal("3.59"))


def test_a_count_with_a_separator_is_ambiguous() -> None:
    assert finding(with_cells(K172="1.234"), "ambiguous").cell == "K172"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (ExcelError("#REF!"), "excel_error"),
        (date(2024, 3, 1), "date"),
        (True, "boolean"),
        (Formula("1+1"), "formula_without_value"),
        (Formula("1/0", ExcelError("#DIV/0!")), "excel_error"),
    ],
)
@pytest.mark.parametrize("cell", ["K8", "K129", "K202"])
def test_what_cannot_be_read_is_an_error_and_never_zero_or_blank(cell: str, value: Any, reason: str) -> None:
    reading = with_cells(**{cell: value})
    assert finding(reading, reason) in reading.errors


def test_a_formula_gives_its_stored_value_and_a_warning() -> None:
    reading = with_cells(K129=Formula("3+4", 7))
    assert reading.answers["A.II.1.i.a"] == Answer(inputs={"n1": 7, "n2": 7})
    assert finding(reading, "formula").cell == "K129"
    assert reading.is_accepted


def test_the_lhkpn_total_typed_over_its_formula_is_n0() -> None:
    typed = with_cells(K178=40).answers["A.II.5.iii.a"].inputs
    formula = with_cells().answers["A.II.5.iii.a"].inputs
    assert typed == {"n0": 40, "n1": 1, "n2": 17, "n3": 13, "n4": 31}
    assert formula == {"n1": 1, "n2": 17, "n3": 13, "n4": 31}


def test_the_lhkasn_total_is_n0() -> None:
    assert with_cells(K185=30).answers["A.II.5.iii.b"].inputs == {
        "n0": 30,
        "n1": 2,
        "n2": 14,
        "n3": 11,
        "n4": 0,
    }


def test_a_total_unlike_its_parts_is_a_warning_at_its_item() -> None:
    entry = finding(with_cells(K178=40), "total_unlike_parts")
    assert (entry.cell, entry.severity) == ("K177", "warning")


def test_a_total_without_its_parts_is_a_warning_at_its_item() -> None:
    entry = finding(with_cells(K185=30, K186=None, K187=None, K188=None), "total_alone")
    assert (entry.code, entry.severity) == ("A.II.5.iii.b", "warning")
    assert "total_alone" not in [one.reason for one in with_cells(K185=30).findings]


@pytest.mark.parametrize(
    ("typed", "agrees"),
    [
        (0.742, True),
        ("74%", True),
        ("74,19%", True),
        ("74.19 %", True),
        (0.75, False),
        ("75%", False),
        (74.19, False),
        (1, False),
        ("1%", False),
        ("hampir", False),
    ],
)
def test_a_typed_percentage_is_only_compared_at_its_own_precision(typed: Any, agrees: bool) -> None:
    reading = with_cells(K171=typed)  # 23/31
    assert reading.answers["A.II.5.ii.a"] == Answer(inputs={"n1": 31, "n2": 8, "n3": 23})
    assert ("percent_differs" not in [entry.reason for entry in reading.findings]) is agrees
    assert reading.is_accepted


@pytest.mark.parametrize("typed", [1, "100%", "100,00%"])
def test_one_is_a_hundred_percent(typed: Any) -> None:
    assert "percent_differs" not in [entry.reason for entry in with_cells(K177=typed).findings]


def test_a_percentage_without_counts_is_a_remark_and_no_answer() -> None:
    reading = with_cells(K171="100%", K172=None, K173=None, K174=None)
    assert "A.II.5.ii.a" not in reading.answers
    assert finding(reading, "percent_without_inputs").severity == "remark"


def test_partial_counts_are_kept_but_not_answered() -> None:
    reading = with_cells(K173=None)
    assert reading.answers["A.II.5.ii.a"] == Answer(inputs={"n1": 31, "n3": 23})
    assert score(reading.answers).questions["A.II.5.ii.a"].state == "partial"


def test_a_count_of_zero_is_not_blank() -> None:
    inputs = with_cells(K155=0, K156=0, K157=0).answers["A.II.3.iii.a"].inputs
    assert inputs == {"n1": 0, "n2": 0, "n3": 0}


def test_an_answer_in_a_row_without_item_is_remarked() -> None:
    entry = finding(with_cells(K90="Ya"), "row_without_item")
    assert (entry.cell, entry.severity) == ("K90", "remark")


def test_signatures_below_the_table_are_nobodys_answer() -> None:
    assert with_cells(K219="ttd").findings == with_cells().findings


def test_the_two_swapped_letters_of_the_sheet_are_read_by_row() -> None:
    reading = with_cells(F123="c.", F124="b.", K123="Tidak", K124="C")
    assert reading.answers["A.I.6.v.b"] == Answer(letter="Tidak")
    assert reading.answers["A.I.6.v.c"] == Answer(letter="C")


def test_notes_are_read_and_those_beside_counts_join_their_item() -> None:
    notes = with_cells(O8=" SK nomor 1 ", O171="rekap", O172="dari aplikasi").notes
    assert notes == {"A.I.1.i.a": "SK nomor 1", "A.II.5.ii.a": "rekap\ndari aplikasi"}


def test_a_note_without_an_answer_still_names_its_cell() -> None:
    reading = with_cells(K8=None, O8="menyusul")
    assert (reading.notes["A.I.1.i.a"], reading.cells["A.I.1.i.a"]) == ("menyusul", "K8")


def test_stored_points_that_differ_are_remarked() -> None:
    entry = finding(with_cells(L208=Formula("SUM(1)", 70)), "points_differ")
    assert entry.message.startswith("LKE ZI!L208 (TOTAL): nilai tersimpan 70, hitungan kami")


def test_a_file_saved_without_values_has_nothing_to_compare() -> None:
    reading = with_cells(L208=Formula("SUM(L198,L206)"))
    assert reading.total is not None
    assert reading.total.agrees is None


def test_excels_error_agrees_with_ours() -> None:
    reading = read(workbook(RANDOM | {"A.I.3.v.a": None}))
    assert reading.total is not None
    assert (reading.total.file_error, reading.total.agrees) == ("#DIV/0!", True)


def test_a_letter_excel_takes_for_blank_is_compared_as_blank_but_read_as_answer() -> None:
    spaced = RANDOM | {"A.I.3.v.a": None}
    reading = read(workbook(spaced, {"K58": "A "}))
    assert reading.answers["A.I.3.v.a"] == Answer(letter="A")
    assert reading.total is not None
    assert reading.total.agrees


@pytest.mark.parametrize(("cell", "value"), [("H57", 0.7), ("H200", None), ("H4", "60")])
def test_a_weight_that_differs_refuses_the_sheet(cell: str, value: Any) -> None:
    reading = with_cells(**{cell: value})
    entry = finding(reading, "weight_differs")
    assert (entry.cell, entry.severity) == (cell, "error")
    assert reading.answers == {}


def test_rows_shifted_by_one_are_refused_in_one_sentence() -> None:
    cells = official_cells(RANDOM)
    shifted = {f"{address[0]}{int(address[1:]) + 1}": value for address, value in cells.items()}
    reading = read(packed(shifted))
    (found,) = reading.findings
    assert found.message == (
        'LKE ZI!H4 (A): bobot "" seharusnya 60 dan 61 bobot lain berbeda; '
        "susunan baris bukan tata letak 2021 (baris disisipkan, dihapus, atau bobot diubah); "
        "lembar di berkas ini: Utama, LKE ZI"
    )
    assert reading.answers == {}


def test_one_inserted_row_is_told_where_the_rows_begin_to_differ() -> None:
    cells = {}
    for place, value in official_cells(RANDOM).items():
        row = int(place[1:])
        cells[f"{place[0]}{row + (row >= 57)}"] = value
    (found,) = read(packed(cells)).findings
    assert (found.reason, found.sheet, found.cell, found.code) == (
        "weight_differs",
        "LKE ZI",
        "H57",
        "A.I.3.v",
    )


def test_columns_are_found_by_header_wherever_they_stand() -> None:
    swapped = {"H": "K", "K": "H"}
    cells = official_cells(RANDOM)
    moved = {swapped.get(address[0], address[0]) + address[1:]: value for address, value in cells.items()}
    reading = read(packed(moved))
    assert reading.answers == filled(RANDOM)
    assert reading.cells["A.I.1.i.a"] == "H8"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"K2": None}, "header_missing"),
        ({"K2": None, "K6": "Jawaban"}, "header_missing"),
        ({"N2": "jawaban"}, "header_twice"),
    ],
)
def test_a_sheet_without_its_header_is_refused(cells: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedPackageError) as refused:
        with_cells(**cells)
    assert refused.value.reason == reason
