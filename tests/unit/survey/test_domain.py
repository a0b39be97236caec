from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.survey.domain.answers import Answer, InvalidAnswersError, check_answers, flags_of, moves
from services.survey.domain.campaign import Campaign, CampaignStateError, Period, State, Unit
from services.survey.domain.consent import (
    ConsentFinalError,
    ConsentGivenError,
    Decision,
    NoConsentError,
    decide,
)
from services.survey.domain.invitation import response_link
from services.survey.domain.plan import InvalidCampaignError, choose_policies, plan
from shared.instruments.survey import ItemSum, regime
from shared.kernel import Zone, last_moment

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MANDIRI = regime("mandiri.2023").instrument
assert MANDIRI is not None
FIVES: dict[str, Any] = dict.fromkeys(MANDIRI.keys, 5)


def campaign(**changes: Any) -> Campaign:
    values: dict[str, Any] = {
        "campaign_id": uuid4(),
        "unit": Unit("pn-contoh", "ma", "PN Contoh", Zone.WIB),
        "regime_id": "mandiri.2023",
        "instrument_version": "mandiri.2023-1",
        "period": Period.parse("2026"),
        "mode": "invited",
        "state": State.OPEN,
        "policies": {"conversion": "ratio"},
        "excluded_items": (),
        "closes_at": NOON + timedelta(days=200),
        "opened_at": NOON,
        "closed_at": None,
        "version": 1,
        "tally_version": 1,
        "n": 0,
        "willing": 0,
    }
    return Campaign(**(values | changes))


def faults(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(fault["field"], fault["code"]) for fault in error.value.details["errors"]]


@pytest.mark.parametrize(
    ("text", "months"),
    [("2026", (1, 12)), ("2026-S1", (1, 6)), ("2026-S2", (7, 12)), ("2026-Q3", (7, 9)), ("2026-07", (7, 7))],
)
def test_period_is_whole_months_of_a_year(text: str, months: tuple[int, int]) -> None:
    period = Period.parse(text)
    assert (period.year, period.first_month, period.last_month) == (2026, *months)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-Q5", "2026-13", "2026-00", "2026-S3", "1999", "2026 ", "2026\n"]
)
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text itself is the message
        Period.parse(text)


def test_plan_pins_the_default_policies() -> None:
    made = plan("mandiri.2023", "2026-Q3", {}, [])
    assert made.instrument.version == "mandiri.2023-1"
    assert made.policies["conversion"] == "ratio"


def test_plan_names_every_fault_at_once() -> None:
    with pytest.raises(InvalidCampaignError) as refused:
        plan("skm.2017", "soon", {"weights": "heavy"}, ["waktu"])
    assert faults(refused) == [
        ("period", "unreadable"),
        ("policies.weights", "unknown"),
        ("excluded_items.0", "not_replaceable"),
    ]


@pytest.mark.parametrize(("regime_id", "code"), [("nope", "unknown"), ("tpn_external.2021", "not_run_here")])
def test_campaign_runs_only_under_a_regime_with_a_questionnaire_of_ours(regime_id: str, code: str) -> None:
    with pytest.raises(InvalidCampaignError) as refused:
        plan(regime_id, "2026", {}, [])
    assert faults(refused) == [("regime", code)]


def test_literal_weights_do_not_go_with_a_replaced_item() -> None:
    assert plan("skm.2017", "2026", {}, ["biaya"]).excluded_items == ("biaya",)
    draft = campaign(
        regime_id="skm.2017",
        instrument_version="skm.2017-1",
        policies=regime("skm.2017").default_policies(),
        excluded_items=("biaya",),
        state=State.DRAFT,
    )
    with pytest.raises(InvalidCampaignError) as refused:
        choose_policies(draft, {"weights": "literal_0_11"})
    assert faults(refused) == [("policies.weights", "wrong_item_count")]


