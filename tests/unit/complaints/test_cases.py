"""The table of acts: every pair of state and act is either in it or refused."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.complaints.cases.domain.acts import ACTS, FINAL, OPEN, RECEIVING, Act, ActName, State
from services.complaints.cases.domain.case import Answer, Case, Outcome
from services.complaints.cases.domain.duties import (
    require_answer,
    require_approver,
    require_evidence,
    require_handler,
    require_other_handler,
)
from services.complaints.cases.domain.refusals import (
    IllegalActError,
    IncompleteActError,
    NotAssignedError,
    OwnProposalError,
    SameHandlerError,
)
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.policy import Matter

BOOK = load_policies()
NOW = datetime(2026, 1, 5, tzinfo=UTC)
CASE = Case(
    id=UUID(int=1),
    version=1,
    unit_id="U",
    agency_id="A",
    kind="pengaduan",
    stream="masyarakat",
    case_class=None,
    channel_kind="web",
    state=State.DITERIMA,
    state_before=None,
    cycle=1,
    received_at=NOW,
    file_complete_at=NOW,
    is_backdated=False,
    handler=None,
    has_draft=False,
    drafted_by=None,
    first_follow_up_at=None,
    closed_at=None,
    closed_by=None,
    outcome=None,
    is_standard_breach=False,
    period_year=2026,
)
LEGAL: dict[ActName, dict[State, State]] = {
    "request_completion": {
        State.DITERIMA: State.MENUNGGU_KELENGKAPAN,
        State.DIDISPOSISIKAN: State.MENUNGGU_KELENGKAPAN,
        State.DIPROSES: State.MENUNGGU_KELENGKAPAN,
    },
    "complete": {State.MENUNGGU_KELENGKAPAN: State.DIPROSES},
    "proceed": {State.MENUNGGU_KELENGKAPAN: State.DIPROSES},
    "verify": {State.DITERIMA: State.DIVERIFIKASI},
    "dispose": {State.DIVERIFIKASI: State.DIDISPOSISIKAN},
    "reassign": {
        state: state
        for state in (
            State.DIDISPOSISIKAN,
            State.DIPROSES,
            State.MENUNGGU_KELENGKAPAN,
            State.DITANGGAPI,
        )
    },
    "follow_up": {State.DIDISPOSISIKAN: State.DIPROSES, State.DIPROSES: State.DIPROSES},
    "respond": {State.DIDISPOSISIKAN: State.DIDISPOSISIKAN, State.DIPROSES: State.DIPROSES},
    "approve": {State.DIDISPOSISIKAN: State.DITANGGAPI, State.DIPROSES: State.DITANGGAPI},
    "close": {State.DITANGGAPI: State.SELESAI},
    "object": {State.DITANGGAPI: State.DIPROSES},
    "withdraw": dict.fromkeys(OPEN, State.DICABUT),
}
ANSWER = Answer(Outcome.TERBUKTI, "Sudah diperbaiki.", ("BA-1",), None, None)


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("state", State)
def test_an_act_moves_a_case_as_the_table_says_or_not_at_all(name: ActName, state: State) -> None:
    case = replace(CASE, state=state, state_before=State.DIPROSES, handler="sari")
    target = LEGAL[name].get(state)
    if target is None:
        with pytest.raises(IllegalActError):
            case.target_of(name)
    else:
        assert case.target_of(name) is target


def test_nothing_leaves_a_final_state() -> None:
    assert frozenset({State.SELESAI, State.DICABUT}) == FINAL
    assert not [name for name, act in ACTS.items() if act.sources & FINAL]


def test_a_case_is_reassigned_only_once_it_was_given_to_somebody() -> None:
    asked_early = replace(CASE, state=State.MENUNGGU_KELENGKAPAN, state_before=State.DITERIMA)
    with pytest.raises(IllegalActError):
        asked_early.target_of("reassign")


def test_a_case_is_not_handed_to_the_officer_who_has_it() -> None:
    require_other_handler(replace(CASE, handler="sari"), "budi")
    with pytest.raises(SameHandlerError) as refused:
        require_other_handler(replace(CASE, handler="sari"), "sari")
    assert [error["field"] for error in refused.value.details["errors"]] == ["handler"]


def test_the_reporters_clocks_are_those_that_the_policies_say_the_reporter_holds() -> None:
    assert BOOK.held_by("reporter") == ["D2", "D8"]


@pytest.mark.parametrize("state", sorted(OPEN))
def test_officers_and_the_engine_bring_every_open_state_to_an_end_while_the_reporter_is_silent(
    state: State,
) -> None:
    reporters = {"complete", "object", "withdraw"}
    reached, edge = {state}, [state]
    while edge:
        case = replace(CASE, state=edge.pop(), state_before=State.DITERIMA, handler="sari")
        for name in ACTS.keys() - reporters:
            if case.state in ACTS[name].sources and (target := case.target_of(name)) not in reached:
                reached.add(target)
                edge.append(target)
    assert State.SELESAI in reached


def armed(act: Act) -> set[str]:
    matter = Matter(CASE.id, "U", "A", "pengaduan", "normatif")
    return {
        rule.id
        for fact in act.makes
        for rule in BOOK.starting(fact, matter, NOW.date(), is_new_cycle=act.begins_cycle)
    }


def test_every_open_state_is_reached_with_a_clock_running() -> None:
    assert armed(RECEIVING) == {"D1"}
    assert {act.target: armed(act) for act in ACTS.values() if act.makes} == {
        State.MENUNGGU_KELENGKAPAN: {"D2"},
        State.DIVERIFIKASI: {"D3"},
        State.DIDISPOSISIKAN: {"D4", "D5", "D6C"},
        State.DITANGGAPI: {"D8"},
        State.DIPROSES: {"D4", "D5"},
    }


def test_evidence_or_a_reason_for_none_is_required() -> None:
    require_evidence(("BA-1",), None)
    require_evidence((), "Pemeriksaan lisan.")
    with pytest.raises(IncompleteActError):
        require_evidence((), None)


def test_a_service_complaint_must_say_whether_the_standard_was_breached() -> None:
    require_answer(CASE, ANSWER)
    with pytest.raises(IncompleteActError):
        require_answer(replace(CASE, stream="pelayanan"), ANSWER)
    require_answer(replace(CASE, stream="pelayanan"), replace(ANSWER, is_standard_breach=False))


def test_only_the_assigned_officer_handles_a_case() -> None:
    require_handler(replace(CASE, handler="sari"), "sari")
    with pytest.raises(NotAssignedError):
        require_handler(replace(CASE, handler="sari"), "budi")


def test_an_answer_is_approved_by_somebody_else_than_its_drafter() -> None:
    with pytest.raises(IllegalActError):
        require_approver(CASE, "rina")
    drafted = replace(CASE, has_draft=True, drafted_by="sari")
    require_approver(drafted, "rina")
    with pytest.raises(OwnProposalError):
        require_approver(drafted, "sari")


def test_a_case_counts_as_in_progress_until_it_is_closed() -> None:
    assert CASE.counts_as == "in_progress"
    assert replace(CASE, state=State.DITANGGAPI).counts_as == "in_progress"
    assert replace(CASE, state=State.SELESAI).counts_as == "completed"
    assert replace(CASE, state=State.DICABUT).counts_as == "none"
