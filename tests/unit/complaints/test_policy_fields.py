"""Every field of every shipped policy and ladder is read: altered alone, it changes something or is refused.

What happens is all that the pure parts of cases and deadlines say of a year's complaints: which deadline is
armed by which fact, when it is due, whom it tells when, what ends it, and when it may stand still.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from services.complaints.cases import kinds as of_cases
from services.complaints.cases.domain.acts import Act
from services.complaints.cases.kinds import tables
from services.complaints.deadlines.data import SHIPPED_POLICIES, read, unit_calendar
from services.complaints.deadlines.data.policies import Policy, parse
from services.complaints.deadlines.domain.policy import (
    CLASSES,
    Matter,
    PolicyBook,
    PolicyError,
    PolicyLostError,
    Rule,
)
from services.complaints.deadlines.domain.schedule import schedule, share_over
from services.complaints.duties import kinds as of_duties
from services.complaints.duties.domain.lives import KINDS as DUTY_KINDS
from services.complaints.integrity import kinds as of_integrity
from services.complaints.integrity.domain.lives import KINDS as INTEGRITY_KINDS
from services.complaints.matters import watched
from services.complaints.matters.domain import Life, Table
from services.complaints.matters.watched import require_known, require_watched, ways
from shared.kernel import Zone

CALENDAR = unit_calendar(Zone.WIB)
CASE_KINDS = ("pengaduan", "aspirasi", "konsultasi", "permintaan_informasi")
DAYS = [
    datetime(2026, 1, 5, 2, tzinfo=UTC),
    datetime(2026, 2, 13, 9, tzinfo=UTC),
    datetime(2026, 4, 1, 9, tzinfo=UTC),
]
"""A Monday, a Friday, and a Wednesday after which 30 days end on a holiday."""
LIVES: tuple[Life[Any, Any], ...] = (of_cases.LIFE, of_integrity.LIFE, of_duties.LIFE)
FACTS = sorted(frozenset[str]().union(*(life.facts for life in LIVES)))
ACT_NAMES = frozenset[str]().union(*(life.acts for life in LIVES))
BEFORE_NOW = frozenset({"file_complete"})
NOW_ON = frozenset(FACTS) - BEFORE_NOW
"""Facts by whether they count from a moment before they are known."""
PLACES = ((None, "A"), ("U", "A"), ("V", "B"))

FOR_PEOPLE = {
    "source": "the rule's article, for whoever asks why; only an empty one is refused",
    "note": "explains an entry to its editor",
    "confirmed": "whether somebody has read the article; officers' pages say so, a test counts it",
    "title": "what officers' pages call a deadline",
}
"""Fields that decide nothing."""
ONLY_REFUSED = {"is_due": "a ladder has one due rung, and a rung one place"}
"""Fields whose other values cannot be tried."""
UNTOLD = ("reporter", "retention")
"""Ladders that tell nobody else: of the reporter's own time, and of how long an ended case is kept."""
IDLE: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "roll": lambda entry: entry["unit"] == "wd",  # the last of some working days is one
    "breach_to": lambda entry: entry["ladder"] in UNTOLD,
    "escalate_to": lambda entry: entry["ladder"] in UNTOLD,
}
"""Where a field has nothing to decide, because of the entry's other fields."""

Alter = Callable[[Any], list[Any]]
ALTERED: Mapping[str, Alter] = {
    "id": lambda old: [f"{old}X"],
    "version": lambda old: [f"{old}x"],
    "kinds": lambda old: [[], ["keluhan"], ["pengaduan"] if "konsultasi" in old else [*old, "konsultasi"]],
    "class": lambda old: ["ringan", "tidak_berkadar" if old is None else None],
    "scope": lambda _: [{"level": "unit", "id": "U"}, {"level": "agency", "id": "A"}],
    "start": lambda old: [*[[fact] for fact in FACTS if [fact] != old][::4], []],
    "extension": lambda old: [(old or 0) + 3],
    "met_by": lambda old: [[*old, "reassign"], [*old, "assess"], ["reassign"], ["assess"], ["dance"]],
    "cancelled_by": lambda old: [[*(old or ()), "close"], [*(old or ()), "assess"], ["dance"]],
    "pausable": lambda old: [not old],
    "step": lambda old: [f"{old} lagi"],
    "on_due": lambda old: ["close_by_silence" if old != "close_by_silence" else None],
    "length": lambda old: [old - 1 or 2],
    "unit": lambda old: ["cd" if old != "cd" else "wd"],
    "roll": lambda old: [not old],
    "due": lambda _: ["service_end"],
    "ladder": lambda old: ["short" if old != "short" else "reporter"],
    "holder": lambda old: ["complaint_supervisor" if old != "complaint_supervisor" else "case_handler"],
    "breach_to": lambda old: [[*old, "inspector" if "privacy_officer" in old else "privacy_officer"]],
    "escalate_to": lambda old: [[*old, "complaint_officer"]],
    "valid_from": lambda _: ["2026-02-01"],
    "valid_to": lambda _: ["2026-02-01"],
    "code": lambda old: [f"{old}x"],
    "percent": lambda old: [old + 25],
    "working_days": lambda old: [old - 1 if old < 0 else old + 1],
    "is_due": lambda _: [False],
    "to": lambda old: [[*old, "complaint_officer"]],
    "repeat_days": lambda old: [old + 1],
    "repeat_to": lambda old: [[*old, "inspector"]],
    "pause_cap_days": lambda _: [20],
    "second_person_after_percent": lambda _: [50],
    "superiors": lambda _: ["inspector"],
    "class_fallback": lambda _: ["tidak_berkadar"],
}

