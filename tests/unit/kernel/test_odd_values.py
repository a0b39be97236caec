from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from shared.kernel import (
    EARLIEST,
    LATEST,
    YEARS_AHEAD,
    YEARS_BACK,
    Zone,
    default_year,
    is_in_time,
    is_storable,
    is_subject,
    is_unit_id,
    may_open_year,
    read_uuid,
)

TEXT = "01890000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("sign", [0, 0xD800, 0xDC80, 0xDFFF])
def test_nul_and_half_a_pair_are_not_storable(sign: int) -> None:
    assert not is_storable(chr(sign))
    assert not is_storable(f"a{chr(sign)}b")


@pytest.mark.parametrize("text", ["", "\n\t", "क्षेत्र", "🏛", "\uffff", "\x7f"])
def test_all_else_is_storable(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["", "a b", "é", "२", "a\n", "a\0", "x" * 256])
def test_no_account_is_called_so(text: str) -> None:
    assert not is_subject(text)
    assert not is_unit_id(text)


@pytest.mark.parametrize("zone", Zone)
def test_the_years_that_may_be_named_are_whole_in_every_zone(zone: Zone) -> None:
    assert EARLIEST.astimezone(zone.tz).year == 2000
    assert (LATEST - timedelta(microseconds=1)).astimezone(zone.tz).year == 2099


def test_the_ends_of_time_are_told_without_an_overflow() -> None:
    assert not is_in_time(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
    assert not is_in_time(datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))))
    assert is_in_time(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["", "x", TEXT.replace("-", ""), f"{{{TEXT}}}", f"urn:uuid:{TEXT}", "१" * 32]
)
def test_an_id_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"form|UUID"):
        read_uuid(text)
    assert read_uuid(TEXT.upper()) == UUID(TEXT)


def test_years_are_opened_near_the_present_one() -> None:
    opened = [year for year in range(1990, 2101) if may_open_year(year, 2026)]
    assert opened == list(range(2026 - YEARS_BACK, 2026 + YEARS_AHEAD + 1))


@pytest.mark.parametrize(
    ("years", "shown"),
    [([], None), ([2094], 2094), ([2026, 2094], 2026), ([2027, 2028], 2027), ([2024, 2027], 2024)],
)
def test_the_year_shown_unasked_is_the_newest_that_has_begun(years: list[int], shown: int | None) -> None:
    assert default_year(years, 2026) == shown
