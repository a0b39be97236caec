"""Who of a handling unit may be named for a case, and what a decree must say."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.complaints.decrees.domain import (
    Decree,
    DecreeRefusedError,
    HandlerOutsideUnitError,
    HandlingUnit,
    Member,
    Reach,
    Standing,
    require_member,
    require_sound,
)

FIRST, LAST = date(2026, 1, 5), date(2026, 6, 30)
TEAM = HandlingUnit(
    id=UUID(int=1),
    version=1,
    name="Tim Penanganan Pengaduan",
    reach=Reach("a-1", is_for_agency=False, unit_ids=("u-1",)),
    decree=Decree("SK-12/2026", FIRST, FIRST, LAST),
    streams=("masyarakat",),
    members=(Member("sari", "ketua"),),
)
WITHOUT_DECREE = replace(TEAM, decree=Decree(None, None, FIRST, LAST))


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2026, 1, 4), "not_yet"),
        (FIRST, "in_force"),
        (LAST, "in_force"),
        (date(2026, 7, 1), "lapsed"),
    ],
)
def test_a_decree_is_in_force_from_its_first_day_to_its_last(day: date, standing: Standing) -> None:
    assert TEAM.standing(day) == standing


def test_a_unit_that_ended_is_ended_from_that_day_on_whatever_its_decree_says() -> None:
    ended = replace(TEAM, ended_on=date(2026, 3, 2))
    assert [ended.standing(date(2026, 3, day)) for day in (1, 2)] == ["in_force", "ended"]


def test_without_a_last_day_a_decree_stays_in_force() -> None:
    assert replace(TEAM, decree=replace(TEAM.decree, valid_to=None)).standing(date(2040, 1, 1)) == "in_force"


@pytest.mark.parametrize(
    ("serving", "stream", "subject", "day", "missing", "told"),
    [
        ((), "masyarakat", "sari", FIRST, "handling_unit", "belum mempunyai unit penanganan"),
        ((TEAM,), "pelayanan", "sari", FIRST, "stream", "tidak menangani jalur pelayanan"),
        ((TEAM,), "masyarakat", "sari", date(2026, 7, 1), "decree", "tidak berlaku hari ini"),
        ((TEAM,), "masyarakat", "putu", FIRST, "member", "bukan anggota"),
    ],
)
def test_a_refusal_says_what_is_missing_and_what_to_do(
    serving: Collection[HandlingUnit], stream: str, subject: str, day: date, missing: str, told: str
) -> None:
    with pytest.raises(HandlerOutsideUnitError) as refused:
        require_member(serving, "u-1", stream, subject, day)  # type: ignore[arg-type]
    [error] = refused.value.details["errors"]
    assert (error["field"], refused.value.details["missing"]) == ("handler", missing)
    assert told in refused.value.message


def test_a_member_of_any_of_several_units_in_force_may_be_named() -> None:
    lapsed = replace(TEAM, decree=replace(TEAM.decree, valid_to=FIRST))
    other = replace(TEAM, members=(Member("putu", "anggota"),))
    for subject in ("sari", "putu"):
        require_member((lapsed, TEAM, other), "u-1", "masyarakat", subject, LAST)
    with pytest.raises(HandlerOutsideUnitError):
        require_member((lapsed, other), "u-1", "masyarakat", "sari", LAST)


def test_a_unit_carried_over_counts_while_its_days_last_but_says_that_its_decree_is_missing() -> None:
    require_member((WITHOUT_DECREE,), "u-1", "masyarakat", "sari", LAST)
    assert (WITHOUT_DECREE.is_decree_missing, TEAM.is_decree_missing) == (True, False)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reach": Reach("a-1", is_for_agency=False)}, "unit_ids"),
        ({"reach": Reach("a-1", is_for_agency=True, unit_ids=("u-1",))}, "unit_ids"),
        ({"decree": Decree("SK-1", FIRST, FIRST, date(2026, 1, 4))}, "valid_to"),
        ({"decree": Decree("SK-1", date(2026, 1, 6), FIRST, None)}, "decreed_on"),
        ({"decree": Decree("SK-1", None, FIRST, None)}, "decreed_on"),
        ({"decree": Decree(None, FIRST, FIRST, None)}, "decree_number"),
        ({"members": (Member("sari", "ketua"), Member("sari", "anggota"))}, "members"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_field(changed: dict[str, object], field: str) -> None:
    with pytest.raises(DecreeRefusedError) as refused:
        require_sound(replace(TEAM, **changed), FIRST)  # type: ignore[arg-type]
    assert [error["field"] for error in refused.value.details["errors"]] == [field]


def test_a_decree_may_hold_from_before_it_was_signed_and_for_one_day() -> None:
    require_sound(replace(TEAM, decree=Decree("SK-1", FIRST, date(2025, 1, 1), None)), FIRST)
    require_sound(replace(TEAM, decree=Decree("SK-1", FIRST, FIRST, FIRST)), FIRST)
