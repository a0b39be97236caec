"""What a file of people says against a list, and what is wrong with it, cell by cell."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.planning.people.domain import Category, Entry, Identity, Person, circles
from services.planning.people.files.columns import LAYOUT
from services.planning.people.files.domain import Change, Register, compare
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.listing import Finding, Listing
from services.planning.spreadsheets.listing_reader import read_listing_file
from services.planning.spreadsheets.plan import Plan
from tests.support.unit_files import csv_file, xlsx_file

LIMITS = Limits(columns=15)
HEAD = ("Nomor pegawai", "Kode unit", "Nama", "Kategori", "Mulai bertugas")
ROW = ("7", "u-1", "Sari", "ASN", "2026-01-02")
CHIEF = Entry(
    Person(
        UUID(int=1), "u-1", Category.CIVIL_SERVANT, "III", True, None, date(2025, 1, 2), None, 3, ("kepala",)
    ),
    Identity("Kepala", "1", "Kepala Kantor", None),
)
LIST = Register({"1": CHIEF}, frozenset({"u-1", "u-2"}), {"kepala": UUID(int=1), "jauh": UUID(int=9)})


def read(*rows: Any) -> Listing:
    return read_listing_file(csv_file(*rows), LIMITS, LAYOUT)


def planned(*rows: Any, head: tuple[str, ...] = HEAD) -> Plan[Change]:
    return compare(read(head, *rows), LIST)


def only(plan: Plan[Change]) -> Finding:
    (finding,) = plan.findings
    return finding


def test_both_kinds_of_file_say_the_same_and_days_are_read_as_people_write_them() -> None:
    head = (*HEAD, "Selesai bertugas", "Jabatan", "Eselon", "NIP atasan", "Pimpinan unit", "Akun", "Kontak")
    row = ("7", "u-1", "Sari", "Satpam", "02-01-2026", "2026-12-31", "Danru", "iv", "1", "ya", "b, a", "0812")
    in_sheet = (*row[:4], date(2026, 1, 2), date(2026, 12, 31), *row[6:])
    files = (csv_file(head, row), xlsx_file(head, in_sheet))
    for content in files:
        found = read_listing_file(content, LIMITS, LAYOUT)
        assert found.findings == ()
        assert [one.given for one in found.rows] == [
            {
                "employee_number": "7", "unit_id": "u-1", "name": "Sari", "category": Category.GUARD,
                "active_from": date(2026, 1, 2), "active_to": date(2026, 12, 31), "position": "Danru",
                "echelon": "IV", "superior": "1", "is_leader": True, "subjects": ("a", "b"),
                "contact": "0812",
            }
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "code", "cell"),
    [
        ("Nomor pegawai", "7 8", "employee_number_invalid", "A2"),
        ("Kode unit", "u 1", "unit_id_invalid", "B2"),
        ("Nama", "", "cell_empty", "C2"),
        ("Nama", "x" * 201, "text_too_long", "C2"),
        ("Kategori", "raja", "category_unknown", "D2"),
        ("Mulai bertugas", "kemarin", "day_invalid", "E2"),
        ("Mulai bertugas", "31-02-2026", "day_invalid", "E2"),
        ("Mulai bertugas", "1999-12-31", "day_invalid", "E2"),
        ("Akun", "sari@kantor.go.id", "log_in_invalid", "F2"),
        ("Eselon", "VI", "echelon_unknown", "F2"),
        ("Pimpinan unit", "mungkin", "not_yes_or_no", "F2"),
    ],
)
def test_a_cell_that_its_column_does_not_take_is_told_by_row_and_column(
    column: str, value: str, code: str, cell: str
) -> None:
    head = HEAD if column in HEAD else (*HEAD, column)
    row = dict(zip(head, (*ROW, ""), strict=False)) | {column: value}
    finding = only(planned(tuple(row.values()), head=head))
    assert (finding.code, finding.cell) == (code, cell)
    assert finding.message.startswith(f"Baris 2, kolom {cell[0]}: ")
    assert finding.allowed


def test_an_employee_number_that_a_spreadsheet_took_for_a_number_is_refused() -> None:
    head, row = HEAD, (199001012020122001, *ROW[1:])
    found = read_listing_file(xlsx_file(head, row), LIMITS, LAYOUT)
    assert [(one.code, one.cell) for one in found.findings] == [("not_text", "A2")]


def test_who_is_not_in_the_file_stays_and_who_is_the_same_changes_nothing() -> None:
    plan = planned(ROW)
    assert (len(plan.new), len(plan.changed), plan.unchanged, plan.left_out) == (1, 0, 0, 1)
    same = planned(("1", "u-1", "Kepala", "PNS", "2025-01-02"))
    assert (same.changes, same.unchanged, same.left_out) == ((), 1, 0)


def test_a_column_that_is_not_there_leaves_a_field_and_an_empty_cell_empties_it() -> None:
    (change,) = planned(("1", "u-2", "Kepala", "PNS", "2025-01-02")).changes
    assert change.changed_fields == ("unit_id",)
    assert change.after["position"] == "Kepala Kantor"
    head = (*HEAD, "Jabatan", "Akun", "Eselon", "Pimpinan unit")
    (change,) = planned(("1", "u-1", "Kepala", "", "", "", "", "", ""), head=head).changes
    assert change.changed_fields == ("position", "echelon", "subjects")
    assert (change.after["subjects"], change.after["is_leader"]) == ((), True)


def test_somebody_new_needs_a_category_and_a_first_day() -> None:
    plan = planned(("7", "u-1", "Sari", "", ""))
    assert [(one.code, one.cell) for one in plan.findings] == [("cell_empty", "D2"), ("cell_empty", "E2")]
    bare = planned(("7", "u-1", "Sari"), head=HEAD[:3])
    assert [(one.code, one.cell) for one in bare.findings] == [("cell_empty", "2")] * 2


def test_a_number_stands_once_in_a_file() -> None:
    finding = only(planned(ROW, ROW))
    assert (finding.code, finding.cell) == ("person_twice", "A3")


def test_nobody_is_moved_to_a_unit_that_is_not_there() -> None:
    finding = only(planned(("7", "u-9", *ROW[2:])))
    assert (finding.code, finding.cell) == ("unit_unknown", "B2")
    stays = replace(LIST, units=frozenset())
    file = read(HEAD, ("1", "u-1", "Kepala Baru", "PNS", "2025-01-02"))
    assert compare(file, stays).findings == (), "who works there already may be changed"


def test_the_last_day_is_not_before_the_first() -> None:
    finding = only(planned((*ROW, "2026-01-01"), head=(*HEAD, "Selesai bertugas")))
    assert (finding.code, finding.cell) == ("person_days", "F2")


@pytest.mark.parametrize(
    ("rows", "code", "cell"),
    [
        ([(*ROW, "404")], "superior_unknown", "F2"),
        ([(*ROW, "7")], "superior_refused", "F2"),
        ([(*ROW, "8"), ("8", *ROW[1:], "7")], "superior_refused", "F2"),
        ([(*ROW, "1"), ("1", "u-1", "Kepala", "PNS", "2025-01-02", "7")], "superior_refused", "F2"),
    ],
    ids=["unknown", "oneself", "two new ones", "with somebody there"],
)
def test_superiors_are_known_and_close_no_circle(rows: list[Any], code: str, cell: str) -> None:
    finding = only(planned(*rows, head=(*HEAD, "Nomor pegawai atasan")))
    assert (finding.code, finding.cell) == (code, cell)


def test_a_superior_may_come_after_whom_they_lead_and_be_in_a_faulty_row() -> None:
    head = (*HEAD, "Nomor pegawai atasan")
    assert planned((*ROW, "8"), ("8", *ROW[1:], ""), head=head).findings == ()
    faulty = planned((*ROW, "8"), ("8", "u 1", *ROW[2:], ""), head=head)
    assert [one.code for one in faulty.findings] == ["unit_id_invalid"]


def test_an_account_goes_from_one_to_another_but_belongs_to_one() -> None:
    head = (*HEAD, "Akun")
    chief = ("1", "u-1", "Kepala", "PNS", "2025-01-02")
    assert planned((*ROW, "kepala"), (*chief, "lain"), head=head).findings == ()
    for rows in ([(*ROW, "kepala")], [(*ROW, "jauh")], [(*ROW, "x"), ("8", *ROW[1:], "x")]):
        finding = only(planned(*rows, head=head))
        assert (finding.code, finding.column) == ("log_in_taken", "F")


def test_circles_are_found_whole_and_once() -> None:
    assert circles({"a": "b", "b": "c", "c": "a", "d": "a", "e": None, "f": "g"}) == [["a", "b", "c"]]
    assert circles({"a": "a"}) == [["a"]]
    assert circles({}) == []
    long = {str(one): str(one + 1) for one in range(20_000)}
    assert circles(long) == []
