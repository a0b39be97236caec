"""Who counts as one person, who acts for whom, and who has left: pure rules over planning's list."""

from dataclasses import replace
from datetime import date

import pytest

from services.complaints.cases.domain.duties import require_approver, require_confirmer, require_handler
from services.complaints.cases.domain.people import NOBODY, People, Person, Substitution
from services.complaints.cases.domain.refusals import (
    IllegalActError,
    NotAssignedError,
    NotNewToCaseError,
    OwnProposalError,
)
from services.complaints.cases.domain.reviewing import require_new_to_case
from tests.unit.complaints.test_cases import CASE

CHIEF = Person(
    "p-chief", frozenset({"kepala", "kepala-2"}), date(2020, 1, 2), None,
    (Substitution("p-sari", date(2026, 3, 2), date(2026, 3, 6)),),
)  # fmt: skip
SARI = Person("p-sari", frozenset({"sari"}), date(2020, 1, 2), None)
PEOPLE = People(date(2026, 3, 4), (CHIEF, SARI))


def on(day: date, *, since: date | None = None) -> People:
    return replace(PEOPLE, day=day, since=since)


@pytest.mark.parametrize(
    ("day", "acts"),
    [
        (date(2026, 3, 1), False),
        (date(2026, 3, 2), True),
        (date(2026, 3, 6), True),
        (date(2026, 3, 7), False),
    ],
)
def test_a_substitute_acts_for_the_substituted_from_the_first_to_the_last_day(day: date, acts: bool) -> None:
    assert on(day).acts_for("sari", "kepala") is acts
    assert on(day).are_one("sari", "kepala") is acts
    assert on(day).are_one("kepala", "sari") is acts, "whoever of the two was first"


def test_the_substituted_does_not_act_for_the_substitute() -> None:
    assert not PEOPLE.acts_for("kepala", "sari")


def test_accounts_of_one_person_are_one_on_every_day() -> None:
    for day in (date(2026, 3, 1), date(2026, 3, 4)):
        assert on(day).acts_for("kepala-2", "kepala")
        assert on(day).are_one("kepala-2", "kepala")
    assert PEOPLE.acts_for("sari", "kepala-2"), "each account of the substituted"


def test_a_substitute_who_left_acts_for_nobody_and_still_counts_as_one() -> None:
    gone = replace(PEOPLE, known=(CHIEF, replace(SARI, active_to=date(2026, 3, 3))))
    assert not gone.acts_for("sari", "kepala")
    assert gone.are_one("sari", "kepala")


@pytest.mark.parametrize(
    ("since", "day", "one"),
    [
        (date(2026, 3, 6), date(2026, 3, 9), True),
        (date(2026, 3, 7), date(2026, 3, 9), False),
        (date(2026, 2, 27), date(2026, 3, 1), False),
        (date(2026, 2, 27), date(2026, 3, 2), True),
        (date(2026, 3, 9), date(2026, 3, 6), True),
    ],
    ids=["ended since", "over before", "not yet", "begun since", "clock set back"],
)
def test_two_are_one_when_one_acted_for_the_other_since_the_first_did_their_part(
    since: date, day: date, one: bool
) -> None:
    assert on(day, since=since).are_one("sari", "kepala") is one


def test_whom_the_list_does_not_know_is_a_person_of_their_own_and_never_left() -> None:
    for people in (PEOPLE, NOBODY):
        assert people.acts_for("budi", "budi")
        assert people.are_one("budi", "budi")
        assert not people.acts_for("budi", "kepala")
        assert not people.are_one("budi", "kepala")
        assert not people.has_left("budi")


def test_who_is_known_has_left_after_the_last_day_and_before_the_first() -> None:
    left = replace(SARI, active_from=date(2026, 1, 2), active_to=date(2026, 3, 4))
    for day, gone in ((date(2026, 1, 1), True), (date(2026, 1, 2), False), (date(2026, 3, 4), False)):
        assert People(day, (left,)).has_left("sari") is gone
    assert People(date(2026, 3, 5), (left,)).has_left("sari")
    again = replace(left, person_id="p-again", active_from=date(2026, 3, 5), active_to=None)
    assert not People(date(2026, 3, 5), (left, again)).has_left("sari"), (
        "entered anew under another pseudonym"
    )


def test_the_handler_and_the_substitute_do_the_handler_s_work_and_nobody_else() -> None:
    case = replace(CASE, handler="kepala")
    for officer in ("kepala", "kepala-2", "sari"):
        require_handler(case, officer, PEOPLE)
    for officer, people in (("budi", PEOPLE), ("sari", NOBODY), ("sari", on(date(2026, 3, 7)))):
        with pytest.raises(NotAssignedError):
            require_handler(case, officer, people)
    with pytest.raises(NotAssignedError):
        require_handler(CASE, "kepala", PEOPLE)


@pytest.mark.parametrize("approver", ["kepala", "kepala-2", "sari"])
def test_no_account_of_the_drafter_s_person_nor_a_substitute_approves(approver: str) -> None:
    drafted = replace(CASE, has_draft=True, drafted_by="kepala")
    with pytest.raises(OwnProposalError):
        require_approver(drafted, approver, PEOPLE)
    require_approver(drafted, "budi", PEOPLE)
    with pytest.raises(IllegalActError):
        require_approver(CASE, approver, PEOPLE)


@pytest.mark.parametrize("officer", ["kepala", "kepala-2", "sari"])
def test_no_account_of_the_proposer_s_person_nor_a_substitute_confirms(officer: str) -> None:
    proposer = "sari" if officer != "sari" else "kepala"
    proposed = replace(CASE, proposed_act="extend", proposed_by=proposer)
    with pytest.raises(OwnProposalError):
        require_confirmer(proposed, "extend", officer, PEOPLE)
    require_confirmer(proposed, "extend", "budi", PEOPLE)


def test_no_account_of_who_acted_before_nor_a_substitute_decides_an_appeal() -> None:
    for officer in ("kepala", "kepala-2", "sari"):
        with pytest.raises(NotNewToCaseError):
            require_new_to_case(officer, {"reporter", "kepala"}, PEOPLE)
    require_new_to_case("budi", {"reporter", "kepala"}, PEOPLE)
    require_new_to_case("sari", {"reporter", "kepala"}, on(date(2026, 3, 7)))
