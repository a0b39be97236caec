"""Cases in thought: any lawful acts of any people, and from every open state there is a way to an end."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.complaints.cases.domain.acts import ACTS, FINAL, ActName, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_approver, require_handler, require_other_handler
from shared.kernel import DomainError
from tests.unit.complaints.test_cases import CASE

PEOPLE = st.sampled_from(("sari", "budi", "mistyped"))
PRESENT = "rina"
"""Somebody who is there and may be named whatever happened to the others."""
APPROVER = "dewi"


def perform(case: Case, name: ActName, officer: str) -> Case:
    """Return the case after an act of an officer, or raise the refusal."""
    target = case.target_of(name)
    changes: dict[str, object] = {}
    match name:
        case "dispose":
            changes = {"handler": officer}
        case "reassign":
            require_other_handler(case, officer)
            changes = {"handler": officer}
        case "request_completion":
            if case.handler is not None:
                require_handler(case, officer)
            changes = {"state_before": case.state}
        case "complete" | "proceed":
            changes = {"state_before": None}
        case "follow_up":
            require_handler(case, officer)
        case "respond":
            require_handler(case, officer)
            changes = {"has_draft": True, "drafted_by": officer}
        case "approve":
            require_approver(case, officer)
            changes = {"has_draft": False, "drafted_by": None}
    return replace(case, state=target, **changes)  # type: ignore[arg-type]


NEXT: dict[State, Callable[[Case], tuple[ActName, str]]] = {
    State.DITERIMA: lambda _: ("verify", PRESENT),
    State.DIVERIFIKASI: lambda _: ("dispose", PRESENT),
    State.MENUNGGU_KELENGKAPAN: lambda _: ("proceed", PRESENT),
    State.DITANGGAPI: lambda _: ("close", PRESENT),
}


def onward(case: Case) -> tuple[ActName, str]:
    """Return what those who are there do next while the reporter says nothing."""
    if case.state in NEXT:
        return NEXT[case.state](case)
    if case.handler != PRESENT:
        return "reassign", PRESENT
    return ("approve", APPROVER) if case.drafted_by == PRESENT else ("respond", PRESENT)


class AnyLife(RuleBasedStateMachine):
    """A case in the hands of people of whom some are gone or never were."""

    def __init__(self) -> None:
        super().__init__()
        self.case = CASE

    @rule(name=st.sampled_from(sorted(ACTS.keys() - {"withdraw", "close"})), officer=PEOPLE)
    def somebody_acts(self, name: ActName, officer: str) -> None:
        try:
            self.case = perform(self.case, name, officer)
        except DomainError:
            return

    @invariant()
    def an_end_is_in_reach(self) -> None:
        case, steps = self.case, 0
        while case.state not in FINAL:
            case = perform(case, *onward(case))
            steps += 1
            assert steps <= 8


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
