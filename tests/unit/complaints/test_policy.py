"""What the policy loader refuses, and which policy a clock gets."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.complaints.cases.domain.acts import FINAL, KINDS
from services.complaints.cases.kinds import LIFE, tables
from services.complaints.deadlines.data import load_policies, read
from services.complaints.deadlines.data.policies import parse
from services.complaints.deadlines.domain.policy import (
    CLASSES,
    CaseClass,
    Matter,
    PolicyBook,
    PolicyError,
)
from services.complaints.matters.watched import require_watched, ways

LADDERS = read("policy/ladders.json")
PAUSES = read("policy/pause_limits.json")
D1 = next(entry for entry in read("policy/cases.json")["policies"] if entry["id"] == "D1")


def book(*entries: dict[str, Any]) -> PolicyBook:
    return parse([{"policies": list(entries)}], LADDERS, PAUSES)


def length(policies: PolicyBook, unit: str | None, agency: str, on: date = date(2026, 1, 1)) -> int:
    """Return the days D1 gives a complaint about this unit."""
    matter = Matter(UUID(int=1), unit, agency, "pengaduan", None)
    rule = policies.in_force("D1", matter, on)
    assert rule is not None
    return rule.length


def standard(policies: PolicyBook, case_class: str, agency: str) -> str:
    """Return the version of D5 a complaint of this class gets."""
    matter = Matter(UUID(int=1), "U", agency, "pengaduan", case_class)
    rule = policies.in_force("D5", matter, date(2026, 1, 1))
    assert rule is not None
    return rule.version


def changed(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = copy.deepcopy(D1)
    entry.update(changes)
    return entry


@pytest.mark.parametrize("fallback", [{"ringan": "ringan"}, {"ringan": "normatif", "normatif": "ringan"}])
def test_a_class_that_falls_back_in_a_circle_is_refused(fallback: dict[str, str]) -> None:
    with pytest.raises(PolicyError, match=r"^ladders: class_fallback: \w+ falls back in a circle"):
        parse([{"policies": [D1]}], {**LADDERS, "class_fallback": fallback}, PAUSES)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"length": 0}, "length"),
        ({"length": True}, "length"),
        ({"length": 2.5}, "length"),
        ({"source": ""}, "source: String should have at least 1 character"),
        ({"kinds": []}, "kinds: .*at least 1 item"),
        ({"class": "berat"}, "class: .*not 'berat'"),
        ({"start": "seen"}, "start: Input should be a valid tuple"),
        ({"unit": "week"}, "unit: .*not 'week'"),
        ({"ladder": "long"}, "unknown long"),
        ({"holder": "boss"}, "holder: .*not 'boss'"),
        ({"breach_to": ["boss"]}, "breach_to.0: .*not 'boss'"),
        ({"due": "noon"}, "due: .*not 'noon'"),
        ({"scope": {"level": "unit"}}, "scope id"),
        ({"scope": {"level": "national", "id": "X"}}, "scope id"),
        ({"scope": {"level": "city", "id": "X"}}, "scope.level: .*not 'city'"),
        ({"valid_from": "2026-01-02", "valid_to": "2026-01-01"}, "valid_to"),
        ({"unit": "cd"}, "working time"),
        ({"length": 2}, "too short"),
        ({"unit": "wh", "length": 30}, "too short"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"holder": "agency_head"}, "no superior"),
    ],
)
def test_unsound_policies_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PolicyError, match=rf"^D1\.1: .*{complaint}"):
        book(changed(**changes))


def test_a_missing_field_is_refused() -> None:
    entry = changed()
    del entry["escalate_to"]
    with pytest.raises(PolicyError, match="escalate_to"):
        book(entry)


@pytest.mark.parametrize(
    ("second_from", "complaint"), [("2026-01-31", "overlaps"), ("2026-02-02", "leaves a gap")]
)
def test_versions_must_join_without_overlap_or_gap(second_from: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        book(changed(valid_to="2026-01-31"), changed(version="D1.2", valid_from=second_from))


def test_a_version_name_is_used_once() -> None:
    with pytest.raises(PolicyError, match="used twice"):
        book(changed(valid_to="2026-01-31"), changed(valid_from="2026-02-01"))


@pytest.mark.parametrize(
    ("rungs", "complaint"),
    [
        ([{"code": "p50", "percent": 50, "to": ["holder"]}], "exactly one rung"),
        ([{"code": "due", "is_due": True, "to": []}, {"code": "due", "percent": 1, "to": []}], "used twice"),
        ([{"code": "due", "is_due": True, "percent": 5, "to": []}], "exactly one of"),
        (
            [{"code": "due", "is_due": True, "to": []}, {"code": "p", "percent": 100, "to": []}],
            "percent: .*less than 100",
        ),
        ([{"code": "due", "is_due": True, "to": ["boss"]}], "to.0: .*not 'boss'"),
    ],
)
def test_unsound_ladders_are_refused(rungs: list[dict[str, Any]], complaint: str) -> None:
    ladders = {**LADDERS, "ladders": {**LADDERS["ladders"], "std": {"rungs": rungs}}}
    with pytest.raises(PolicyError, match=complaint):
        parse([{"policies": [changed()]}], ladders, PAUSES)


def test_the_version_valid_on_the_start_date_applies() -> None:
    made = book(changed(valid_to="2026-01-31"), changed(version="D1.2", valid_from="2026-02-01", length=4))
    assert length(made, None, "A", date(2026, 1, 31)) == 3
    assert length(made, None, "A", date(2026, 2, 1)) == 4


def test_the_unit_goes_before_the_agency_before_the_nation() -> None:
    made = book(
        changed(),
        changed(version="D1.a", scope={"level": "agency", "id": "A"}, length=4),
        changed(version="D1.u", scope={"level": "unit", "id": "U"}, length=5),
    )
    places = [("U", "A"), ("V", "A"), (None, "A"), ("V", "B")]
    assert [length(made, unit, agency) for unit, agency in places] == [5, 4, 4, 3]


def test_light_complaints_without_own_standard_are_answered_as_normative_ones() -> None:
    assert standard(load_policies(), "ringan", "A") == "D5-normatif.1"


def test_an_agency_brings_its_own_standard_in_a_folder(tmp_path: Path) -> None:
    entry = changed(
        id="D5",
        version="D5-ringan-a.1",
        scope={"level": "agency", "id": "A"},
        start=["file_complete"],
        length=3,
        unit="wh",
        ladder="short",
    ) | {"class": "ringan"}
    (tmp_path / "own.json").write_text(json.dumps({"policies": [entry]}))
    made = load_policies(tmp_path)
    assert standard(made, "ringan", "A") == "D5-ringan-a.1"
    assert standard(made, "ringan", "B") == "D5-normatif.1"


def test_an_own_policy_may_not_be_national(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps({"policies": [changed(version="D1.x")]}))
    with pytest.raises(PolicyError, match="may not be national"):
        load_policies(tmp_path)


def test_every_shipped_policy_names_its_source_and_whether_it_is_confirmed() -> None:
    assert {rule.id for rule in load_policies().rules} == {
        *("D1", "D2", "D3", "D4", "D5", "D6", "D6C", "D8", "D8P", "D9", "D10", "D15", "D16"),
        *("D11a", "D11b", "D11c", "D11d", "D11e", "D11f", "D12a", "D12b"),
        *("D13", "D13b", "D17"),
    }
    assert all(rule.source for rule in load_policies().rules)
    assert {rule.version for rule in load_policies().rules if rule.is_confirmed} == {
        *("D3.1", "D5-berkadar.1", "D5-konsultasi.1", "D8P.1", "D15.1", "D16.1"),
        *("D11a.1", "D11b.1", "D11c.1", "D11c.2", "D11d.1", "D11e.1", "D11f.1"),
        *("D13b.1", "D17.1"),
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_says_how_long_its_ended_cases_are_kept(kind: str) -> None:
    matter = Matter(UUID(int=1), "U", "A", kind, None)
    [rule] = load_policies().starting("ended", matter, date(2026, 1, 1))
    assert (rule.length, rule.unit.value, rule.holder, rule.is_confirmed) == (
        60,
        "month",
        "privacy_officer",
        False,
    )


def test_courts_count_by_their_own_days_and_nobody_else_does() -> None:
    courts = load_policies(profiles={"ma": "peradilan", "pt": "peradilan"})
    require_watched(courts, tables(), LIFE)
    assert [length(courts, "u", agency) for agency in ("ma", "pt", "other")] == [1, 1, 3]
    ours = [rule for rule in courts.rules if rule.scope_id == "ma"]
    assert {(rule.id, rule.length, rule.unit.value) for rule in ours} == {
        ("D1", 1, "wd"),
        ("D3", 3, "wd"),
        ("D4", 5, "wd"),
        ("D7a", 5, "wd"),
        ("D7b", 5, "wd"),
        ("D7c", 10, "wd"),
        ("D7d", 5, "wd"),
        ("D7e", 10, "wd"),
    }
    assert all("Perma 9/2016" in rule.source and not rule.is_confirmed for rule in ours)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("case_class", CLASSES)
def test_no_open_case_of_a_court_is_without_a_clock(kind: str, case_class: CaseClass) -> None:
    courts = load_policies(profiles={"ma": "peradilan"})
    matter = Matter(UUID(int=1), "u", "ma", kind, case_class)
    reached = ways(courts, tables()[kind], matter, date(2026, 1, 5), LIFE)
    assert {way.state for way in reached} == tables()[kind].states
    assert all(way.running for way in reached if way.state not in FINAL)


def test_acts_that_are_owed_are_open_in_courts_alone_each_while_its_deadline_runs() -> None:
    book, table = load_policies(profiles={"ma": "peradilan"}), tables()["pengaduan"]
    owed = {row.name for row in table.acts if row.is_owed}
    open_to: dict[str, set[str]] = {}
    for agency in ("ma", "other"):
        matter = Matter(UUID(int=1), "u", agency, "pengaduan", "berkadar_pengawasan")
        reached = ways(book, table, matter, date(2026, 1, 5), LIFE)
        met = {way: {act for one in way.running for act in book.version(one).met_by} for way in reached}
        open_to[agency] = {
            row.name for way in reached for row in table.open_to(way.state, way.before)
            if row.name in owed & met[way]
        }  # fmt: skip
    assert open_to == {"ma": owed, "other": set()}
    assert owed == {"correct_review", "decide_review", "begin_inspection", "report_inspection"}


def test_what_the_text_of_the_courts_rule_leaves_open_is_named_in_the_profile() -> None:
    note = read("policy/profiles/peradilan.json")["note"]
    assert all(f"{name} " in note for name in ("correct", "decide", "team", "start", "report"))
    assert "Not in the text" in note


def test_an_unknown_profile_is_refused_by_its_name() -> None:
    with pytest.raises(PolicyError, match=r"^profile pengadilan of agency ma: unknown; known are peradilan"):
        load_policies(profiles={"ma": "pengadilan"})


@pytest.mark.parametrize("agency", ["kementerian-" + "x" * 48, "badan/a"])
def test_an_agency_whose_versions_no_event_carries_is_refused_with_its_profile(agency: str) -> None:
    with pytest.raises(
        PolicyError, match=rf"^profile peradilan of agency {agency}: the version D1.*\.{agency}"
    ):
        load_policies(profiles={agency: "peradilan"})


def test_an_agency_id_may_be_as_long_as_its_versions_fit_into_events() -> None:
    longest = max(len(entry["version"]) for entry in read("policy/profiles/peradilan.json")["policies"])
    fits = "x" * (59 - longest)
    assert load_policies(profiles={fits: "peradilan"})
    with pytest.raises(PolicyError):
        load_policies(profiles={fits + "x": "peradilan"})
