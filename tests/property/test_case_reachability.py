"""Cases in thought: any lawful acts of any people, and from every open state there is a way to an end."""

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.complaints.cases.domain.acts import ACT_NAMES, FINAL, OPEN, Act, ActName, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import (
    require_approver,
    require_confirmer,
    require_handler,
    require_other_handler,
    require_proposed,
    require_role,
)
from services.complaints.cases.kinds import row_for, tables
from shared.kernel import DomainError
from tests.unit.complaints.test_cases import CASE

PEOPLE = ("sari", "budi", "mistyped")
PRESENT = "rina"
"""Somebody who is there and may be named whatever happened to the others."""
APPROVER = "dewi"
REPORTERS_OWN = frozenset({"withdraw", "close"})
"""Acts that end a case at once: left out, so that cases live on."""
MOST_STEPS = 8


def require(case: Case, row: Act, officer: str) -> None:
    """Refuse an act that is not this officer's on this case."""
    match row.name:
        case "reassign":
            require_other_handler(case, officer)
        case "confirm_completion":
            require_confirmer(case, "request_completion", officer)
        case "confirm_transfer":
            require_confirmer(case, "transfer", officer)
        case "confirm_dismissal":
            require_confirmer(case, "confirm_dismissal", officer)
        case "refuse_dismissal":
            require_proposed(case, "confirm_dismissal")
        case "approve":
            require_approver(case, officer)
    is_handlers = row.name == "follow_up" or (row.name == "respond" and "case_handler" in row.by)
    if is_handlers or (row.name == "request_completion" and case.handler is not None):
        require_handler(case, officer)


def changed(case: Case, row: Act, officer: str) -> dict[str, Any]:
    """Return what an act changes besides the state."""
    elsewhere = {
        "handler": None,
        "state_before": row.return_to or case.state_before,
        "has_draft": False,
        "drafted_by": None,
    }
    changes: dict[str, dict[str, Any]] = {
        "dispose": {"handler": officer},
        "reassign": {"handler": officer},
        "request_completion": {"state_before": case.state},
        "confirm_completion": {"state_before": case.state},
        "complete": {"state_before": None},
        "proceed": {"state_before": None},
        "respond": {"has_draft": True, "drafted_by": officer},
        "approve": {"has_draft": False, "drafted_by": None},
        "transfer": elsewhere,
        "confirm_transfer": elsewhere,
        "propose_dismissal": {"proposed_act": "confirm_dismissal", "proposed_by": officer},
        "uphold_appeal": {"handler": None},
    }
    return changes.get(row.name, {})


def perform(case: Case, name: ActName, officer: str, to: State | None = None) -> Case:
    """Return the case after an act of an officer in whichever office it takes, or raise the refusal."""
    row = row_for(case, name)
    require(case, row, officer)
    possible = row.leads_to(case.state, case.state_before)
    changes = {"proposed_act": None, "proposed_by": None, **changed(case, row, officer)}
    return replace(case, state=to if to in possible else possible[0], **changes)


def onward(case: Case) -> tuple[ActName, str]:
    """Return what those who are there do next while the reporter says nothing."""
    table = tables()[case.kind]
    simple: dict[State, ActName] = {
        State.DIVERIFIKASI: "dispose",
        State.MENUNGGU_KELENGKAPAN: "proceed",
        State.DITANGGAPI: "close",
    }
    if case.state in simple:
        return simple[case.state], PRESENT
    if case.state is State.DITERIMA and table.named("verify"):
        return "verify", PRESENT
    if case.handler != PRESENT and table.row("reassign", case.state, None):
        return "reassign", PRESENT
    if case.state is State.DIBUKA_KEMBALI:
        return "follow_up", PRESENT
    return ("approve", APPROVER) if case.drafted_by == PRESENT else ("respond", PRESENT)


class AnyLife(RuleBasedStateMachine):
    """A case in the hands of people of whom some are gone or never were."""

    @initialize(kind=st.sampled_from(sorted(tables())))
    def something_is_received(self, kind: str) -> None:
        self.case = replace(CASE, kind=kind)

    @rule(
        name=st.sampled_from(sorted(ACT_NAMES - REPORTERS_OWN - {"receive"})),
        officer=st.sampled_from(PEOPLE),
        to=st.sampled_from([None, *sorted(State)]),
    )
    def somebody_acts(self, name: str, officer: str, to: State | None) -> None:
        try:
            self.case = perform(self.case, cast("ActName", name), officer, to)
        except DomainError:
            return

    @invariant()
    def an_end_is_in_reach(self) -> None:
        case, steps = self.case, 0
        while case.state not in FINAL:
            name, officer = onward(case)
            case = perform(case, name, officer)
            steps += 1
            assert steps <= MOST_STEPS


def test_from_every_state_an_end_is_in_reach() -> None:
    run_state_machine_as_test(
        AnyLife, settings=settings(max_examples=250, stateful_step_count=40, deadline=None)
    )


@pytest.mark.parametrize("kind", tables())
def test_no_act_of_officers_is_nobodys(kind: str) -> None:
    for row in tables()[kind].acts:
        for role in row.by - {"reporter", "engine"}:
            require_role(row, {role})


@pytest.mark.parametrize("kind", tables())
def test_every_open_state_of_a_kind_is_reached_from_its_receipt(kind: str) -> None:
    table = tables()[kind]
    begun: tuple[State, State | None] = (State.DITERIMA, None)
    reached, edge = {begun}, [begun]
    while edge:
        state, before = edge.pop()
        for row in table.open_to(state, before):
            for target in row.leads_to(state, before):
                waits = target is State.MENUNGGU_KELENGKAPAN
                after = (target, (row.return_to or (before if state is target else state)) if waits else None)
                if after not in reached:
                    reached.add(after)
                    edge.append(after)
    assert {state for state, _ in reached} >= table.states & OPEN
