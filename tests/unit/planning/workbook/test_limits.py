"""A stranger's file is refused by name and never met by a parser inside the service."""

import subprocess
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.findings import Severity, of_refusal
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.workbook.layout import sheet_name
from services.planning.worksheets.workbook.reading import (
    WorkbookReading,
    interpret,
    read_workbook,
)
from shared.files.inspection.package import RefusedPackageError, check_package
from tests.support.lke import answers, case
from tests.support.workbook import Verbatim, official_cells, packed, workbook

RANDOM = case("06-random-1")["answers"]
VARIANTS = Path(__file__).parents[5] / "shared" / "data" / "lke" / "variants"
DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'


def refusal(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(RefusedPackageError) as refused:
        extract(content, sheet_name(), limits or Limits())
    return refused.value.reason


def test_a_good_file_is_read_in_the_limited_process() -> None:
    reading = read_workbook(workbook(RANDOM))
    assert reading.is_accepted
    assert reading.answers == answers(RANDOM)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"\xd0\xcf\x11\xe0" * 200])
def test_what_is_no_workbook_is_refused_in_one_sentence(content: bytes) -> None:
    reading = read_workbook(content)
    assert [(entry.severity, entry.reason) for entry in reading.findings] == [(Severity.ERROR, "not_xlsx")]
    assert reading.findings[0].message.startswith("Berkas bukan buku kerja Excel")


def test_a_truncated_file_is_refused() -> None:
    assert refusal(workbook(RANDOM)[:-200]) == "not_xlsx"


def test_a_file_above_the_packed_limit_is_refused_before_it_is_opened() -> None:
    assert refusal(b"x" * 11, Limits(packed_bytes=10)) == "too_large"
    assert read_workbook(b"x" * 11, Limits(packed_bytes=10)).findings[0].reason == "too_large"


def test_a_zip_bomb_is_stopped_while_it_streams() -> None:
    bomb = packed({}, members={"xl/media/zeros.bin": bytes(4 * 1024 * 1024)})
    assert len(bomb) < 20_000
    assert refusal(bomb, Limits(unpacked_bytes=1024 * 1024)) == "unpacked_too_large"


def test_too_many_members_are_refused() -> None:
    assert refusal(packed({}, members={f"xl/media/{n}": b"" for n in range(200)})) == "too_many_members"


@pytest.mark.parametrize(
    "members",
    [
        {"xl/vbaProject.bin": b"\0"},
        {"xl/macrosheets/sheet1.xml": b"<a/>"},
        {"xl/activeX/activeX1.bin": b"\0"},
        {
            "[Content_Types].xml": b'<Types><Override PartName="/xl/workbook.xml" '
            b'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
        },
    ],
)
def test_macros_are_refused(members: dict[str, bytes]) -> None:
    assert refusal(packed({}, members=members)) == "macros"


def test_external_links_are_refused() -> None:
    assert refusal(packed({}, members={"xl/externalLinks/externalLink1.xml": b"<a/>"})) == "external_links"