def test_who_runs_a_survey_does_not_choose_how_it_is_counted() -> None:
    assert plan("mandiri.2023", "2026", {"conversion": "ratio"}, []).policies["conversion"] == "ratio"
    for regime_id, chosen in (
        ("mandiri.2023", {"conversion": "affine"}),
        ("skm.2017", {"weights": "literal_0_11"}),
    ):
        with pytest.raises(InvalidCampaignError) as refused:
            plan(regime_id, "2026", chosen, [])
        assert faults(refused) == [(f"policies.{next(iter(chosen))}", "not_yours")]


def test_policies_are_chosen_for_a_draft_only_and_replace_those_of_their_kind() -> None:
    draft = campaign(state=State.DRAFT, policies=regime("mandiri.2023").default_policies())
    assert choose_policies(draft, {"conversion": "affine"}) == dict(draft.policies) | {"conversion": "affine"}
    for wanted in ({}, {"conversion": "generous"}, {"weights": "exact"}):
        with pytest.raises(InvalidCampaignError):
            choose_policies(draft, wanted)
    with pytest.raises(CampaignStateError):
        choose_policies(campaign(), {"conversion": "affine"})


@pytest.mark.parametrize(
    ("period", "made_on", "last_day"),
    [
        ("2026", datetime(2026, 3, 1, tzinfo=UTC), date(2027, 4, 2)),
        ("2026-Q1", datetime(2026, 3, 31, 16, 59, tzinfo=UTC), date(2026, 7, 1)),
        ("2026-07", datetime(2026, 1, 1, tzinfo=UTC), date(2026, 10, 31)),
        ("2026-12", datetime(2026, 12, 31, tzinfo=UTC), date(2027, 4, 2)),
        ("2025", datetime(2026, 11, 28, 20, tzinfo=UTC), date(2027, 2, 28)),  # 29 November in WIB
    ],
)
def test_every_campaign_ends_92_days_after_its_period_or_after_it_was_made(
    period: str, made_on: datetime, last_day: date
) -> None:
    end = Period.parse(period).latest_end(Zone.WIB, made_on)
    assert last_moment(end, Zone.WIB) == (last_day, "24:00")


def test_closing_instant_itself_is_too_late() -> None:
    closing = campaign(closes_at=NOON)
    assert closing.takes_answers(NOON - timedelta(microseconds=1))
    assert not closing.takes_answers(NOON)
    assert campaign().takes_answers(NOON)
    assert not campaign(state=State.DRAFT).takes_answers(NOON)
    assert not campaign(state=State.CLOSED).takes_answers(NOON)


def test_a_tally_may_be_told_half_a_second_after_the_last_and_not_before() -> None:
    told = campaign(tally_told_at=NOON)
    pause = timedelta(seconds=0.5)
    assert not told.may_tell_tally(NOON)
    assert not told.may_tell_tally(NOON + pause - timedelta(microseconds=1))
    assert told.may_tell_tally(NOON + pause)
    assert told.may_tell_tally(NOON - timedelta(microseconds=1))  # the clock was set back
    assert campaign().may_tell_tally(NOON)


def test_excluded_item_is_not_asked() -> None:
    asked = campaign(
        regime_id="skm.2017",
        instrument_version="skm.2017-1",
        excluded_items=("biaya",),
        policies={"weights": "exact"},
    ).items
    assert len(asked) == 8
    assert "biaya" not in [item.key for item in asked]


def test_complete_answers_come_back_in_item_order() -> None:
    assert MANDIRI is not None
    backwards = dict(reversed(FIVES.items()))
    assert list(check_answers(MANDIRI.items, MANDIRI, backwards)) == list(MANDIRI.keys)


@pytest.mark.parametrize("bad", [0, 7, -1, "5", 5.0, True, [5]])
def test_score_off_the_scale_or_not_whole_is_refused_and_never_clipped(bad: object) -> None:
    assert MANDIRI is not None
    with pytest.raises(InvalidAnswersError) as refused:
        check_answers(MANDIRI.items, MANDIRI, FIVES | {"pungli": bad})
    assert faults(refused) == [("pungli", "off_scale")]


