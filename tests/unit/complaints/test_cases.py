"""The table of acts: every pair of state and act is either in it or refused."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.complaints.access import MATRIX
from services.complaints.cases.domain.acts import DISMISSED, FINAL, OPEN, Act, ActName, State
from services.complaints.cases.domain.case import Answer, Case, Outcome
from services.complaints.cases.domain.duties import (
    require_answer,
    require_approver,
    require_evidence,
    require_handler,
    require_other_handler,
    require_role,
)
from services.complaints.cases.domain.refusals import (
    IllegalActError,
    IncompleteActError,
    NotAssignedError,
    OthersActError,
    OwnProposalError,
    SameHandlerError,
)
from services.complaints.cases.kinds import row_for, table_of, tables
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.policy import Matter, PolicyBook
from services.complaints.matters.kinds import KindError

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
BEFORE = (State.DITERIMA, State.DIVERIFIKASI, State.DIDISPOSISIKAN, State.DIPROSES)
UNANSWERED = OPEN - {State.DITANGGAPI}
SORTED = OPEN - {State.DITERIMA, State.MENUNGGU_KELENGKAPAN, State.DITANGGAPI}
ENDED = DISMISSED | {State.SELESAI}
TRANSFER: dict[State, set[State]] = {
    state: {state}
    for state in (
        State.DITERIMA,
        State.DIVERIFIKASI,
        State.DIPERIKSA,
        State.DITANGGAPI,
        State.MENUNGGU_KELENGKAPAN,
    )
} | {state: {State.DIVERIFIKASI} for state in (State.DIDISPOSISIKAN, State.DIPROSES, State.DIBUKA_KEMBALI)}
LEGAL: dict[ActName, dict[State, set[State]]] = {
    "request_completion": {
        state: {State.MENUNGGU_KELENGKAPAN}
        for state in (State.DITERIMA, State.DIDISPOSISIKAN, State.DIPROSES)
    },
    "confirm_completion": {
        state: {State.MENUNGGU_KELENGKAPAN}
        for state in (State.DITERIMA, State.DIDISPOSISIKAN, State.DIPROSES)
    },
    "complete": {State.MENUNGGU_KELENGKAPAN: set(BEFORE)},
    "proceed": {State.MENUNGGU_KELENGKAPAN: set(BEFORE)},
    "verify": {State.DITERIMA: {State.DIVERIFIKASI}},
    "dispose": {State.DIVERIFIKASI: {State.DIDISPOSISIKAN}},
    "reassign": {state: {state} for state in OPEN - {State.DITERIMA, State.DIVERIFIKASI}},
    "transfer": TRANSFER,
    "confirm_transfer": TRANSFER,
    "reclassify": {state: {state} for state in SORTED},
    "confirm_reclassification": {state: {state} for state in SORTED},
    "follow_up": {
        state: {State.DIPROSES} for state in (State.DIDISPOSISIKAN, State.DIPROSES, State.DIBUKA_KEMBALI)
    },
    "correct_review": {state: {state} for state in (State.DIPROSES, State.MENUNGGU_KELENGKAPAN)},
    "decide_review": {state: {state} for state in (State.DIPROSES, State.MENUNGGU_KELENGKAPAN)},
    "order_inspection": {State.DIPROSES: {State.DIPERIKSA}},
    "begin_inspection": {State.DIPERIKSA: {State.DIPERIKSA}},
    "report_inspection": {State.DIPERIKSA: {State.DIPERIKSA}},
    "respond": {state: {state} for state in (State.DIDISPOSISIKAN, State.DIPROSES, State.DIPERIKSA)},
    "approve": {
        state: {State.DITANGGAPI} for state in (State.DIDISPOSISIKAN, State.DIPROSES, State.DIPERIKSA)
    },
    "close": {State.DITANGGAPI: {State.SELESAI}},
    "object": {State.DITANGGAPI: {State.DIPROSES}},
    "reopen": {State.SELESAI: {State.DIBUKA_KEMBALI}},
    "propose_dismissal": {state: {state} for state in UNANSWERED},
    "confirm_dismissal": {state: set(DISMISSED) for state in UNANSWERED},
    "refuse_dismissal": {state: {state} for state in UNANSWERED},
    "resume_duplicate": {State.DUPLIKAT: {State.DITERIMA}},
    "withdraw": {state: {State.DICABUT} for state in OPEN},
    "appeal": {state: {state} for state in ENDED},
    "uphold_appeal": {state: {State.DIVERIFIKASI} for state in DISMISSED}
    | {State.SELESAI: {State.DIBUKA_KEMBALI}},
    "reject_appeal": {state: {state} for state in ENDED},
}
"""Complaints: section 2 of complaints.md, written down a second time."""
COMPLAINTS = tables()["pengaduan"]
ANSWER = Answer(Outcome.TERBUKTI, "Sudah diperbaiki.", ("BA-1",), None, None)


@pytest.mark.parametrize("name", [*LEGAL, "answer_in_person", "extend", "confirm_extension"])
@pytest.mark.parametrize("state", State)
def test_an_act_moves_a_complaint_as_the_rules_say_or_not_at_all(name: ActName, state: State) -> None:
    reached: set[State] = set()
    for before in BEFORE if state is State.MENUNGGU_KELENGKAPAN else (None,):
        case = replace(CASE, state=state, state_before=before)
        try:
            reached |= set(row_for(case, name).leads_to(state, before))
        except IllegalActError as refused:
            assert refused.details["allowed"] == sorted(LEGAL.get(name, {}))  # noqa: PT017
    assert reached == LEGAL.get(name, {}).get(state, set())


def test_the_rules_are_told_for_every_act_of_a_complaint() -> None:
    assert {row.name for row in COMPLAINTS.acts} == LEGAL.keys()


def test_from_an_end_only_a_reopening_an_appeal_or_the_end_of_its_parent_leads_on() -> None:
    onward = {row.name for row in COMPLAINTS.acts if row.sources & FINAL}
    assert onward == {"reopen", "appeal", "uphold_appeal", "reject_appeal", "resume_duplicate"}
    assert not list(COMPLAINTS.open_to(State.DICABUT, None))


def test_an_aspiration_is_never_inspected_and_a_consultation_may_be_answered_at_once() -> None:
    for kind in ("aspirasi", "konsultasi"):
        assert State.DIPERIKSA not in tables()[kind].states
        assert not tables()[kind].named("order_inspection")
    asked = replace(CASE, kind="konsultasi")
    assert row_for(asked, "answer_in_person").targets == (State.SELESAI,)
    assert row_for(asked, "respond").by == {"complaint_officer"}
    with pytest.raises(IllegalActError):
        row_for(replace(CASE, kind="aspirasi"), "answer_in_person")


def test_an_act_is_for_the_roles_of_its_row() -> None:
    require_role(row_for(CASE, "verify"), {"complaint_officer", "case_handler"})
    with pytest.raises(OthersActError) as refused:
        require_role(row_for(CASE, "verify"), {"case_handler"})
    assert refused.value.details["roles"] == ["complaint_officer"]


def test_every_act_of_officers_has_an_operation_for_the_same_roles() -> None:
    by: dict[str, set[str]] = defaultdict(set)
    for table in tables().values():
        for row in table.acts:
            by[row.name] |= row.by - {"reporter", "engine"}
    given = {operation.id: set(operation.roles) for operation in MATRIX}
    for name, roles in by.items():
        if roles:
            assert given[OPERATIONS.get(name, f"{name}_case")] == roles, name


OPERATIONS = {
    name: name
    for name in (
        "request_completion",
        "confirm_completion",
        "confirm_extension",
        "confirm_reclassification",
        "confirm_transfer",
        "correct_review",
        "decide_review",
        "order_inspection",
        "begin_inspection",
        "report_inspection",
        "answer_in_person",
        "propose_dismissal",
        "confirm_dismissal",
        "refuse_dismissal",
        "uphold_appeal",
        "reject_appeal",
    )
}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "exactly one row must be of the act receive"),
        ([{"act": "receive", "by": ["boss"]}], "by: unknown boss"),
        (
            [{}, {"act": "verify", "from": ["DITERIMA"]}, {"act": "verify", "from": ["DITERIMA"]}],
            "verify: more than one",
        ),
        ([{}], "no act leads from DITERIMA to an end"),
        (
            [{}, {"act": "withdraw", "from": ["DITERIMA"], "to": ["DICABUT"]}],
            "no act leads from DITERIMA",
        ),
        ([{"act": "dance"}], "rows.0.act: .*not 'dance'"),
        ([{"makes": ["seen"]}], "makes: unknown seen"),
    ],
)
def test_unsound_tables_are_refused_by_name(rows: list[dict[str, Any]], told: str) -> None:
    row = {"act": "receive", "past": "done", "from": [], "to": ["DITERIMA"], "by": ["reporter"]}
    data = {"kind": "aspirasi", "source": "a test", "rows": [row | changed for changed in rows]}
    with pytest.raises(KindError, match=f"^aspirasi: {told}"):
        table_of(data)


def test_a_case_is_not_handed_to_the_officer_who_has_it() -> None:
    require_other_handler(replace(CASE, handler="sari"), "budi")
    with pytest.raises(SameHandlerError) as refused:
        require_other_handler(replace(CASE, handler="sari"), "sari")
    assert [error["field"] for error in refused.value.details["errors"]] == ["handler"]


def test_the_reporters_clocks_are_those_that_the_policies_say_the_reporter_holds() -> None:
    assert BOOK.held_by("reporter") == ["D2", "D8"]


@pytest.mark.parametrize("kind", tables())
def test_officers_and_the_engine_bring_every_open_state_to_an_end_while_the_reporter_is_silent(
    kind: str,
) -> None:
    table = tables()[kind]
    for state in table.states & OPEN:
        for before in BEFORE if state is State.MENUNGGU_KELENGKAPAN else (None,):
            reached, edge = {state}, [(state, before)]
            while edge:
                at = edge.pop()
                for row in table.open_to(*at):
                    for target in row.leads_to(*at) if row.by != {"reporter"} else ():
                        if target not in reached:
                            reached.add(target)
                            edge.append((target, None))
            if before is None or table.row("complete", state, before):
                assert State.SELESAI in reached, state
                assert reached & DISMISSED or state is State.DITANGGAPI, state


def armed(act: Act, book: PolicyBook = BOOK) -> set[str]:
    matter = Matter(CASE.id, "U", "A", "pengaduan", "normatif")
    return {rule.id for fact in act.makes for rule in book.starting(fact, matter, NOW.date())}


def test_what_each_act_arms() -> None:
    found = {(row.name, tuple(sorted(row.before or ()))): armed(row) for row in COMPLAINTS.rows if row.makes}
    assert {row: rules for row, rules in found.items() if rules} == {
        ("receive", ()): {"D1", "D6C"},
        ("resume_duplicate", ()): {"D1", "D6C"},
        ("request_completion", ()): {"D2"},
        ("confirm_completion", ()): {"D2"},
        ("complete", ("DITERIMA",)): {"D6C"},
        ("complete", ("DIVERIFIKASI",)): {"D3"},
        ("proceed", ("DITERIMA",)): {"D6C"},
        ("proceed", ("DIVERIFIKASI",)): {"D3"},
        ("verify", ()): {"D3", "D5"},
        ("dispose", ()): {"D4"},
        ("transfer", ()): {"D3"},
        ("confirm_transfer", ()): {"D3"},
        ("order_inspection", ()): {"D6"},
        ("approve", ()): {"D8"},
        ("object", ()): {"D4", "D5"},
        ("reopen", ()): {"D4", "D5"},
        ("propose_dismissal", ()): {"D16"},
        ("appeal", ()): {"D15"},
        ("uphold_appeal", ()): {"D4", "D5"},
    }


def test_what_acts_arm_in_courts_beside_what_they_arm_everywhere() -> None:
    courts = load_policies(profiles={"A": "peradilan"})
    found = {row.name: armed(row, courts) - armed(row) for row in COMPLAINTS.rows if row.makes}
    assert {name: rules for name, rules in found.items() if rules} == {
        "follow_up": {"D7a"},
        "correct_review": {"D7b"},
        "decide_review": {"D7c"},
        "order_inspection": {"D7d"},
        "begin_inspection": {"D7e"},
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


def test_what_a_case_may_turn_out_to_be_is_said_by_its_kind() -> None:
    alike = {"pengaduan", "aspirasi", "konsultasi"}
    for kind in alike:
        assert tables()[kind].becomes == alike - {kind}
    assert not tables()["permintaan_informasi"].becomes
