"""Rules of what is owed to people and to the Ombudsman: tables of acts, policies, grounds, words."""

import copy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.complaints.deadlines.data import load_policies, read, unit_calendar
from services.complaints.deadlines.data.policies import parse
from services.complaints.deadlines.domain.policy import Matter, PolicyError
from services.complaints.deadlines.domain.schedule import schedule
from services.complaints.deadlines.words import path
from services.complaints.duties import words
from services.complaints.duties.data import GroundError, grounds, read_grounds
from services.complaints.duties.domain.lives import KINDS, State
from services.complaints.duties.kinds import LIFE, tables
from services.complaints.duties.pages import words as of_pages
from services.complaints.duties.pages.entering import FORMS, actions_of
from services.complaints.duties.store.readers import OFFICES
from services.complaints.matters.watched import require_watched
from shared.kernel import Zone

CALENDAR = unit_calendar(Zone.WIB)
FILES = ("data_pribadi", "ombudsman")


def entries() -> list[Any]:
    return [entry for name in FILES for entry in copy.deepcopy(read(f"policy/{name}.json")["policies"])]


@pytest.mark.parametrize(
    ("rule_id", "kind", "start", "due"),
    [
        (
            "D13",
            "permintaan_data",
            datetime(2026, 3, 20, 3, 15, tzinfo=UTC),
            datetime(2026, 3, 23, 3, 15, tzinfo=UTC),
        ),
        (
            "D13b",
            "insiden_data",
            datetime(2025, 12, 31, 17, tzinfo=UTC),
            datetime(2026, 1, 3, 17, tzinfo=UTC),
        ),
        (
            "D17",
            "lhp_ombudsman",
            datetime(2026, 1, 4, 17, tzinfo=UTC),
            datetime(2026, 2, 19, 17, tzinfo=UTC),
        ),
    ],
)
def test_hours_run_through_holidays_and_working_days_do_not(
    rule_id: str, kind: str, start: datetime, due: datetime
) -> None:
    book = load_policies()
    matter = Matter(UUID(int=0), None, "a-1", kind, None)
    rule = book.in_force(rule_id, matter, CALENDAR.local_date(start))
    assert rule is not None
    assert schedule(rule, start, CALENDAR, book.superiors).due_at == due


@pytest.mark.parametrize("rule_id", ["D13", "D13b"])
def test_no_policy_can_let_the_time_of_a_person_s_right_stand_still(rule_id: str) -> None:
    policies = entries()
    next(one for one in policies if one["id"] == rule_id)["pausable"] = True
    with pytest.raises(PolicyError, match=f"{rule_id}.*only deadlines in working time can be paused"):
        parse([{"policies": policies}], read("policy/ladders.json"), read("policy/pause_limits.json"))


@pytest.mark.parametrize("rule_id", ["D13", "D13b", "D17"])
def test_policies_that_leave_a_duty_unwatched_are_refused(rule_id: str) -> None:
    policies = [one for one in entries() if one["id"] != rule_id]
    book = parse([{"policies": policies}], read("policy/ladders.json"), read("policy/pause_limits.json"))
    with pytest.raises(PolicyError, match=r"what is in (DIMINTA|DITEMUKAN|DITERIMA) would have no"):
        require_watched(book, tables(), LIFE)


def test_no_open_duty_is_without_a_clock_but_where_nobody_owes_anything() -> None:
    require_watched(load_policies(), tables(), LIFE)
    assert {kind: table.resting for kind, table in tables().items()} == {
        "permintaan_data": {State.DIJAWAB},
        "insiden_data": {State.DIBERITAHUKAN},
        "lhp_ombudsman": {State.DILAPORKAN},
    }


def test_no_duty_waits_for_one_role_alone() -> None:
    alone = {(kind, row.name) for kind, table in tables().items() for row in table.acts if len(row.by) == 1}
    assert alone == set()


def test_pages_have_a_word_for_every_code_and_a_form_and_readers_for_every_kind() -> None:
    assert words.KINDS.keys() == LIFE.kinds == KINDS == OFFICES.keys() == FORMS.keys()
    assert words.STARTS.keys() == LIFE.facts
    assert words.ACTS.keys() == LIFE.acts
    assert set(words.STATES) == set(State)
    assert of_pages.ENTERING.keys() == set(of_pages.BY_SLUG.values()) == KINDS


def test_every_act_of_a_kind_has_a_page() -> None:
    for kind, table in tables().items():
        assert {step.act for step in of_pages.STEPS[kind]} == {row.name for row in table.acts}


def test_whoever_may_act_on_a_kind_sees_it() -> None:
    for kind, table in tables().items():
        acting = {role for row in table.rows for role in row.by} - {"person"}
        assert acting <= OFFICES[kind]


def test_every_ground_of_a_refusal_has_a_source() -> None:
    assert {"membahayakan", "mengungkap_orang_lain"} <= set(grounds())
    assert all("art. 33" in one.source or "own norm" in one.source for one in grounds().values())


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"id": "x", "words": "X", "source": "", "confirmed": True}, "x: source"),
        ({"id": "x", "words": "X", "source": "S", "confirmed": "ya"}, "x: confirmed"),
        ({"id": "membahayakan", "words": "X", "source": "S", "confirmed": True}, "id used twice"),
    ],
)
def test_a_ground_without_source_or_that_is_there_twice_is_refused(entry: dict[str, Any], told: str) -> None:
    known = {"id": "membahayakan", "words": "W", "source": "S", "confirmed": True}
    with pytest.raises(GroundError, match=told):
        read_grounds({"grounds": [known, entry]})


def test_corrective_actions_stand_one_a_line() -> None:
    assert actions_of(" Perbaiki jadwal. \n\n  Umumkan standar.\n") == [
        "Perbaiki jadwal.",
        "Umumkan standar.",
    ]


def test_whoever_reports_something_is_told_of_the_times_of_complaints_alone() -> None:
    rules = load_policies().rules
    told = {step for _, step in path(load_policies(), "pengaduan")}
    assert "Menunggu petugas memeriksa pengaduan" in told
    assert told <= {rule.step for rule in rules if "pengaduan" in rule.kinds}
