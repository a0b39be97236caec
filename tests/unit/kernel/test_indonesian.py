from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from shared import indonesian as write
from shared.kernel import Zone

NOON = datetime(2026, 3, 12, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(123456, 100), 2, "1.234,56"),
        (Decimal("1234567.005"), 2, "1.234.567,01"),
        ("924368256090315/10000000000000", 2, "92,44"),
        (0, 2, "0,00"),
        (1000, 0, "1.000"),
        (Fraction(-5, 2), 1, "-2,5"),
        (None, 2, "–"),
    ],
)
def test_numbers_have_a_decimal_comma_and_points_between_thousands(
    value: write.Number | None, places: int, text: str
) -> None:
    assert write.number(value, places) == text


@pytest.mark.parametrize(("value", "text"), [("0.42", "+0,42"), ("-0.1", "-0,10"), (0, "0,00"), (None, "–")])
def test_changes_carry_their_sign(value: write.Number | None, text: str) -> None:
    assert write.signed(value) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (Zone.WIB, "12 Maret 2026 pukul 14.05 WIB"),
        ("WITA", "12 Maret 2026 pukul 15.05 WITA"),
        (Zone.WIT, "12 Maret 2026 pukul 16.05 WIT"),
    ],
)
def test_instants_are_told_in_the_unit_s_zone(zone: Zone | str, text: str) -> None:
    assert write.moment(NOON, zone) == text


@pytest.mark.parametrize(
    ("value", "zone", "text"),
    [
        (datetime(2026, 1, 8, 17, 0, tzinfo=UTC), Zone.WIB, "8 Januari 2026 pukul 24.00 WIB"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "WITA", "31 Desember 2025 pukul 24.00 WITA"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "WIB", "31 Desember 2025 pukul 23.00 WIB"),
        (datetime(2026, 1, 8, 17, 0, 1, tzinfo=UTC), Zone.WIB, "9 Januari 2026 pukul 00.00 WIB"),
        (NOON, Zone.WIB, "12 Maret 2026 pukul 14.05 WIB"),
    ],
)
def test_a_time_that_ends_with_the_day_is_told_as_that_day_s_24_00(
    value: datetime, zone: Zone | str, text: str
) -> None:
    assert write.until(value, zone) == text


def test_the_date_of_an_instant_is_the_zone_s() -> None:
    assert write.moment(datetime(2026, 12, 31, 20, 0, tzinfo=UTC), Zone.WIT).startswith("1 Januari 2027")
    assert write.day(date(2026, 8, 17)) == "17 Agustus 2026"
    assert write.day(None) == write.moment(None) == write.until(None) == write.relative(None) == "–"


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(seconds=-2), "2 detik lalu"),
        (timedelta(seconds=-119), "1 menit lalu"),
        (timedelta(hours=5), "5 jam lagi"),
        (timedelta(days=3, hours=23), "3 hari lagi"),
        (timedelta(milliseconds=-300), "baru saja"),
    ],
)
def test_near_instants_are_told_by_their_distance(away: timedelta, text: str) -> None:
    assert write.relative(NOON + away, NOON) == text


def test_machines_read_instants_in_utc() -> None:
    assert write.iso(NOON.astimezone(Zone.WIT.tz)) == "2026-03-12T07:05:00+00:00"
    assert write.iso(None) == ""


@pytest.mark.parametrize("value", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", Zone)
def test_the_ends_of_time_can_be_written_in_every_zone(value: datetime, zone: Zone) -> None:
    assert write.moment(value, zone).endswith(zone.value)
