"""Gifts and conflicts of interest: their lives, the versions of their deadlines, limits and periods."""

import copy
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.complaints.deadlines.data import load_policies, read, unit_calendar
from services.complaints.deadlines.data.policies import parse
from services.complaints.deadlines.domain.policy import Matter, PolicyError, Rule
from services.complaints.deadlines.domain.schedule import schedule
from services.complaints.integrity import words
from services.complaints.integrity.data import LimitError, limits, read_limits
from services.complaints.integrity.domain.gifts import Gift, Measured, measured
from services.complaints.integrity.domain.lives import State
from services.complaints.integrity.domain.periods import Period
from services.complaints.integrity.kinds import LIFE, tables
from services.complaints.integrity.pages.words import limit_words
from services.complaints.integrity.schemas import LimitOut
from services.complaints.matters.watched import require_watched
from shared.kernel import Zone

CALENDAR = unit_calendar(Zone.WIB)


def gift(**changes: Any) -> Gift:
    values: dict[str, Any] = {
        "direction": "terima",
        "received_on": date(2026, 2, 2),
        "place": "Kantor",
        "object_kind": "barang",
        "estimate": 400_000,
        "occasion": "ulang_tahun",
        "giver_relation": "rekan_kerja",
    }
    return Gift(**(values | changes))


def in_force(rule_id: str, kind: str, on: date, unit: str | None = None) -> Rule:
    found = load_policies().in_force(rule_id, Matter(UUID(int=0), unit, "a-1", kind, None), on)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("asked_on", "version", "days"),
    [(date(2026, 1, 19), "D11c.1", 30), (date(2026, 1, 20), "D11c.2", 20)],
)
def test_the_time_to_complete_is_that_of_the_rule_in_force_on_the_day_it_was_asked(
    asked_on: date, version: str, days: int
) -> None:
    rule = in_force("D11c", "gratifikasi", asked_on)
    assert (rule.version, rule.length) == (version, days)


def test_ten_working_days_from_the_receipt_are_left_to_report() -> None:
    rule = in_force("D11a", "gratifikasi", date(2026, 2, 2))
    made = schedule(rule, datetime(2026, 2, 1, 17, tzinfo=UTC), CALENDAR, load_policies().superiors)
    assert made.due_at == datetime(2026, 2, 18, 17, tzinfo=UTC)  # 16 and 17 February are off


def test_a_sub_unit_may_have_seven_days_of_its_own() -> None:
    policies = [
        entry
        for name in ("cases", "permintaan_informasi", "gratifikasi", "benturan_kepentingan")
        for entry in read(f"policy/{name}.json")["policies"]
    ]
    entry = copy.deepcopy(next(one for one in policies if one["id"] == "D11b"))
    own = entry | {
        "version": "D11b-sub.1",
        "scope": {"level": "unit", "id": "sub-upg"},
        "length": 7,
        "source": "BPIP Reg 4/2021 art. 7",
    }
    book = parse(
        [{"policies": [*policies, own]}], read("policy/ladders.json"), read("policy/pause_limits.json")
    )
    require_watched(book, tables(), LIFE)
    of_sub, of_other = (
        book.in_force("D11b", Matter(UUID(int=0), unit, "a-1", "gratifikasi", None), date(2026, 2, 2))
        for unit in ("sub-upg", "u-1")
    )
    assert of_sub is not None
    assert of_other is not None
    assert (of_sub.length, of_other.length) == (7, 10)


def test_a_map_is_reviewed_within_twelve_months_from_the_first_of_january() -> None:
    rule = in_force("D12b", "peta_benturan", date(2026, 1, 1))
    made = schedule(rule, datetime(2025, 12, 31, 17, tzinfo=UTC), CALENDAR, load_policies().superiors)
    assert made.due_at == datetime(2027, 1, 1, 17, tzinfo=UTC)


def test_no_open_matter_is_without_a_clock_but_where_nobody_owes_anything() -> None:
    require_watched(load_policies(), tables(), LIFE)
    resting = {kind: table.resting for kind, table in tables().items() if table.resting}
    assert resting == {"benturan_kepentingan": {State.DIKENDALIKAN, State.TIDAK_ADA}}


def test_pages_have_a_word_for_every_kind_and_every_fact() -> None:
    assert words.KINDS.keys() == LIFE.kinds
    assert words.STARTS.keys() == LIFE.facts
    assert words.ACTS.keys() == LIFE.acts
    assert set(words.STATES) == set(State)


def test_policies_that_leave_a_declaration_unwatched_are_refused() -> None:
    policies = [
        entry
        for name in ("gratifikasi", "benturan_kepentingan")
        for entry in read(f"policy/{name}.json")["policies"]
        if entry["id"] != "D12a"
    ]
    book = parse([{"policies": policies}], read("policy/ladders.json"), read("policy/pause_limits.json"))
    with pytest.raises(PolicyError, match=r"what is in (DIDEKLARASIKAN|DINILAI) would have no"):
        require_watched(book, tables(), LIFE)


