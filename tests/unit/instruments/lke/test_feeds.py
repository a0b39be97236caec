"""What facts answer and propose: the feed map, and the fold that scoring and planning share."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import pytest

from shared.instruments.lke import (
    Answer,
    InvalidInstrumentError,
    Progress,
    Told,
    case_feeds,
    drifts,
    facts_of,
    feeds,
    lke_instrument,
    load_feeds,
    proposals_of,
)
from shared.instruments.lke.feeds import apart
from shared.instruments.lke.load import read
from shared.instruments.survey import regimes

COMPLAINTS = "A.II.5.ii.a"
FOLLOWED_UP = "A.I.5.iii.b"
SURVEYS = "A.I.6.iv.a"
PLAN = "A.I.1.iii.a"
EVALUATED = {"masyarakat": "A.I.5.iii.c", "pelayanan": "A.I.6.iii.c", "benturan_kepentingan": "A.I.5.v.d"}
DESIGNATED = "A.I.6.iii.b"
REVIEWED = "A.I.5.v.a"


def letters(told: Told) -> Mapping[str, str | None]:
    return {code: answer.letter for code, answer in proposals_of(told).items()}


def test_the_only_fact_is_the_one_that_scoring_counts() -> None:
    assert [feed.item_code for feed in case_feeds()] == [COMPLAINTS]
    assert {code for code, feed in feeds().items() if feed.kind == "fact"} == {COMPLAINTS}


def test_only_items_that_some_service_can_know_of_are_fed() -> None:
    hinted = {code for code, item in lke_instrument().questions.items() if item.feed_hint}
    assert len(hinted) == 15
    assert feeds().keys() - hinted == {REVIEWED, "A.I.5.v.d", DESIGNATED}, "proved since the hints were given"


def test_surveys_are_fed_by_regimes_that_exist() -> None:
    assert {regime for entry in read("feeds.json")["feeds"] for regime in entry.get("regimes", ())} <= set(
        regimes()
    )


def test_open_and_finished_cases_of_the_public_stream_become_the_three_counts() -> None:
    cases = {
        ("masyarakat", "in_progress"): 2,
        ("masyarakat", "completed"): 3,
        ("masyarakat", "none"): 5,
        ("pelayanan", "completed"): 7,
    }
    assert facts_of(cases) == {COMPLAINTS: Answer(inputs={"n1": 5, "n2": 2, "n3": 3})}


def test_without_a_case_that_counts_there_is_no_fact_rather_than_nought_of_nought() -> None:
    assert facts_of({}) == {}
    assert facts_of({("masyarakat", "none"): 4}) == {}


def test_without_anything_told_nothing_is_proposed() -> None:
    assert proposals_of(Told()) == {}
    assert proposals_of(Told({("masyarakat", "in_progress"): 2, ("pelayanan", "completed"): 1})) == {}


def test_a_complaint_of_the_public_carried_to_its_end_proposes_that_they_are_followed_up() -> None:
    assert letters(Told({("masyarakat", "completed"): 1})) == {FOLLOWED_UP: "Ya"}


@pytest.mark.parametrize(("periods", "letter"), [(0, "E"), (1, "D"), (2, "C"), (3, "B"), (4, "A"), (12, "A")])
def test_the_periods_surveyed_in_a_year_propose_a_letter(periods: int, letter: str) -> None:
    assert letters(Told(periods={"skm.2017": periods, "mandiri.2023": 9})) == {SURVEYS: letter}


def test_surveys_of_another_regime_say_nothing_of_the_satisfaction_survey() -> None:
    assert letters(Told(periods={"mandiri.2023": 9})) == {}


@pytest.mark.parametrize(
    ("done", "due", "letter"),
    [(0, 3, "D"), (1, 300, "C"), (1, 2, "C"), (51, 100, "B"), (299, 300, "B"), (300, 300, "A")],
)
def test_the_activities_done_of_those_due_propose_a_letter(done: int, due: int, letter: str) -> None:
    assert letters(Told(progress=Progress(due, done))) == {PLAN: letter}


@pytest.mark.parametrize("stream", sorted(EVALUATED))
@pytest.mark.parametrize(
    ("periods", "letter"),
    [
        (["2026"], "B"),
        (["2026-Q4"], "B"),
        (["2026-S1", "2026-S2"], "A"),
        (["2026-01", "2026-12"], "A"),
        (["2026", "2026-S1", "2026-Q1", "2026-02"], "B"),
        (["2026-S1", "2026-Q2", "2026-07"], "A"),
        (["2026-S1", "2026-Q3", "2026"], "A"),
    ],
)
def test_two_evaluated_periods_without_a_common_month_are_periodic_and_one_is_not(
    stream: str, periods: Sequence[str], letter: str
) -> None:
    assert letters(Told(evaluated={stream: periods})) == {EVALUATED[stream]: letter}


@pytest.mark.parametrize(
    "odd", ["", "2026-S3", "2026-Q0", "2026-13", "2026-00", "26", "2026-S1-", "２０２６"]
)
def test_what_is_no_period_proves_nothing(odd: str) -> None:
    assert letters(Told(evaluated={"masyarakat": [odd]})) == {}


def test_the_most_periods_apart_are_counted_whatever_their_order() -> None:
    months = [f"2026-{month:02}" for month in range(1, 13)]
    assert apart([*months, "2026", "2026-Q1", "2026-S2"]) == apart(months[::-1]) == 12
    assert apart(["2026-Q1", "2026-S1", "2026-Q2", "2026-S2"]) == 3
    assert apart([]) == 0


@pytest.mark.parametrize(
    ("reaches", "letter"), [(["unit"], "A"), (["agency"], "B"), (["agency", "unit"], "A"), ([], None)]
)
def test_a_decree_that_names_the_unit_proves_more_than_one_of_its_agency(
    reaches: Sequence[str], letter: str | None
) -> None:
    assert letters(Told(designated={"pelayanan": reaches})) == ({DESIGNATED: letter} if letter else {})
    assert letters(Told(designated={"masyarakat": reaches})) == {}, "the item asks for complaints of service"


def test_a_reviewed_map_of_conflicts_proposes_that_there_is_one() -> None:
    assert letters(Told(reviews=1)) == {REVIEWED: "A"}
    assert letters(Told(reviews=0)) == {}


def test_every_proposal_that_does_not_follow_from_what_is_known_says_what_to_look_at() -> None:
    assert {code for code, feed in feeds().items() if feed.check} == {
        *EVALUATED.values(),
        DESIGNATED,
        REVIEWED,
    }


def test_only_another_answer_of_the_units_own_drifts_from_the_fact() -> None:
    fact, other = Answer(inputs={"n1": 5, "n2": 2, "n3": 3}), Answer(inputs={"n1": 5, "n2": 0, "n3": 5})
    assert drifts(other, fact)
    assert not drifts(fact, fact)
    assert not drifts(None, fact)
    assert not drifts(other, None)


@pytest.mark.parametrize(
    ("place", "change", "fault"),
    [
        (0, {"item": "A.II.5"}, "unknown item"),
        (0, {"item": "A.I.5.iii.b"}, "not the inputs"),
        (1, {"item": COMPLAINTS}, "two feeds"),
        (0, {"kind": "guess"}, "unknown kind"),
        (0, {"source": ""}, "no source"),
        (0, {"from": "rumour"}, "unknown source of facts"),
        (0, {"stream": "umum"}, "unknown stream"),
        (0, {"inputs": {"n1": ["open"], "n2": [], "n3": []}}, "unknown counts_as"),
        (1, {"counts_as": ["open"]}, "unknown counts_as"),
        (1, {"letter": "Yes"}, "unknown letter"),
        (1, {"kind": "fact"}, "scoring counts nothing else"),
        (2, {"at_least": [["A", 4], ["E", 1]]}, "do not fall to 0"),
        (2, {"at_least": [["E", 0], ["A", 4]]}, "do not fall to 0"),
        (2, {"at_least": [["F", 0]]}, "unknown letter"),
        (3, {"above": [["B", "50"]]}, "do not fall to 0"),
        (3, {"none": "Z"}, "unknown letter"),
        (4, {"stream": "umum"}, "unknown stream"),
        (4, {"at_least": [["A", 2], ["B", 0]]}, "do not fall to 1"),
        (4, {"at_least": [["Ya", 1]]}, "unknown letter"),
        (4, {"kind": "fact"}, "scoring counts nothing else"),
        (7, {"stream": "benturan_kepentingan"}, "unknown stream"),
        (7, {"by_reach": [["nation", "A"]]}, "unknown reach"),
        (7, {"by_reach": [["unit", "F"]]}, "unknown letter"),
        (8, {"letter": "Ya"}, "unknown letter"),
    ],
)
def test_a_map_that_names_what_does_not_exist_feeds_nothing(
    place: int, change: dict[str, Any], fault: str
) -> None:
    data = deepcopy(read("feeds.json"))
    data["feeds"][place] |= change
    with pytest.raises(InvalidInstrumentError, match=fault):
        load_feeds(data)
