"""A stranger's file is refused by name and never met by a parser inside the service."""

import subprocess
import time
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest

from services.planning.inspection.package import RefusedPackageError, check_package
from services.planning.workbook.extract import extract
from services.planning.workbook.findings import Finding, Severity
from services.planning.workbook.layout import sheet_name
from services.planning.workbook.limits import Limits
from services.planning.workbook.reading import WorkbookReading, interpret, read_workbook
from tests.support.lke import answers, case
from tests.support.workbook import Verbatim, official_cells, packed, workbook

RANDOM = case("06-random-1")["answers"]
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
    assert reading.findings[0].message == 'Lembar "LKE ZI" tidak ada di berkas ini.'


def test_content_below_row_400_is_refused() -> None:
    assert refusal(packed({"A401": 1})) == "too_many_rows"


def test_content_beyond_column_z_is_refused() -> None:
    assert refusal(packed({"AA1": 1})) == "too_many_columns"


def test_one_long_text_everywhere_is_refused() -> None:
    assert (
        refusal(packed({f"A{row}": "x" * 100 for row in range(1, 20)}), Limits(text_bytes=1000))
        == "too_much_text"
    )


def test_a_file_that_lies_about_its_dimension_is_read_whole() -> None:
    content = workbook(RANDOM)
    with ZipFile(BytesIO(content)) as package:
        sheet = package.read("xl/worksheets/sheet2.xml")
    lying = sheet.replace(b"<sheetData>", b'<dimension ref="A1:A1"/><sheetData>')
    again = BytesIO()
    with ZipFile(BytesIO(content)) as package, ZipFile(again, "w") as target:
        for name in package.namelist():
            target.writestr(name, lying if name == "xl/worksheets/sheet2.xml" else package.read(name))
    assert read_workbook(again.getvalue()).answers == answers(RANDOM)


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
        return WorkbookReading(findings=(Finding(Severity.ERROR, refused.reason, refused.said),))


def test_a_process_out_of_memory_refuses_the_file_and_nothing_else() -> None:
    reading = read_workbook(workbook(RANDOM), replace(Limits(), memory_bytes=16 * 1024 * 1024))
    assert [entry.reason for entry in reading.findings] == ["too_heavy"]


def test_a_process_out_of_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.run
    monkeypatch.setattr(
        "services.planning.confinement.running.subprocess.run",
        lambda command, **options: real([command[0], "-c", "import time; time.sleep(60)"], **options),
    )
    began = time.monotonic()
    reading = read_workbook(workbook(RANDOM), replace(Limits(), seconds=1))
    assert [entry.reason for entry in reading.findings] == ["too_heavy"]
    assert time.monotonic() - began < 20


def test_the_package_check_takes_the_official_parts() -> None:
    check_package(workbook(RANDOM), Limits())
    assert Limits() == Limits(10 * 2**20, 64 * 2**20, 200, 400, 26, 8 * 2**20, 512 * 2**20, 30)