@pytest.mark.parametrize(
    ("changes", "of_the_year", "told"),
    [
        ({}, 400_000, [("rekan-2026", False, 400_000, False)]),
        ({"estimate": 500_001}, 500_001, [("rekan-2026", True, 500_001, False)]),
        ({}, 1_500_001, [("rekan-2026", False, 1_500_001, True)]),
        ({"received_on": date(2026, 1, 19)}, 400_000, [("rekan-acara-2019", True, 400_000, False)]),
        (
            {"occasion": "pernikahan", "giver_relation": "keluarga", "estimate": 1_500_001},
            1_500_001,
            [("adat-2026", True, None, False)],
        ),
        (
            {
                "occasion": "pernikahan",
                "giver_relation": "keluarga",
                "estimate": 1_500_000,
                "received_on": date(2026, 1, 20),
            },
            1_500_000,
            [("adat-2026", False, None, False)],
        ),
        ({"giver_relation": "mitra_kerja"}, 400_000, []),
        ({"direction": "tolak"}, 400_000, []),
    ],
)
def test_the_limits_of_the_day_of_receipt_stand_beside_a_gift(
    changes: dict[str, Any], of_the_year: int, told: list[tuple[str, bool, int | None, bool]]
) -> None:
    found = measured(gift(**changes), limits(), of_the_year)
    assert [_told(one) for one in found] == told


@pytest.mark.parametrize(
    ("estimate", "of_the_year", "status", "said"),
    [
        (400_000, 400_000, "good", "Tidak di atas batas {words} {each}"),
        (500_001, 500_001, "warn", "Di atas batas {words} {each}"),
        (
            *(400_000, 1_500_001, "warn"),
            "Tidak di atas batas {words} {each}, tetapi jumlah setahun Rp1.500.001 di atas {year}",
        ),
        (
            *(500_001, 1_500_001, "warn"),
            "Di atas batas {words} {each}, dan jumlah setahun Rp1.500.001 di atas {year}",
        ),
    ],
)
def test_a_limit_says_what_the_gift_and_what_its_year_passes(
    estimate: int, of_the_year: int, status: str, said: str
) -> None:
    [found] = measured(gift(estimate=estimate), limits(), of_the_year)
    assert limit_words(LimitOut.of(found)) == (
        status,
        said.format(words=found.limit.words, each="Rp500.000 tiap pemberian", year="Rp1.500.000"),
    )


def _told(one: Measured) -> tuple[str, bool, int | None, bool]:
    return one.limit.id, one.is_above, one.of_the_year, one.is_year_above


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"each": 0}, "each: "),
        ({"each": 1.5}, "each: "),
        ({"source": ""}, "source: "),
        ({"occasions": ["pesta"]}, "occasions.0: "),
        ({"in_a_year": 1}, "in_a_year: below what one gift may be"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to lies before valid_from"),
        ({"colour": "red"}, "colour: "),
    ],
)
def test_unsound_limits_are_refused_by_name(changes: dict[str, Any], complaint: str) -> None:
    entry = {
        "id": "x",
        "words": "apa saja",
        "occasions": [],
        "relations": [],
        "object_kinds": [],
        "each": 100,
        "in_a_year": None,
        "source": "Own",
        "valid_from": None,
        "valid_to": None,
        "confirmed": True,
    }
    assert [one.each for one in read_limits({"limits": [entry]})] == [100]
    with pytest.raises(LimitError, match=f"^x: {complaint}"):
        read_limits({"limits": [entry | changes]})
    with pytest.raises(LimitError, match="twice"):
        read_limits({"limits": [entry, entry]})


def test_every_limit_names_its_source_and_whether_it_is_confirmed() -> None:
    assert all(one.source for one in limits())
    assert {one.id for one in limits() if one.is_confirmed} == {"adat-2026", "rekan-2026"}


@pytest.mark.parametrize(
    ("day", "kind", "code", "first", "last", "before"),
    [
        (date(2026, 6, 30), "semester", "2026-S1", date(2026, 1, 1), date(2026, 6, 30), "2025-S2"),
        (date(2026, 7, 1), "semester", "2026-S2", date(2026, 7, 1), date(2026, 12, 31), "2026-S1"),
        (date(2026, 3, 31), "quarter", "2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4"),
        (date(2026, 12, 1), "quarter", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q3"),
    ],
)
def test_a_period_is_a_part_of_a_year(
    day: date, kind: Any, code: str, first: date, last: date, before: str
) -> None:
    period = Period.of(day, kind)
    assert (period.code, period.first, period.last, period.before.code) == (code, first, last, before)
    assert Period.parse(code) == period
