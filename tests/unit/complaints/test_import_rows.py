"""How a file of another system is read, and what its cells may say."""

from datetime import UTC, datetime

import pytest

from services.complaints.imports.data import import_rules
from services.complaints.imports.domain.reading import ImportUnreadableError, read_csv
from services.complaints.imports.domain.rows import DateOrder, Declared, RowReader, guessed, missing
from shared.kernel import Zone

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HEAD = ("Tracking ID", "Isi Laporan", "Tanggal Laporan", "Terakhir Diperbarui")
LIMITS = import_rules().limits


def reader(order: DateOrder = "dmy", zone: Zone = Zone.WIB) -> RowReader:
    declared = Declared("a-1", "sp4n", zone, order, "masyarakat", "normatif")
    columns = guessed(HEAD, import_rules().fields)
    return RowReader(declared, columns, HEAD, import_rules().sources["sp4n"], {}, NOW)


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        ("dmy", "02/01/2026 09:30", datetime(2026, 1, 2, 2, 30, tzinfo=UTC)),
        ("mdy", "01/02/2026 09:30", datetime(2026, 1, 2, 2, 30, tzinfo=UTC)),
        ("ymd", "2026/01/02", datetime(2026, 1, 1, 17, tzinfo=UTC)),
        ("dmy", "2026-01-02T09:30:00+09:00", datetime(2026, 1, 2, 0, 30, tzinfo=UTC)),
        ("dmy", "2 Januari 2026 09.30", datetime(2026, 1, 2, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_in_the_declared_order_and_zone(
    order: DateOrder, text: str, expected: datetime
) -> None:
    row, faults = reader(order).read(("1", "isi laporan", text, text))
    assert faults == []
    assert row is not None
    assert row.forwarded_at == expected


def test_a_year_before_2000_or_a_day_that_is_none_is_a_fault_that_says_what_is_right() -> None:
    for text in ("02/01/0026", "31/02/2026", "1/1/1999", "44927"):
        _, [first, _] = reader().read(("1", "isi laporan", text, text))
        assert (first.column, first.code) == ("Terakhir Diperbarui", "bad_date")
        assert "31/01/2026" in first.message


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_and_byte_order_mark_are_found(delimiter: str) -> None:
    content = "\ufeff" + "\n".join(delimiter.join(row) for row in (HEAD, ("1", "isi", "a", "b")))
    sheet = read_csv(content.encode(), LIMITS)
    assert sheet.head == HEAD
    assert sheet.rows == ((2, ("1", "isi", "a", "b")),)


def test_a_declared_encoding_is_held_to() -> None:
    with pytest.raises(ImportUnreadableError):
        read_csv("a;b\n“1”;2\n".encode("cp1252"), LIMITS, "utf-8")


def test_what_is_missing_is_named() -> None:
    fields = import_rules().fields
    assert [one.field for one in missing({}, fields, has_as_of=False)] == [
        "external_ref", "text", "source_updated_at", "forwarded_at",
    ]  # fmt: skip
    assert missing(guessed(HEAD, fields), fields, has_as_of=False) == []
