"""Rules of planning that need no database."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.planning.evidence.domain import Content, Evidence, Form
from services.planning.layers import Layer, OwnAssessmentError, WrongLayerError, check_writer
from services.planning.plan.domain import (
    Activity,
    ActivityNotPlannedError,
    ActivityState,
    EvidenceMissingError,
)
from services.planning.worksheets.domain import (
    AnswersRefusedError,
    Draft,
    SentAnswer,
    Worksheet,
    check_answers,
    without_reason,
)
from services.planning.worksheets.events import worksheet_answered
from shared.contracts.planning import WorksheetAnswered


def activity(*kinds: str) -> Activity:
    return Activity(
        uuid4(), uuid4(), "u1", 2026, "A.I.1.i", "Rapat", frozenset(kinds), None, ActivityState.PLANNED, (), 1
    )


def evidence(kind: str) -> Evidence:
    content = Content(Form.FILE, "a.pdf", "0" * 64, "application/pdf", 1, None, datetime.now(UTC))
    return Evidence(uuid4(), "u1", Layer.UNIT, kind, "a.pdf", 1, content)


def test_an_activity_is_done_once_with_every_required_kind() -> None:
    planned = activity("notulen", "undangan")
    with pytest.raises(EvidenceMissingError) as refused:
        planned.completed([evidence("notulen"), evidence("foto")])
    assert refused.value.details == {"missing_kinds": ["undangan"]}
    done = planned.completed([evidence("notulen"), evidence("undangan"), evidence("foto")])
    assert (done.state, done.version, len(done.evidence_ids)) == (ActivityState.DONE, 2, 3)
    with pytest.raises(ActivityNotPlannedError):
        done.completed([])


def test_an_activity_without_required_kinds_needs_no_evidence() -> None:
    assert activity().completed([]).state is ActivityState.DONE


ROLES = ("unit_operator", "unit_leader", "tpi", "tpn", "admin", "verifier")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("layer", list(Layer))
def test_only_its_own_role_writes_a_layer(role: str, layer: Layer) -> None:
    if (role, layer) in {("unit_operator", Layer.UNIT), ("tpi", Layer.TPI), ("tpn", Layer.TPN)}:
        check_writer({role}, layer)
    else:
        with pytest.raises(WrongLayerError):
            check_writer({role}, layer)


@pytest.mark.parametrize("layer", [Layer.TPI, Layer.TPN])
@pytest.mark.parametrize("role", ["unit_operator", "unit_leader"])
def test_nobody_of_a_unit_acts_as_its_assessor(role: str, layer: Layer) -> None:
    with pytest.raises(OwnAssessmentError):
        check_writer({role, layer.value}, layer)
    check_writer({"unit_operator", "tpi"}, Layer.UNIT)


def test_answer_0_is_an_answer_and_no_blank() -> None:
    drafts = check_answers(
        [
            SentAnswer("A.I.1.i.a", letter="Tidak"),
            SentAnswer("B.I.a", index="0"),
            SentAnswer("A.II.1.i.a", inputs={"n1": 0, "n2": 0}),
        ]
    )
    assert [str(draft.answer) for draft in drafts] == ["Tidak", "0", "n1 = 0, n2 = 0"]


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0"])
def test_a_blank_value_is_no_answer_and_needs_a_reason(blank: str) -> None:
    with pytest.raises(AnswersRefusedError) as refused:
        check_answers([SentAnswer("A.I.1.i.a", letter=blank)])
    assert refused.value.details["errors"][0]["code"] == "reason_missing"
    assert check_answers([SentAnswer("A.I.1.i.a", letter=blank, reason="salah butir")])[0].answer is None


def test_note_and_evidence_come_alone_where_no_answer_stands() -> None:
    proof = uuid4()
    sent = [
        SentAnswer("A.I.1.i.a", note="Menunggu SK"),
        SentAnswer("A.II.1.i.a", inputs={}, evidence_ids=(proof,)),
    ]
    assert without_reason([*sent, SentAnswer("B.I.a", index="3"), SentAnswer("B.I.b", reason="x")]) == {
        "A.I.1.i.a",
        "A.II.1.i.a",
    }
    drafts = check_answers(sent, unanswered={"A.I.1.i.a", "A.II.1.i.a"})
    assert [(draft.answer, draft.note, draft.evidence_ids) for draft in drafts] == [
        (None, "Menunggu SK", ()),
        (None, None, (proof,)),
    ]
    with pytest.raises(AnswersRefusedError) as refused:
        check_answers(sent, unanswered={"A.II.1.i.a"})
    assert [error["field"] for error in refused.value.details["errors"]] == ["answers.0.reason"]


def test_every_fault_of_every_answer_is_told_at_once() -> None:
    with pytest.raises(AnswersRefusedError) as refused:
        check_answers(
            [
                SentAnswer("A.I.1.i.a", letter="X"),
                SentAnswer("A.I.1.i.b", letter="A"),
                SentAnswer("A.II.1.i.a", inputs={"n1": -1, "n2": "1.234", "nilai": 1}),
                SentAnswer("A.II.1.i.a", inputs={"n1": -1, "n2": "1.234"}),
            ]
        )
    assert [(e["field"], e["code"]) for e in refused.value.details["errors"]] == [
        ("answers.0.letter", "outside_scale"),
        ("answers.2.inputs.nilai", "computed"),
        ("answers.3.inputs.n1", "negative"),
        ("answers.3.inputs.n2", "ambiguous"),
        ("answers.3.item_code", "duplicate"),
    ]


def test_a_fact_carries_the_canonical_answer_and_nothing_written_by_hand() -> None:
    [draft] = check_answers([SentAnswer("B.I.a", index=" 3,710 ", note="rahasia", reason="rahasia")])
    fact = worksheet_answered(Worksheet("u1", 2026, "2026", 6), 7, Layer.TPI, draft, "5c0ffee5")
    assert isinstance(fact, WorksheetAnswered)
    assert (fact.subject(), fact.key(), fact.version, fact.layer) == ("u1:2026", "u1", 7, "tpi")
    assert (fact.index, fact.letter, fact.inputs, fact.origin) == ("3.710", None, None, "typed")
    assert fact.writer_id == "5c0ffee5"
    assert "rahasia" not in fact.model_dump_json()


def test_a_blanked_item_is_a_fact_without_a_value() -> None:
    fact = worksheet_answered(Worksheet("u1", 2026, "2026", 0), 1, Layer.UNIT, Draft("A.I.1.i.a", None), None)
    assert isinstance(fact, WorksheetAnswered)
    assert (fact.letter, fact.index, fact.inputs) == (None, None, None)
    assert "writer_id" not in fact.model_dump()