def test_missing_and_unknown_items_are_all_named() -> None:
    assert MANDIRI is not None
    answers = {key: score for key, score in FIVES.items() if key not in {"waktu", "pungli"}} | {"parkir": 5}
    with pytest.raises(InvalidAnswersError) as refused:
        check_answers(MANDIRI.items, MANDIRI, answers)
    assert faults(refused) == [("waktu", "missing"), ("pungli", "missing"), ("parkir", "unknown_item")]


def test_same_score_everywhere_is_flagged_and_still_an_answer() -> None:
    assert flags_of(FIVES) == ("straight_line",)
    assert flags_of(FIVES | {"waktu": 6}) == ()


def answer(version: int, scores: dict[str, int] | None) -> Answer:
    return Answer(UUID(int=1), version, scores)


def test_capture_correction_and_withdrawal_move_the_sums_by_new_minus_old() -> None:
    first, second, gone = answer(1, {"a": 2, "b": 3}), answer(2, {"a": 6, "b": 3}), answer(3, None)
    assert moves(None, first) == {"a": ItemSum(1, 2), "b": ItemSum(1, 3)}
    assert moves(first, second) == {"a": ItemSum(0, 4), "b": ItemSum(0, 0)}
    assert moves(second, gone) == {"a": ItemSum(-1, -6), "b": ItemSum(-1, -3)}


def test_lower_version_and_anything_after_a_tombstone_move_nothing() -> None:
    assert moves(answer(2, {"a": 6}), answer(1, {"a": 2})) == {}
    assert moves(answer(1, None), answer(9, {"a": 2})) == {}
    assert moves(None, answer(1, None)) == {}


@pytest.mark.parametrize(
    ("current", "wanted", "willing", "is_fact"),
    [
        (None, Decision.WILLING, 1, True),
        (None, Decision.REFUSED, 0, True),
        (None, Decision.LATER, 0, False),
        (Decision.LATER, Decision.WILLING, 1, True),
        (Decision.LATER, Decision.REFUSED, 0, True),
        (Decision.REFUSED, Decision.WILLING, 1, True),
        (Decision.WILLING, Decision.WITHDRAWN, -1, True),
    ],
)
def test_decision_moves_the_willing_count(
    current: Decision | None, wanted: Decision, willing: int, is_fact: bool
) -> None:
    step = decide(current, wanted)
    assert step is not None
    assert (step.decision, step.willing, step.is_fact) == (wanted, willing, is_fact)


@pytest.mark.parametrize("decision", [*Decision])
def test_repeated_decision_changes_nothing(decision: Decision) -> None:
    assert decide(decision, decision) is None


@pytest.mark.parametrize("current", [Decision.WILLING, Decision.REFUSED])
def test_later_after_a_decision_changes_nothing(current: Decision) -> None:
    assert decide(current, Decision.LATER) is None


def test_withdrawal_is_final() -> None:
    for wanted in (Decision.WILLING, Decision.REFUSED, Decision.LATER):
        with pytest.raises(ConsentFinalError):
            decide(Decision.WITHDRAWN, wanted)


@pytest.mark.parametrize("current", [None, Decision.LATER, Decision.REFUSED])
def test_nothing_can_be_withdrawn_without_consent(current: Decision | None) -> None:
    with pytest.raises(NoConsentError):
        decide(current, Decision.WITHDRAWN)


def test_refusal_after_consent_must_go_through_the_withdrawal_page() -> None:
    with pytest.raises(ConsentGivenError):
        decide(Decision.WILLING, Decision.REFUSED)


def test_link_needs_the_secret_of_its_campaign() -> None:
    person = uuid4()
    assert response_link(b"a" * 32, person) != response_link(b"b" * 32, person)
    assert response_link(b"a" * 32, person) == response_link(b"a" * 32, person)