Data = dict[str, Any]
"""The shipped files: `policies`, `ladders` and `acts`."""


OWN = {
    "id": "D5",
    "version": "D5-own.1",
    "kinds": ["pengaduan"],
    "class": "ringan",
    "scope": {"level": "agency", "id": "A"},
    "length": 30,
    "unit": "wh",
    "pausable": True,
    "ladder": "short",
    "holder": "case_handler",
    "breach_to": ["case_approver"],
    "escalate_to": ["agency_head"],
    "source": "Standard of agency A",
    "valid_from": None,
    "confirmed": True,
}
"""As an agency writes it: in hours, and silent on what is as in the nation."""


def shipped() -> Data:
    policies = [entry for name in SHIPPED_POLICIES for entry in read(f"policy/{name}")["policies"]]
    policies.append(dict(OWN))
    return {
        "policies": policies,
        "ladders": read("policy/ladders.json"),
        "pauses": read("policy/pause_limits.json"),
    }


def book_of(data: Data) -> PolicyBook:
    book = parse([{"policies": data["policies"]}], data["ladders"], data["pauses"])
    require_known(book, LIVES)
    require_watched(book, tables(), of_cases.LIFE)
    require_watched(book, of_integrity.tables(), of_integrity.LIFE)
    require_watched(book, of_duties.tables(), of_duties.LIFE)
    return book


@cache
def instants(
    rule: Rule, start: datetime, length: int, percent: int, superiors: tuple[tuple[str, str], ...]
) -> Any:
    """Return when a deadline is due, fires and may no longer be stopped by one person, and whom it tells."""
    made = schedule(rule, start, CALENDAR, dict(superiors), length=length)
    return made, share_over(rule, start, CALENDAR, length, (), percent) if rule.is_pausable else None


def told(book: PolicyBook, rule: Rule, start: datetime) -> Any:
    """Return all that happens by a rule from its start on."""
    length = min(rule.length, book.pause_cap_days) if "requested" in rule.starts else rule.length
    return (
        (
            rule.id,
            rule.version,
            rule.ladder.repeat_days,
            rule.ladder.repeat_to,
            book.due_work(rule.id),
            rule.step,
            rule.extension,
            rule.holder,
        ),
        instants(rule, start, length, book.second_person_after, tuple(book.superiors.items())),
        [(name in rule.met_by, name in rule.cancelled_by) for name in ACT_NAMES],
    )


def in_force(book: PolicyBook, matter: Matter, start: datetime) -> Iterator[Rule]:
    found = (book.in_force(rule_id, matter, CALENDAR.local_date(start)) for rule_id in book.ids)
    return (rule for rule in found if rule is not None)


def behaviour(book: PolicyBook) -> Any:
    """Return what the book makes of complaints of every class in several places, on several days."""
    happens = [
        (kind, fact, told(book, rule, start))
        for kind in (*CASE_KINDS, *sorted(INTEGRITY_KINDS | DUTY_KINDS))
        for unit, agency in PLACES
        for case_class in (None, *CLASSES)
        for now in DAYS
        for start, facts in ((now, NOW_ON), (now - timedelta(days=5), BEFORE_NOW))
        for rule in in_force(book, Matter(UUID(int=0), unit, agency, kind, case_class), start)
        for fact in rule.starts
        if fact in facts
    ]
    return happens, book.held_by("reporter")


def outcome(data: Data) -> Any:
    try:
        return behaviour(book_of(data))
    except PolicyError as error:
        return error


SHIPPED = shipped()
BEFORE = behaviour(book_of(shipped()))


