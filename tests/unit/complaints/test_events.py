"""What the topics promise is what acts and clocks can tell, no more and no less."""

from dataclasses import replace

from services.complaints.cases import events as case_events
from services.complaints.cases.domain.acts import ACTS
from services.complaints.deadlines import events
from shared.contracts import complaints
from shared.contracts.topics import topic
from tests.unit.complaints.test_cases import CASE


def test_every_registered_fact_of_a_case_has_an_act() -> None:
    told = {
        type(case_events.case_fact(replace(CASE, state=act.target or CASE.state), act.past))
        for act in ACTS.values()
    }
    told.add(type(case_events.case_fact(CASE, "received")))
    assert told == set(topic("zi.complaints.case.v1").events)


def test_every_registered_fact_of_a_clock_is_used_by_the_events_of_clocks() -> None:
    registered = set(topic("zi.complaints.deadline.v1").events)
    used = {value for value in vars(events).values() if isinstance(value, type)}
    assert {contract for contract in used if issubclass(contract, complaints.DeadlineFact)} == registered | {
        complaints.DeadlineFact
    }
