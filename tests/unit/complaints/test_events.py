"""What the topics promise is what acts and clocks can tell, no more and no less."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from services.complaints.cases import events as case_events
from services.complaints.cases.kinds import tables
from services.complaints.deadlines import events
from services.complaints.deadlines.data import shipped_policies
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.duties import kinds as of_duties
from services.complaints.integrity import kinds as of_integrity
from shared.contracts import complaints
from shared.contracts.topics import topic
from tests.unit.complaints.test_cases import CASE


def test_every_registered_fact_of_a_case_has_an_act() -> None:
    told = {
        type(case_events.case_fact(replace(CASE, kind=table.kind, state=target), row.past))
        for table in tables().values()
        for row in table.rows
        for source in row.sources or {None}
        for target in (row.leads_to(source, None) if source else row.targets)
    }
    assert told == set(topic("zi.complaints.case.v1").events)


def test_the_kinds_of_cases_that_others_tell_apart_are_those_that_there_are() -> None:
    assert tables().keys() == complaints.CASE_KINDS
    assert complaints.CASE_KINDS.isdisjoint(of_integrity.tables())
    assert complaints.CASE_KINDS.isdisjoint(of_duties.tables())


def test_every_registered_fact_of_a_clock_is_used_by_the_events_of_clocks() -> None:
    registered = set(topic("zi.complaints.deadline.v1").events)
    used = {value for value in vars(events).values() if isinstance(value, type)}
    assert {contract for contract in used if issubclass(contract, complaints.DeadlineFact)} == registered | {
        complaints.DeadlineFact
    }


AT = datetime(2026, 3, 12, tzinfo=UTC)
CLOCK = Deadline(
    id=UUID(int=1), case_ref=UUID(int=2), unit_key="u-1", kind="pengaduan", rule_id="", policy="",
    calendar_version=1, cycle=1, start_fact=None, start_at=AT, length=1, most_days=None, due_at=AT,
    next_fire_at=AT, passed=(), status="armed", breached_at=None,
    met_at=None, is_provisional=False, is_backdated=False, version=1,
)  # fmt: skip


def test_a_clock_tells_who_has_to_keep_it_as_long_as_its_policy_is_known() -> None:
    for rule in shipped_policies().rules:
        assert events.armed(replace(CLOCK, rule_id=rule.id, policy=rule.version)).holder == rule.holder
    assert events.met(replace(CLOCK, rule_id="X1", policy="X1.1")).holder is None