def places() -> Iterator[tuple[str, ...]]:
    """Yield where each field stands; its name is the last word, or the table around it."""
    written = {key for entry in SHIPPED["policies"] for key in entry}
    known = {field.alias or name for name, field in Policy.model_fields.items()}
    for i in range(len(SHIPPED["policies"]) - 1):  # all but our own
        yield from (("policies", str(i), field) for field in sorted(written | known))
    for name, ladder in SHIPPED["ladders"]["ladders"].items():
        yield from (("ladders", "ladders", name, field) for field in sorted(ladder.keys() - {"rungs"}))
        for i, rung in enumerate(ladder["rungs"]):
            yield from (("ladders", "ladders", name, "rungs", str(i), field) for field in sorted(rung))
    for table in sorted(SHIPPED["ladders"].keys() - {"ladders", "source"}):
        yield from (("ladders", table, key) for key in SHIPPED["ladders"][table])
    yield from (("pauses", field) for field in SHIPPED["pauses"])


def altered() -> Iterator[tuple[str, str, Data]]:
    """Yield each field's name, where it stands, and the data with nothing but it altered."""
    for *way, last in places():
        field = last if last in ALTERED or last in FOR_PEOPLE else way[-1]
        if field in FOR_PEOPLE:
            continue
        for value in ALTERED[field](inside(SHIPPED, way).get(last)):
            data = shipped()
            inside(data, way)[last] = value
            yield field, f"{'.'.join((*way, last))}: {value}", data


def inside(data: Any, way: list[str]) -> dict[str, Any]:
    for step in way:
        data = data[int(step) if isinstance(data, list) else step]
    found: dict[str, Any] = data
    return found


CASES = {where: (field, data) for field, where, data in altered()}


@cache
def after(where: str) -> Any:
    """Return what happens once this one field is altered."""
    return outcome(CASES[where][1])


def is_idle(field: str, way: list[str]) -> bool:
    """Tell whether a field has nothing to decide where it stands."""
    if field == "superiors":
        # whose ladders tell none, or whose deadlines a profile alone has; a holder has to have one
        return way[-1] in ("reporter", "case_approver")
    return way[0] == "policies" and field in IDLE and IDLE[field](inside(SHIPPED, way[:-1]))


@pytest.mark.parametrize("where", CASES)
def test_a_field_altered_alone_changes_what_happens_or_is_refused(where: str) -> None:
    if is_idle(CASES[where][0], where.partition(": ")[0].split(".")):
        assert after(where) == BEFORE
    else:
        assert isinstance(after(where), PolicyError) or after(where) != BEFORE


def test_every_field_has_another_value_that_is_taken_and_changes_what_happens() -> None:
    taken = {field for where, (field, _) in CASES.items() if not isinstance(after(where), PolicyError)}
    assert {field for field, _ in CASES.values()} - taken == ONLY_REFUSED.keys()


def test_what_is_for_people_changes_nothing() -> None:
    for field, value in {
        "source": "Another article",
        "note": "A word",
        "confirmed": True,
        "title": "Another name",
    }.items():
        data = shipped()
        data["policies"][0][field] = value
        assert field in FOR_PEOPLE
        assert outcome(data) == BEFORE


def test_another_start_arms_a_deadline_at_another_fact() -> None:
    def armed(act: Act, data: Data) -> list[str]:
        matter, day = Matter(UUID(int=0), "U", "A", "pengaduan", "normatif"), date(2026, 1, 5)
        return [rule.id for fact in act.makes for rule in book_of(data).starting(fact, matter, day)]

    moved = shipped()
    next(entry for entry in moved["policies"] if entry["id"] == "D4")["start"] = ["verified", "objected"]
    (verify,), (dispose,) = (tables()["pengaduan"].named(name) for name in ("verify", "dispose"))
    assert armed(verify, shipped()) == ["D3", "D5"]
    assert armed(verify, moved) == ["D3", "D4", "D5"]
    assert armed(dispose, shipped()) == ["D4"]
    assert armed(dispose, moved) == []


@pytest.mark.parametrize(
    ("rule_id", "field", "value", "state"),
    [
        ("D2", "start", ["received"], "MENUNGGU_KELENGKAPAN"),
        ("D8", "start", ["received"], "DITANGGAPI"),
        ("D3", "met_by", ["verify", "dispose"], None),
        ("D8", "met_by", ["close", "object", "reassign"], "DITANGGAPI"),
    ],
)
def test_policies_that_leave_an_open_case_without_a_deadline_are_refused(
    rule_id: str, field: str, value: Any, state: str | None
) -> None:
    data = shipped()
    next(entry for entry in data["policies"] if entry["id"] == rule_id)[field] = value
    if state is None:
        book_of(data)  # what an act arms it does not meet
    else:
        with pytest.raises(PolicyError, match=f"what is in {state} would have no deadline"):
            book_of(data)


def test_an_act_that_nobody_knows_is_refused_by_its_entry() -> None:
    data = shipped()
    data["policies"][0]["met_by"] = ["verify", "dance"]
    with pytest.raises(PolicyError, match=r"^D1\.1: .*unknown dance"):
        book_of(data)


