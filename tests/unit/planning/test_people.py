"""Rules of people that need no database: days, superiors, accounts, substitutes, and what goes out."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.planning.people.domain import (
    Category,
    LogInTakenError,
    Person,
    PersonDaysError,
    SubstituteKind,
    SubstituteOverlapError,
    SubstituteRefusedError,
    Substitution,
    SuperiorRefusedError,
    check_days,
    check_log_ins,
    check_substitution,
    check_superior,
    ended,
    with_substitute,
)
from services.planning.people.events import person_fact

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
CHIEF = Person(ONE, "u-1", Category.CIVIL_SERVANT, "III", True, None, date(2025, 1, 2), None, 1)
SARI = replace(CHIEF, person_id=TWO, is_leader=False)
MARCH = Substitution(THREE, TWO, SubstituteKind.PLH, "PRIN-7", date(2026, 3, 2), date(2026, 3, 6))


def test_a_single_day_in_the_unit_is_in_order() -> None:
    check_days(replace(CHIEF, active_to=CHIEF.active_from))
    with pytest.raises(PersonDaysError):
        check_days(replace(CHIEF, active_to=date(2025, 1, 1)))


@pytest.mark.parametrize(
    ("superior", "above", "known"),
    [(ONE, [ONE], {ONE}), (TWO, [TWO], set()), (TWO, [TWO, ONE], {TWO}), (TWO, [TWO, THREE, ONE], {TWO})],
    ids=["oneself", "of nobody here", "who stands below", "two steps below"],
)
def test_a_superior_is_somebody_else_of_the_agency_and_above(
    superior: UUID, above: list[UUID], known: set[UUID]
) -> None:
    with pytest.raises(SuperiorRefusedError):
        check_superior(replace(CHIEF, superior_id=superior), above, known)


def test_somebody_above_or_nobody_may_be_the_superior() -> None:
    check_superior(replace(CHIEF, superior_id=TWO), [TWO, THREE], {TWO})
    check_superior(CHIEF, [], set())


def test_an_account_is_refused_by_its_place_unless_it_is_the_person_s_own() -> None:
    check_log_ins({"a": ONE}, ["a", "b"], ONE)
    with pytest.raises(LogInTakenError) as refused:
        check_log_ins({"a": ONE, "c": TWO}, ["a", "b", "c"], ONE)
    assert [error["field"] for error in refused.value.details["errors"]] == ["subjects.2"]


def test_substitutions_that_touch_on_a_day_overlap_and_those_that_follow_do_not() -> None:
    taken = with_substitute(CHIEF, MARCH)
    check_substitution(taken, SARI, replace(MARCH, first=date(2026, 3, 7), last=date(2026, 3, 7)))
    with pytest.raises(SubstituteOverlapError):
        check_substitution(taken, SARI, replace(MARCH, first=date(2026, 3, 6), last=date(2026, 3, 9)))


def test_both_work_on_every_day_of_a_substitution() -> None:
    check_substitution(CHIEF, replace(SARI, active_to=date(2026, 3, 6)), MARCH)
    for away in (replace(SARI, active_to=date(2026, 3, 5)), replace(SARI, active_from=date(2026, 3, 3))):
        with pytest.raises(SubstituteRefusedError) as refused:
            check_substitution(CHIEF, away, MARCH)
        assert refused.value.details["field"] == "substitute_id"


def test_a_substitution_ends_on_a_day_of_its_own_or_never_was() -> None:
    acting = with_substitute(CHIEF, MARCH)
    shorter = ended(acting, THREE, date(2026, 3, 2))
    assert shorter is not None
    assert [one.last for one in shorter.substitutes] == [date(2026, 3, 2)]
    never = ended(acting, THREE, date(2026, 3, 1))
    assert never is not None
    assert (never.substitutes, never.version) == ((), 3)
    assert ended(acting, THREE, MARCH.last) is acting
    assert ended(acting, ONE, MARCH.last) is None
    with pytest.raises(SubstituteRefusedError):
        ended(acting, THREE, date(2026, 3, 7))


def test_the_fact_of_a_person_is_keyed_by_the_person_and_names_days_and_pseudonyms() -> None:
    acting = with_substitute(replace(CHIEF, subjects=("a", "b"), superior_id=THREE), MARCH)
    fact = person_fact(acting)
    assert (fact.key(), fact.subject(), fact.event_type) == (
        str(ONE), str(ONE), "id.zi.planning.person.changed.v1",
    )  # fmt: skip
    assert fact.model_dump() == {
        "unit_id": "u-1",
        "version": 2,
        "person_id": str(ONE),
        "superior_id": str(THREE),
        "subjects": ["a", "b"],
        "is_leader": True,
        "active_from": "2025-01-02",
        "active_to": None,
        "substitutes": [{"person_id": str(TWO), "first": "2026-03-02", "last": "2026-03-06"}],
    }
    assert person_fact(CHIEF).event_type == "id.zi.planning.person.entered.v1"
