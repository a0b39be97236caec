"""The table of acts: every pair of state and act is either in it or refused."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.complaints.domain.cases import (
    ACTS,
    RECEIVED_ARMS,
    ActName,
    Answer,
    Case,
    IllegalActError,
    IncompleteActError,
    NotAssignedError,
    Outcome,
    OwnProposalError,
    State,
    require_answer,
    require_approver,
    require_evidence,
    require_handler,
)

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
    "verify": {State.DITERIMA: State.DIVERIFIKASI},
    "dispose": {State.DIVERIFIKASI: State.DIDISPOSISIKAN},
    "follow_up": {State.DIDISPOSISIKAN: State.DIPROSES, State.DIPROSES: State.DIPROSES},
    "respond": {State.DIDISPOSISIKAN: State.DIDISPOSISIKAN, State.DIPROSES: State.DIPROSES},
    "approve": {State.DIDISPOSISIKAN: State.DITANGGAPI, State.DIPROSES: State.DITANGGAPI},
    "close": {State.DITANGGAPI: State.SELESAI},
}
ANSWER = Answer(Outcome.TERBUKTI, "Sudah diperbaiki.", ("BA-1",), None, None)


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("state", State)
def test_an_act_moves_a_case_as_the_table_says_or_not_at_all(name: ActName, state: State) -> None:
    case = replace(CASE, state=state, state_before=State.DIPROSES)
    target = LEGAL[name].get(state)
    if target is None:
        with pytest.raises(IllegalActError):
            case.target_of(name)
    else:
        assert case.target_of(name) is target


def test_nothing_leaves_the_final_state() -> None:
    assert not [name for name, act in ACTS.items() if State.SELESAI in act.sources]


def test_every_open_state_is_reached_with_a_clock_running() -> None:
    assert RECEIVED_ARMS == ("D1",)
    assert {act.target: set(act.arms) for act in ACTS.values() if act.arms} == {
        State.MENUNGGU_KELENGKAPAN: {"D2"},
        State.DIVERIFIKASI: {"D3"},
        State.DIDISPOSISIKAN: {"D4", "D5", "D6C"},
        State.DITANGGAPI: {"D8"},
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