def test_an_own_entry_is_as_the_national_one_where_it_says_nothing() -> None:
    own = book_of(shipped()).version("D5-own.1")
    assert (own.met_by, own.starts, own.on_due) == (frozenset({"approve"}), ("file_complete",), None)
    assert own.title == "Tanggapan"


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("kinds", ["pengaduan", "keluhan"], "kinds: unknown keluhan"),
        ("start", ["seen"], "start: unknown seen"),
        ("start", ["gift_received"], "start: unknown gift_received"),
        ("met_by", ["verify", "settle"], "met_by, cancelled_by: unknown settle"),
    ],
)
def test_an_entry_names_only_what_the_subjects_of_its_kinds_know(
    field: str, value: list[str], complaint: str
) -> None:
    data = shipped()
    data["policies"][0][field] = value
    with pytest.raises(PolicyError, match=rf"^D1\.1: {complaint}"):
        book_of(data)


def test_a_gift_that_nobody_would_watch_is_refused() -> None:
    data = shipped()
    next(entry for entry in data["policies"] if entry["id"] == "D11f")["start"] = ["taken_on"]
    with pytest.raises(PolicyError, match=r"what is in DITETAPKAN would have no deadline \(national, gratif"):
        book_of(data)


def test_what_ends_a_deadline_of_a_lost_version_its_id_says() -> None:
    book = book_of(shipped())
    lost = replace(book, rules=tuple(rule for rule in book.rules if rule.version != "D5-own.1"))
    assert lost.about("D5", "D5-own.1").met_by == frozenset({"approve"})
    with pytest.raises(PolicyLostError):
        lost.about("D77", "D77.1")


def own(scope: dict[str, str], like: str, **changes: Any) -> dict[str, Any]:
    """Return an own entry for a unit or an agency, otherwise as a shipped one."""
    entry = next(dict(entry) for entry in SHIPPED["policies"] if entry["version"] == like)
    return {**entry, "version": f"{scope['id']}-{like}", "scope": scope, **changes}


def test_a_units_entries_are_tried_together_with_those_of_an_agency() -> None:
    agency, unit = {"level": "agency", "id": "a1"}, {"level": "unit", "id": "u1"}
    data = shipped()
    data["policies"] += [
        own(agency, "D5-normatif.1", met_by=["approve", "follow_up"]),
        own(agency, "D6C.1", id="D90", start=["file_complete"]),
    ]
    book_of(data)
    shorter = own(unit, "D6C.1", id="D90", start=["file_complete"], met_by=["approve", "follow_up"])
    data["policies"].append(shorter)
    with pytest.raises(PolicyError, match=r"what is in DIPROSES would have no deadline \(u1, "):
        book_of(data)


def test_many_own_standards_that_move_as_the_nation_does_are_not_tried_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str | None] = []

    def noted(
        book: PolicyBook, table: Table[Any, Any], matter: Matter, day: date, life: Life[Any, Any]
    ) -> set[watched.Way[Any]]:
        tried.append(matter.unit_id)
        return ways(book, table, matter, day, life)

    monkeypatch.setattr(watched, "ways", noted)
    data = shipped()
    units = [{"level": "unit", "id": f"u{number}"} for number in range(300)]
    data["policies"] += [own(unit, "D5-normatif.1", length=3) for unit in units]
    book_of(data)
    assert set(tried) == {None}
    data["policies"].append(own({"level": "unit", "id": "odd"}, "D4.1", met_by=["follow_up"]))
    book_of(data)
    assert set(tried) == {None, "odd"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"start": ["requested"]}, r"^u1-D4\.1: start: not as in D4\.1; take another id"),
        ({"id": "D99", "on_due": "close_by_silence"}, r"^u1-D4\.1: on_due: only of ids that a national"),
    ],
)
def test_an_id_means_one_thing_everywhere(changes: dict[str, Any], complaint: str) -> None:
    data = shipped()
    data["policies"].append(own({"level": "unit", "id": "u1"}, "D4.1", **changes))
    with pytest.raises(PolicyError, match=complaint):
        book_of(data)


def test_only_a_deadline_that_the_reporter_keeps_is_a_request_for_facts() -> None:
    data = shipped()
    data["policies"].append(own({"level": "unit", "id": "u1"}, "D4.1", id="D99", start=["requested"]))
    book = book_of(data)
    assert book.requests == ["D2"]
    assert book.steps["D2"] == "Menunggu Anda melengkapi pengaduan"


def test_an_own_deadline_that_says_no_words_has_some_for_the_reporter() -> None:
    data = shipped()
    entry = own({"level": "unit", "id": "u1"}, "D4.1", id="D99")
    del entry["step"]
    data["policies"].append(entry)
    assert book_of(data).steps["D99"] == "Menunggu petugas"
