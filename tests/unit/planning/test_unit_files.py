"""What a file of units says, and what is wrong with it, cell by cell."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from services.planning.spreadsheets.listing import MOST_FINDINGS, Finding, typed
from services.planning.units import tree
from services.planning.units.domain import Unit
from services.planning.units.files.columns import shown
from services.planning.units.files.domain import Line, UnitFile, compare
from services.planning.units.files.reading import read_unit_file, unit_file_limits
from shared.kernel import Zone
from tests.support.unit_files import csv_file, xlsx_file

LIMITS = unit_file_limits(packed_bytes=1024**2, seconds=30)
HEAD = ("Kode unit", "Nama unit")


def read(content: bytes) -> UnitFile:
    return read_unit_file(content, LIMITS)


def only(content: bytes) -> Finding:
    (finding,) = read(content).findings
    return finding


@pytest.mark.parametrize(
    "content",
    [
        csv_file(HEAD, ("a", "Kantor A")),
        csv_file(HEAD, ("a", "Kantor A"), delimiter=","),
        csv_file(("unit_id", "NAME"), ("a", "Kantor A"), delimiter="\t"),
        b"\xef\xbb\xbf" + csv_file(("  kode   UNIT", "nama"), ("a", " Kantor A ")),
        csv_file((), HEAD, (), ("a", "Kantor A"), ()),
        b"\xef\xbb\xbfsep=;\r\n" + csv_file(HEAD, ("a", "Kantor A")),
        xlsx_file(HEAD, ("a", "Kantor A")),
        xlsx_file(("Nama unit", "Kode unit"), ("Kantor A", "a")),
    ],
    ids=("semicolon", "comma", "english", "bom", "blank", "announced", "xlsx", "order"),
)
def test_both_kinds_of_file_say_the_same_however_they_are_laid_out(content: bytes) -> None:
    found = read(content)
    assert found.findings == ()
    assert [(line.unit_id, line.given) for line in found.lines] == [("a", {"name": "Kantor A"})]


def test_every_column_is_read_as_what_it_is() -> None:
    head = (*HEAD, "Jenis unit", "Eselon", "Pelayanan publik", "Zona waktu", "Wilayah", "Kode induk", "Aktif")
    row = ("a", "Kantor A", "upt", "ii", "Tidak", "wit", "Papua", "b", "YA")
    (line,) = read(csv_file(head, row)).lines
    assert line.given == {
        "name": "Kantor A",
        "unit_type": "upt",
        "echelon": "II",
        "has_service_function": False,
        "zone": Zone.WIT,
        "region": "Papua",
        "parent_id": "b",
        "is_active": True,
    }


def test_an_empty_cell_empties_what_may_be_empty_and_leaves_the_rest() -> None:
    (line,) = read(csv_file((*HEAD, "Eselon", "Wilayah", "Kode induk"), ("a", "A", "", "", ""))).lines
    assert line.given == {"name": "A", "region": None, "parent_id": None}


def test_numbers_and_truths_of_a_spreadsheet_are_read() -> None:
    (line,) = read(xlsx_file((*HEAD, "Aktif", "Pelayanan publik"), (4711, "A", True, 0))).lines
    assert (line.unit_id, line.given["is_active"], line.given["has_service_function"]) == (
        "4711",
        True,
        False,
    )


CELLS: list[Any] = [
    (csv_file(("Kode unti", "Nama unit"), ("a", "A")), "header_unknown", "A1", "Kode unit"),
    (csv_file((*HEAD, "Eselon", "echelon"), ("a", "A", "I", "I")), "header_twice", "D1", ""),
    (csv_file((*HEAD, ""), ("a", "A", "x")), "header_missing", "C2", "Kode unit, "),
    (csv_file((*HEAD, "Zona waktu"), ("a", "A", "WIBB")), "zone_unknown", "C2", "WIB, WITA, WIT"),
    (csv_file((*HEAD, "Eselon"), ("a", "A", "VI")), "echelon_unknown", "C2", "I, II, III, IV, V"),
    (csv_file((*HEAD, "Active"), ("a", "A", "T")), "not_yes_or_no", "C2", "ya, tidak"),
    (csv_file((*HEAD, "Aktif"), ("a", "A", "mungkin")), "not_yes_or_no", "C2", "ya, tidak"),
    (csv_file(HEAD, ("a b", "A")), "unit_id_invalid", "A2", "1-64"),
    (csv_file(HEAD, ("a", "")), "cell_empty", "B2", "1-200"),
    (csv_file(HEAD, ("a", "A" * 201)), "text_too_long", "B2", "1-200"),
    (csv_file((*HEAD, "Kode induk"), ("a", "A", "a")), "parent_cycle", "C2", ""),
    (csv_file((*HEAD, "Alamat"), ("a", "A", "x")), "header_unknown", "C1", "Kode unit, "),
    (xlsx_file(("DAFTAR UNIT",), HEAD, ("a", "A")), "header_missing", "1", ""),
    (xlsx_file(HEAD, (1.5, "A")), "not_text", "A2", "1-64"),
    (xlsx_file(HEAD, (12345678901234567, "A")), "not_text", "A2", "1-64"),
    (xlsx_file(HEAD, ("a", "=1+1")), "formula_without_value", "B2", "1-200"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code", "cell", "allowed"),
    CELLS,
    ids=[one[1] for one in CELLS],
)
def test_a_fault_names_its_cell_and_what_would_be_right(
    content: bytes, code: str, cell: str, allowed: str
) -> None:
    finding = only(content)
    assert (finding.code, finding.cell) == (code, cell)
    assert finding.allowed.startswith(allowed)


def test_a_title_above_the_headers_and_a_column_of_no_use_are_told_with_what_to_do() -> None:
    assert "di baris 2; hapus" in only(xlsx_file(("DAFTAR UNIT",), HEAD, ("a", "A"))).said
    assert "hapus kolomnya" in only(csv_file(("No", *HEAD), ("1", "a", "A"))).said
    assert "bukan namanya" in only(csv_file((*HEAD, "Kode induk"), ("a", "A", "Kantor Induk"))).said


def test_a_second_sheet_with_units_is_not_passed_by_in_silence() -> None:
    def workbook(first: tuple[str, ...]) -> bytes:
        book = Workbook()
        sheets = [book.active, *(book.create_sheet() for _ in range(3))]
        told: list[list[tuple[str, ...]]] = [[first, ("a", "A")], [HEAD, ("b", "B")], [], [HEAD]]
        for sheet, rows in zip(sheets, told, strict=True):
            for row in rows:
                sheet.append(row)
        sheets[3].sheet_state = "hidden"
        sheets[1]["ZZ1"] = "far from what is read, and no reason to refuse the rest"
        target = BytesIO()
        book.save(target)
        return target.getvalue()

    (warning,) = compare(read(workbook(HEAD)), {}, frozenset(), "a1").warnings
    assert (warning.code, warning.cell) == ("sheets_unread", "")
    assert "; 1 lembar lain" in warning.said
    finding = only(workbook(("Petunjuk",)))
    assert finding.code == "header_missing"
    assert "lembar pertama" in finding.said


FILES: list[Any] = [
    ("Kode unit;Nama unit\na;Kantor é\n".encode("latin-1"), "not_utf8", "Baris 2 bukan UTF-8"),
    ("Kode unit;Nama unit\n".encode("utf-16"), "not_utf8", "CSV UTF-8"),
    (b'Kode unit;Nama unit\na;"A\n', "not_csv", "Tanda kutip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old_excel", ".xlsx"),
    (b"PK\x03\x04broken", "not_xlsx", "Excel"),
    (b"", "file_empty", "kosong"),
    (csv_file(HEAD), "file_empty", "Tidak ada unit"),
    (csv_file(*[("x",) * 16] * 2), "too_many_columns", "15"),
    (csv_file(HEAD, *[("a", "b")] * 20_001), "too_many_rows", "20001"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code", "said"),
    FILES,
    ids=[one[1] for one in FILES],
)
def test_a_file_that_cannot_be_read_says_what_to_do(content: bytes, code: str, said: str) -> None:
    finding = only(content)
    assert (finding.code, finding.row) == (code, None)
    assert said in finding.said


def test_what_a_spreadsheet_would_compute_is_written_as_text_and_read_back() -> None:
    for name in ("=1+1", "+62", "-a", "@x", "'=a", "''=a", "'a", "a=b", "＝1", "＠x", "'　＋1"):
        assert typed(shown(name)) == name
        assert shown(name)[0] not in "=+-@＝＋－＠"


def test_a_number_whose_zeros_are_only_shown_is_no_id() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEAD)
    sheet.append((123, "A"))
    sheet["A2"].number_format = "00000"
    sheet.append((124, "B"))
    target = BytesIO()
    book.save(target)
    found = read(target.getvalue())
    assert [(one.code, one.cell) for one in found.findings] == [("not_text", "A2")]
    assert [line.unit_id for line in found.lines] == ["124"]


def test_a_formula_whose_result_is_an_empty_text_is_an_empty_cell() -> None:
    content = xlsx_file((*HEAD, "Wilayah"), ("a", "A", '=""'))
    target = BytesIO()
    with ZipFile(BytesIO(content)) as before, ZipFile(target, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name.endswith("sheet1.xml"):
                part = re.sub(rb'<c r="C2"[^>]*>', b'<c r="C2" t="str">', part)
            after.writestr(name, part)
    (line,) = read(target.getvalue()).lines
    assert line.given == {"name": "A", "region": None}


def test_of_a_wholly_wrong_file_the_first_findings_are_kept_and_the_rest_is_counted() -> None:
    head = (*HEAD, "Eselon")
    file = read(csv_file(head, *((f"u{number}", "A", "x") for number in range(MOST_FINDINGS + 7))))
    assert (len(file.findings), file.further) == (MOST_FINDINGS, 7)
    plan = compare(file, {}, frozenset(), "a1")
    assert (len(plan.findings), plan.findings_count) == (MOST_FINDINGS, MOST_FINDINGS + 7)


def test_a_long_text_is_no_header_that_anything_is_near_to() -> None:
    assert only(csv_file(("Kode unit" * 7, *HEAD), ("", "a", "A"))).allowed.startswith("Kode unit, ")


def test_the_row_of_a_parent_counts_though_another_of_its_cells_is_wrong() -> None:
    head = (*HEAD, "Zona waktu", "Kode induk")
    rows = [("top", "Pusat", "Wulan", ""), ("a", "A", "WIB", "top"), ("top", "Lagi", "WIB", "")]
    plan = compare(read(csv_file(head, *rows)), {"top": unit("top")}, frozenset(), "a1")
    assert [(one.code, one.cell) for one in plan.findings] == [("zone_unknown", "C2"), ("unit_twice", "A4")]
    assert plan.left_out == 0
    fresh = compare(read(csv_file(head, *rows[:2])), {}, frozenset(), "a1")
    assert [one.code for one in fresh.findings] == ["zone_unknown"]


@pytest.mark.parametrize(
    ("present", "ids", "near"),
    [
        (["00123"], ["123"], ["00123"]),
        (["kantor-a"], ["KANTOR-A"], ["kantor-a"]),
        (["1.10"], ["1.1"], ["1.10"]),
        (["1.10"], ["1.1", "1.10"], []),
        (["b-007-x"], ["B-7-x"], ["b-007-x"]),
        ([], ["k-01", "k-1"], ["k-1", "k-01"]),
        (["00123", "123"], ["123", "00123"], []),
        (["k-10"], ["k-1"], []),
    ],
)
def test_a_new_id_that_a_spreadsheet_made_of_another_is_found(
    present: list[str], ids: list[str], near: list[str]
) -> None:
    file = UnitFile(
        tuple(Line(row, one, {"name": "N"}) for row, one in enumerate(ids, 2)), (), {"unit_id": "A"}
    )
    plan = compare(file, {one: unit(one) for one in present}, frozenset(), "a1")
    assert [one.allowed for one in plan.findings] == near
    assert all("Mungkin yang dimaksud" in one.said for one in plan.findings)


def test_a_new_unit_that_is_called_as_a_registered_one_is_warned_of() -> None:
    lines = (Line(2, "new", {"name": "Kantor"}), Line(3, "old", {"name": "Kantor"}))
    plan = compare(UnitFile(lines, (), {"name": "B"}), {"old": unit("old", name="Kantor")}, frozenset(), "a1")
    assert [(one.code, one.cell) for one in plan.warnings] == [("name_taken", "B2")]
    assert "old" in plan.warnings[0].said
    assert plan.findings == ()


def test_a_name_or_a_region_that_a_file_says_nearly_twice_is_warned_of() -> None:
    told = [
        ("a", "Kantor", "Jawa Tengah"),
        ("b", "kantor ", "Jawa Tengah"),
        ("c", "C", "Jawa Tengh"),
        ("d", "D", "jawa  tengah"),
        ("e", "E", "Sulawesi Tengah"),
        ("f", "F", "Sulawesi Tengah"),
        ("g", "G", "Sulawesi Tenggara"),
        ("h", "H", None),
    ]
    lines = tuple(
        Line(row, one, {"name": name, "region": region}) for row, (one, name, region) in enumerate(told, 2)
    )
    plan = compare(UnitFile(lines, (), {"name": "B", "region": "C"}), {}, frozenset(), "a1")
    assert [(one.code, one.cell) for one in plan.warnings] == [
        ("name_twice", "B3"),
        ("region_lookalike", "C4"),
        ("region_lookalike", "C5"),
    ]
    assert plan.findings == ()
    registered = {change.after.unit_id: change.after for change in plan.changes}
    assert compare(UnitFile(lines), registered, frozenset(), "a1").warnings == ()


def test_advice_on_a_merged_parent_names_the_end_of_its_mergers_and_never_the_unit_itself() -> None:
    present = {
        one.unit_id: one
        for one in (unit("m", merged_into="n"), unit("n", merged_into="end"), unit("end"), unit("a"))
    }
    lines = (Line(2, "a", {"parent_id": "m"}), Line(3, "end", {"parent_id": "m"}))
    other, own = compare(UnitFile(lines), present, frozenset(), "a1").findings
    assert (other.code, other.allowed, own.code, own.allowed) == ("parent_merged", "end", "parent_merged", "")
    assert "unit ini sendiri" in own.said


def test_a_unit_that_others_were_merged_into_is_not_closed_by_a_file() -> None:
    present = {one.unit_id: one for one in (unit("m", merged_into="end", is_active=False), unit("end"))}
    file = UnitFile((Line(2, "end", {"is_active": False}),), (), {"is_active": "C"})
    (finding,) = compare(file, present, frozenset(), "a1").findings
    assert (finding.code, finding.cell, "pekerjaan m;" in finding.said) == ("unit_needed", "C2", True)


def chain(length: int) -> tuple[Line, ...]:
    """Return units that stand each below the one before, the deepest first."""
    named = (
        (f"u{number}", {"name": "A", "parent_id": f"u{number - 1}" if number else None})
        for number in reversed(range(length))
    )
    return tuple(Line(row, one, given) for row, (one, given) in enumerate(named, 2))


def test_one_fault_in_the_tree_is_one_finding() -> None:
    plan = compare(UnitFile(chain(3000)), {}, frozenset(), "a1")
    assert [(one.code, one.row) for one in plan.findings] == [("parent_too_deep", 3001 - tree.MOST_LEVELS)]
    below = chain(500)
    closed = (Line(1, "u0", {"name": "A", "parent_id": "u1"}), *below[:-1])
    plan = compare(UnitFile(closed), {}, frozenset(), "a1")
    assert [(one.code, one.row) for one in plan.findings] == [("parent_cycle", 1), ("parent_cycle", 500)]


def test_a_merged_unit_does_not_stand_too_deep() -> None:
    present = {"m": unit("m", parent_id="u7", merged_into="end", is_active=False), "end": unit("end")}
    assert compare(UnitFile(chain(8)), present, frozenset(), "a1").findings == ()


class Counted(dict[str, str | None]):
    """Counts how often a parent is looked up."""

    looks = 0

    def __getitem__(self, unit_id: str) -> str | None:
        self.looks += 1
        return super().__getitem__(unit_id)


def test_the_place_of_each_unit_is_looked_up_once() -> None:
    line = {f"u{number}": f"u{number - 1}" for number in range(1, 5000)}
    for parents in (Counted({"u0": None, **line}), Counted({"u0": "u4999", **line})):
        tree.faults(parents)
        assert parents.looks == len(parents)


def test_hints_are_few_and_in_a_large_agency_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def near(text: str, *_: object, **__: object) -> list[str]:
        asked.append(text)
        return []

    monkeypatch.setattr("services.planning.units.files.domain.get_close_matches", near)
    lines = tuple(Line(row, f"u{row}", {"name": "A", "parent_id": "none"}) for row in range(2, 1003))
    compare(UnitFile(lines), {}, frozenset(), "a1")
    assert asked == []
    plan = compare(UnitFile(lines[:100]), {}, frozenset(), "a1")
    assert (len(plan.findings), len(asked)) == (100, 5)


def unit(unit_id: str, **fields: object) -> Unit:
    values: dict[str, object] = {
        "agency_id": "a1", "name": "A", "unit_type": "kantor_pelayanan", "echelon": "III",
        "has_service_function": True, "zone": Zone.WIB, "is_active": True, "is_demo": False, "version": 3,
    }  # fmt: skip
    return Unit(unit_id=unit_id, **(values | fields))  # type: ignore[arg-type]


def test_new_changed_unchanged_and_left_out_are_told_apart() -> None:
    plan = compare(
        UnitFile((Line(2, "new", {"name": "N"}), Line(3, "a", {"name": "B"}), Line(4, "b", {"name": "A"}))),
        {one.unit_id: one for one in (unit("a"), unit("b"), unit("c"))},
        frozenset(),
        "a1",
    )
    assert [one.after.unit_id for one in plan.new] == ["new"]
    changed = [one.after for one in plan.changed]
    assert [(one.unit_id, one.name, one.version) for one in changed] == [("a", "B", 4)]
    assert (plan.unchanged, plan.left_out, plan.findings) == (1, 1, ())


@pytest.mark.parametrize(
    ("present", "lines", "elsewhere", "codes"),
    [
        ([], [("a", None), ("a", None)], (), [("unit_twice", "A3")]),
        ([], [("unassigned", None)], (), [("unit_reserved", "A2")]),
        ([], [("a", None)], ("a",), [("unit_elsewhere", "A2")]),
        ([], [("a", "kantor-b"), ("kantor-a", None)], (), [("parent_unknown", "C2")]),
        ([], [("child", "top"), ("top", None)], (), []),
        ([], [("a", "b"), ("b", "a")], (), [("parent_cycle", "C2"), ("parent_cycle", "C3")]),
        ([unit("b", parent_id="a"), unit("a")], [("a", "b")], (), [("parent_cycle", "C2")]),
        ([unit("m", merged_into="b"), unit("b")], [("a", "m")], (), [("parent_merged", "C2")]),
        ([unit("m", merged_into="b"), unit("b")], [("m", "b")], (), [("unit_merged", "A2")]),
        ([unit("m", merged_into="b"), unit("b")], [("m", None)], (), []),
        ([], [(f"u{i}", f"u{i + 1}" if i < 8 else None) for i in range(9)], (), [("parent_too_deep", "C2")]),
    ],
)  # fmt: skip
def test_what_cannot_stand_in_the_register_is_found(
    present: list[Unit],
    lines: list[tuple[str, str | None]],
    elsewhere: tuple[str, ...],
    codes: list[tuple[str, str]],
) -> None:
    file = UnitFile(
        tuple(
            Line(row, one, {"name": "A", "parent_id": parent}) for row, (one, parent) in enumerate(lines, 2)
        ),
        (),
        {"unit_id": "A", "name": "B", "parent_id": "C"},
    )
    plan = compare(file, {one.unit_id: one for one in present}, frozenset(elsewhere), "a1")
    assert [(one.code, one.cell) for one in plan.findings] == codes
    if codes == [("parent_unknown", "C2")]:
        assert plan.findings[0].allowed == "kantor-a"


def test_a_place_is_judged_with_all_that_stands_below_it() -> None:
    chain: dict[str, str | None] = {f"u{level}": f"u{level - 1}" for level in range(1, tree.MOST_LEVELS)}
    parents = {"u0": None, "top": None} | chain
    assert tree.fault_of(parents, "u0") is None
    assert tree.fault_of(parents | {"u0": "top"}, "u0") is tree.TreeFault.DEEP
    assert tree.fault_of(parents | {"u0": "u3"}, "u0") is tree.TreeFault.CYCLE