@pytest.mark.parametrize("dtd", [DTD, DTD.decode().encode("utf-16")])
@pytest.mark.parametrize("member", ["xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "_rels/.rels"])
def test_a_dtd_is_refused_in_any_part_and_encoding(member: str, dtd: bytes) -> None:
    assert refusal(packed({}, members={member: dtd})) == "dtd"


def test_broken_xml_is_refused() -> None:
    assert refusal(packed({}, members={"xl/worksheets/sheet2.xml": b"<worksheet>"})) == "not_xlsx"


def test_a_workbook_without_the_sheet_is_refused() -> None:
    reading = read_workbook(packed({"K2": "Jawaban"}, sheet="Sheet1"))
    assert reading.findings[0].message == (
        'Lembar "LKE ZI" atau "Jawaban" tidak ada di berkas ini; yang ada: Utama, Sheet1.'
    )


@pytest.mark.parametrize(
    ("cell", "reason", "until"),
    [("A401", "too_many_rows", "baris 400"), ("AA1", "too_many_columns", "kolom Z")],
)
def test_a_stray_note_far_out_names_its_cell(cell: str, reason: str, until: str) -> None:
    (found,) = read_workbook(workbook(RANDOM, {cell: "ingat tanda tangan"})).findings
    assert (found.reason, found.sheet, found.cell) == (reason, "LKE ZI", cell)
    assert found.row == int(cell.lstrip("A"))
    assert (
        found.message == f"LKE ZI!{cell}: sel ini berisi, padahal lembar dibaca sampai {until}; hapus isinya"
    )


STYLED = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/><numFmt numFmtId="x"/></numFmts>'
    b'<fonts><font><family val="52"/></font></fonts><fills><fill/></fills>'
    b'<cellXfs><xf numFmtId="0" fontId="9"/><xf numFmtId="170"/><xf/></cellXfs>'
    b'<cellStyles><cellStyle name=""/></cellStyles><dxfs><dxf><font><color rgb="zz"/></font></dxf></dxfs>'
    b"</styleSheet>"
)
ODD = {
    "fonts, fills and names": {"xl/styles.xml": STYLED},
    "no style at all": {"xl/styles.xml": b"<styleSheet/>"},
    "a date of creation that is none": {
        "docProps/core.xml": b'<coreProperties xmlns="http://schemas.openxmlformats.org/package/2006/metadata/'
        b'core-properties" xmlns:t="http://purl.org/dc/terms/"><t:created>kemarin</t:created></coreProperties>'
    },
    "a property of no kind": {
        "docProps/custom.xml": b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'custom-properties"><property pid="x"><lain/></property></Properties>'
    },
}


def odd_files() -> list[Any]:
    """Our own, and those that people had, of the shared folder when it is there."""
    own = [pytest.param(workbook(RANDOM, members=members), 113, id=name) for name, members in ODD.items()]
    return own + [
        pytest.param(path.read_bytes(), 113, id=path.stem) for path in sorted(VARIANTS.glob("*.xlsx"))
    ]


@pytest.mark.parametrize(("content", "answered"), odd_files())
def test_what_says_nothing_of_a_cell_keeps_no_file_out(content: bytes, answered: int) -> None:
    reading = read_in_process(content)
    assert reading.is_accepted, reading.findings
    assert len(reading.answers) == answered


def test_a_date_is_told_from_a_number_in_a_file_with_broken_styles() -> None:
    dated = workbook(RANDOM, {"K129": Verbatim("45000")}, members={"xl/styles.xml": STYLED})
    styled = _replaced(dated, "xl/worksheets/sheet2.xml", b'<c r="K129"', b'<c r="K129" s="1"')
    assert [entry.reason for entry in read_in_process(styled).errors] == ["date"]
    assert [entry.reason for entry in read_in_process(dated).errors] == []


def test_a_cell_that_stands_twice_is_an_error_at_its_place() -> None:
    row = b'<row r="300"><c r="B300"><v>1</v></c><c r="B300"><v>2</v></c></row>'
    content = _replaced(workbook(RANDOM), "xl/worksheets/sheet2.xml", b"</sheetData>", row + b"</sheetData>")
    (found,) = read_workbook(content).findings
    assert (found.severity, found.reason, found.sheet, found.cell) == (
        Severity.ERROR, "cell_twice", "LKE ZI", "B300",
    )  # fmt: skip


def test_a_cell_of_two_rows_of_one_number_stands_twice_too() -> None:
    row = b'<row r="300"><c r="B300"><v>1</v></c></row>'
    content = _replaced(
        workbook(RANDOM), "xl/worksheets/sheet2.xml", b"</sheetData>", 2 * row + b"</sheetData>"
    )
    assert [entry.cell for entry in read_workbook(content).findings] == ["B300"]


@pytest.mark.parametrize("number", ["1e308", "-1E+308", "1E300", "1E999"])
@pytest.mark.parametrize("cell", ["K129", "K202"])
def test_a_number_beyond_all_answers_is_named_as_it_stands(cell: str, number: str) -> None:
    (found,) = read_in_process(packed({**official_cells(RANDOM), cell: Verbatim(number)})).errors
    assert "#NUM!" not in found.message
    assert (found.cell, found.reason) == (cell, found.reason)
    assert found.value.casefold().lstrip("-")[:2] in {"1e", "in"}
    assert found.allowed


@pytest.mark.parametrize(
    ("cells", "reason", "cell"),
    [({"K2": None}, "header_missing", "A1"), ({"N2": "jawaban"}, "header_twice", "N2")],
)
def test_a_finding_of_the_whole_file_carries_sheet_and_place(
    cells: dict[str, Any], reason: str, cell: str
) -> None:
    (found,) = read_workbook(workbook(RANDOM, cells)).findings
    assert (found.reason, found.sheet, found.cell) == (reason, "LKE ZI", cell)


def _replaced(content: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """Return the package with a piece of one member replaced."""
    again = BytesIO()
    with ZipFile(BytesIO(content)) as package, ZipFile(again, "w") as target:
        for name in package.namelist():
            part = package.read(name)
            target.writestr(name, part.replace(old, new) if name == member else part)
    return again.getvalue()


def test_one_long_text_everywhere_is_refused() -> None:
    assert (
        refusal(packed({f"A{row}": "x" * 100 for row in range(1, 20)}), Limits(text_bytes=1000))
        == "too_much_text"
    )


def test_a_file_that_lies_about_its_dimension_is_read_whole() -> None:
    lying = b'<dimension ref="A1:A1"/><sheetData>'
    content = _replaced(workbook(RANDOM), "xl/worksheets/sheet2.xml", b"<sheetData>", lying)
    assert read_workbook(content).answers == answers(RANDOM)


@pytest.mark.parametrize("number", ["1E999", "-1E999", "9" * 4000, "1E-300", "1E299", "9" * 5000, "nan"])
@pytest.mark.parametrize("cell", ["K128", "K129", "K202", "H4", "L208"])
def test_no_number_breaks_the_reading(cell: str, number: str) -> None:
    content = packed({**official_cells(RANDOM), cell: Verbatim(number)})
    assert isinstance(read_in_process(content), WorkbookReading)


@pytest.mark.parametrize("text", ["9" * 30_000, "1," + "3" * 20_000, "=" * 1000, "\u0663", "1e5", "-", "%"])
@pytest.mark.parametrize("cell", ["K8", "K128", "K129", "K178", "K202", "H4", "L208", "O8"])
def test_no_text_breaks_the_reading(cell: str, text: str) -> None:
    reading = read_in_process(workbook(RANDOM, {cell: text}))
    assert reading.is_accepted is (cell in {"K128", "L208", "O8"})


def read_in_process(content: bytes) -> WorkbookReading:
    try:
        return interpret(extract(content, sheet_name(), Limits()))
    except RefusedPackageError as refused:
        return WorkbookReading(findings=(of_refusal(refused),))


def test_a_process_out_of_memory_refuses_the_file_and_nothing_else() -> None:
    reading = read_workbook(workbook(RANDOM), replace(Limits(), memory_bytes=16 * 1024 * 1024))
    assert [entry.reason for entry in reading.findings] == ["too_heavy"]


def test_a_process_out_of_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.run
    monkeypatch.setattr(
        "shared.files.confinement.running.subprocess.run",
        lambda command, **options: real([command[0], "-c", "import time; time.sleep(60)"], **options),
    )
    began = time.monotonic()
    reading = read_workbook(workbook(RANDOM), replace(Limits(), seconds=1))
    assert [entry.reason for entry in reading.findings] == ["too_heavy"]
    assert time.monotonic() - began < 20


def test_the_package_check_takes_the_official_parts() -> None:
    check_package(workbook(RANDOM), Limits())
    assert Limits() == Limits(10 * 2**20, 64 * 2**20, 200, 400, 26, 8 * 2**20, 512 * 2**20, 30)
