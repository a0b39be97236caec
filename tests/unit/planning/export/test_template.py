"""Our workbook in layout 2021: cell by cell what the official one is, but for labels and texts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.limits import Limits
from services.planning.wording.domain import Wording
from services.planning.worksheets.export.template import template
from services.planning.worksheets.workbook.layout import rows_of, sheet_name
from services.planning.worksheets.workbook.reading import interpret
from shared.documents.workbook import packed
from shared.instruments.lke import lke_instrument
from tests.support.lke import shared_workbooks

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
ROWS = range(2, 209)
OFFICIAL = [pytest.param(path, id=path.stem) for path in shared_workbooks()]


@pytest.fixture(scope="module")
def ours() -> "Worksheet":
    return opened(packed(template({}), AT))


def opened(content: bytes) -> "Worksheet":
    return load_workbook(BytesIO(content))[sheet_name()]


def values(sheet: "Worksheet", columns: str) -> dict[str, Any]:
    found = {}
    for row in ROWS:
        for column in columns:
            value = sheet[f"{column}{row}"].value
            if value is not None:
                found[f"{column}{row}"] = value
    return found


def formulas(sheet: "Worksheet") -> dict[str, str]:
    return {
        place: value
        for place, value in values(sheet, "KLM").items()
        if isinstance(value, str) and value.startswith("=")
    }


def choices(sheet: "Worksheet") -> dict[str, tuple[str, ...]]:
    """Return what each answer cell of an item takes."""
    return {
        f"K{row}": (rule.type, str(rule.formula1))
        for rule in sheet.data_validations.dataValidation
        for cells in rule.sqref.ranges
        for row in range(cells.min_row, cells.max_row + 1)
    }


def answer_cells() -> set[str]:
    return {f"K{row}" for question in lke_instrument().questions.values() for row in rows_of(question)}


def open_answers(sheet: "Worksheet") -> set[str]:
    """Return what can be typed into; K121 is no answer, though the official sheet leaves it open."""
    return {f"K{row}" for row in ROWS if not sheet[f"K{row}"].protection.locked} - {"K121"}


@pytest.mark.parametrize(
    ("cell", "formula"),
    [
        ("L175", "=AVERAGE(L176:L179)*H175"),
        ("L176", "=AVERAGE(L177:L182)*H176"),
        ("L198", "=SUM(L125,L5)"),
        ("L100", "=SUM(L101,L106,L117,L121,L113)"),
        ("L168", "=AVERAGE(L169:L169)*H168"),
        ("L89", "=AVERAGE(L90:L93)*H89"),
        ("L202", '=IF(K202="","Blm Diisi",K202/4)*H202'),
        ("L208", "=SUM(L198,L206)"),
        ("K171", '=IF(OR(K172="",K174="",K173=""),"Blm Diisi",IF(K174/K172>1,1,K174/K172))'),
        ("K178", '=IF(OR(K179="",K180="",K181=""),"Blm Diisi",K179+K180+K181)'),
        ("K184", '=IF(OR(K185="",K189=""),"Blm Diisi",IF(K189/K185>1,1,K189/K185))'),
        ("M4", "=L4/H4"),
    ],
)
def test_oddities_of_the_official_formulas_are_kept(ours: "Worksheet", cell: str, formula: str) -> None:
    assert ours[cell].value == formula


@pytest.mark.parametrize("cell", ["M158", "M176", "M183", "K185", "L199"])
def test_what_is_empty_officially_is_empty(ours: "Worksheet", cell: str) -> None:
    assert ours[cell].value is None


def test_locked_are_formulas_and_the_two_cells_beside_them(ours: "Worksheet") -> None:
    assert {"K128", "K169", "K178", "K185"}.isdisjoint(open_answers(ours))
    assert {"K8", "K129", "K179", "K202"} <= open_answers(ours)
    assert ours.protection.sheet


@pytest.mark.parametrize("path", OFFICIAL)
def test_every_formula_is_the_official_one(ours: "Worksheet", path: Any) -> None:
    assert formulas(ours) == formulas(opened(path.read_bytes()))


@pytest.mark.parametrize("path", OFFICIAL)
def test_weights_scales_headers_and_number_formats_are_the_official_ones(
    ours: "Worksheet", path: Any
) -> None:
    official = opened(path.read_bytes())
    assert values(ours, "HJ") == values(official, "HJ")
    assert [ours.cell(2, column).value for column in range(2, 18)] == [
        official.cell(2, column).value for column in range(2, 18)
    ]
    for place in answer_cells() | formulas(ours).keys():
        assert ours[place].number_format == official[place].number_format


@pytest.mark.parametrize("path", OFFICIAL)
def test_answer_cells_take_and_lock_what_the_official_ones_do(ours: "Worksheet", path: Any) -> None:
    official = opened(path.read_bytes())
    assert open_answers(ours) == open_answers(official)
    theirs = choices(official)
    assert choices(ours) == {place: theirs[place] for place in choices(ours)}
    unchecked = open_answers(ours) - choices(ours).keys()
    assert unchecked == open_answers(official) - theirs.keys()


def test_the_same_state_gives_the_same_bytes() -> None:
    assert packed(template({}), AT) == packed(template({}), AT)


def test_an_empty_workbook_of_ours_is_read_without_a_finding() -> None:
    reading = interpret(extract(packed(template({}), AT), sheet_name(), Limits()))
    assert reading.findings == ()
    assert dict(reading.answers) == {}


def test_official_texts_stand_where_they_were_loaded_and_are_never_formulas() -> None:
    loaded: Mapping[str, Wording] = {"A.I.1.i.a": Wording("=1+1", "@SUM(A1)\nYa, jika ada.")}
    sheet = opened(packed(template(loaded), AT))
    assert [(cell.value, cell.data_type) for cell in (sheet["G8"], sheet["I8"])] == [
        ("=1+1", "s"),
        ("@SUM(A1)\nYa, jika ada.", "s"),
    ]
    assert sheet["G8"].quotePrefix
    assert sheet["G9"].value == "Anggota tim diseleksi lewat prosedur jelas dan mewakili unsur unit"


def every_text(sheet: "Worksheet") -> Iterator[str]:
    for row in sheet.iter_rows():
        yield from (cell.value for cell in row if isinstance(cell.value, str))


@pytest.mark.parametrize("path", OFFICIAL)
def test_no_official_text_is_in_our_workbook(ours: "Worksheet", path: Any) -> None:
    official = opened(path.read_bytes())
    texts = {official[f"G{row}"].value for row in ROWS} | {official[f"I{row}"].value for row in ROWS[1:]}
    found = {text for text in texts if text and len(text) > 30 and not text.startswith("=")}
    assert found.isdisjoint(set(every_text(ours)))
