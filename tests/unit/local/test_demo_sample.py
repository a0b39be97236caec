"""The sample agency shows every situation, the same on every machine."""

import json
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from deploy.local.demo import POLICIES
from deploy.local.demo.agency import AGENCY_ID, UNITS
from deploy.local.demo.answering import responses
from deploy.local.demo.answers import (
    FED_BY_COMPLAINTS,
    HALF_DONE,
    Worksheet,
    assessed,
    points,
    unit_answers,
)
from deploy.local.demo.complaints import COUNTS, LIGHT_HOURS, PATHS, STATES, complaints_of, stories
from deploy.local.demo.evidence import pdf
from deploy.local.demo.load import SEED
from deploy.local.demo.plan import PLAN, indicator_of, steps
from deploy.local.demo.situations import SITUATIONS, Survey
from services.complaints.cases.domain.acts import State
from services.complaints.cases.kinds import tables
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.policy import LengthUnit, Matter, Rule
from shared.files.inspection.content import check_content
from shared.files.inspection.limits import Limits
from shared.instruments.lke import (
    Predicate,
    gates_met,
    lke_instrument,
    parse_answers,
    rule_set,
    rule_set_for_year,
    score,
    totals,
)
from shared.instruments.survey import regimes, threshold_status
from shared.instruments.survey.model import IndexCode

YEAR = 2026


def failed(unit: str, predicate: Predicate, answers: Worksheet | None = None) -> set[str]:
    """Return the gates a unit misses while its complaints are half done."""
    own = unit_answers(unit, SITUATIONS[unit], YEAR) if answers is None else answers
    met = gates_met(totals({FED_BY_COMPLAINTS: HALF_DONE} | own), rule_set(rule_set_for_year(YEAR)))
    return {gate for (of, gate), is_met in met.items() if of == predicate and not is_met}


def test_there_are_twelve_units_in_three_zones_each_with_a_situation() -> None:
    assert len(UNITS) == 12
    assert {unit.zone for unit in UNITS} == {"WIB", "WITA", "WIT"}
    assert {unit.id for unit in UNITS} == SITUATIONS.keys()
    assert COUNTS.keys() <= SITUATIONS.keys()


def test_a_seed_gives_the_same_sample_again() -> None:
    situation = SITUATIONS["contoh-melati"]
    assert unit_answers("a", situation, YEAR) == unit_answers("a", situation, YEAR)
    assert unit_answers("a", situation, YEAR) != unit_answers("b", situation, YEAR)
    assert steps("a", situation, YEAR) == steps("a", situation, YEAR)
    assert complaints_of("a", "contoh-melati") == complaints_of("a", "contoh-melati")


@pytest.mark.parametrize("unit", SITUATIONS)
def test_every_made_up_answer_is_one_that_planning_takes(unit: str) -> None:
    answers = unit_answers(unit, SITUATIONS[unit], YEAR)
    raw = {code: a.letter or a.index_text or a.inputs for code, a in answers.items()}
    assert parse_answers(raw) == answers


def test_one_unit_is_close_to_wbk_and_misses_it_by_the_total_and_ipak() -> None:
    assert failed("contoh-melati", "WBK") == {"TOTAL", "B.I.a"}
    answers = unit_answers("contoh-melati", SITUATIONS["contoh-melati"], YEAR)
    assert Fraction(73) < points(answers) < 75


def test_one_unit_passes_wbbm_and_one_only_wbk() -> None:
    assert failed("contoh-cendana", "WBBM") == set()
    assert failed("contoh-kenanga", "WBK") == set()
    assert failed("contoh-kenanga", "WBBM") != set()


def test_one_unit_is_far_one_empty_one_half_filled() -> None:
    assert len(failed("contoh-anggrek", "WBK")) == 12
    assert unit_answers("x", SITUATIONS["contoh-ulin"], YEAR) == {}
    half = unit_answers("x", SITUATIONS["contoh-mahoni"], YEAR)
    assert 50 < len(half) < 60


def test_a_weak_area_fails_its_gate_alone_and_a_bad_service_index_its_own() -> None:
    assert failed("contoh-cempaka", "WBK") == {"A.*.5"}
    assert failed("contoh-pala", "WBK") == {"B.II"}


def test_one_unit_has_the_answers_of_case_03() -> None:
    answers = unit_answers("x", SITUATIONS["contoh-jati"], YEAR)
    found = score(answers)
    assert found.points("TOTAL") == Fraction(27957887, 306000)
    assert totals(answers).completeness() == (110, 113)


def test_what_is_under_review_was_whole_when_it_was_handed_in() -> None:
    reviewed = [unit for unit, situation in SITUATIONS.items() if situation.is_handed_in]
    assert len(reviewed) == 3
    for unit in reviewed:
        answers = unit_answers(f"{SEED}/{unit}", SITUATIONS[unit], YEAR)
        assert totals(answers).completeness() == (113, 113)


def test_one_unit_has_assessors_who_see_some_of_it_otherwise() -> None:
    situation = SITUATIONS["contoh-flamboyan"]
    answers = unit_answers("x", situation, YEAR)
    assert situation.tpi is not None
    seen = assessed("x", answers, situation.tpi)
    assert sum(seen[code] != answers[code] for code in answers) == situation.tpi
    assert points(seen) < points(answers)


def test_one_unit_has_three_layers_and_only_the_national_assessors_refuse_it_wbbm() -> None:
    unit, situation = "contoh-meranti", SITUATIONS["contoh-meranti"]
    assert situation.tpi is not None
    assert situation.tpn is not None
    own = unit_answers(unit, situation, YEAR)
    tpi = assessed(f"{unit}/tpi", own, situation.tpi)
    tpn = assessed(f"{unit}/tpn", tpi, situation.tpn)
    assert points(own) > points(tpi) > points(tpn)
    assert failed(unit, "WBBM", own) == set()


def test_who_is_nominated_passes_on_the_score_of_its_own_agency() -> None:
    (unit,) = [unit for unit, situation in SITUATIONS.items() if situation.tpn is not None]
    situation = SITUATIONS[unit]
    assert situation.tpi is not None
    own = unit_answers(f"{SEED}/{unit}", situation, YEAR)
    assert failed(unit, situation.target, assessed(f"{SEED}/{unit}/tpi", own, situation.tpi)) == set()


def test_plan_templates_become_indicators_and_hasil_items() -> None:
    assert indicator_of("P3.vi") == "A.I.3.vi"
    assert indicator_of("R5.ii") == "A.II.5.ii"
    assert [indicator_of(name) for name in ("H1.a", "H1.b", "H2")] == ["B.I.a", "B.I.b", "B.II.a"]
    with pytest.raises(ValueError, match="no plan template"):
        indicator_of("Q1.i")


def test_every_indicator_of_the_lke_has_a_step_and_every_step_an_indicator() -> None:
    templates = {row[0] for row in json.loads(PLAN.read_text())["activities"]}
    codes = {indicator_of(template) for template in templates}
    assert {code for code, node in lke_instrument().nodes.items() if node.level == "indicator"} <= codes
    assert all(lke_instrument().is_plan_code(code) for code in codes)


def test_the_steps_due_first_are_the_ones_done() -> None:
    plan = steps("x", SITUATIONS["contoh-melati"], YEAR)
    done = [step.due_on.month for step in plan if step.is_done]
    open_ = [step.due_on.month for step in plan if not step.is_done]
    assert len(done) == SITUATIONS["contoh-melati"].done
    assert max(done) <= min(open_)


def test_complaints_stand_at_every_state_and_some_burn() -> None:
    everywhere = [one for unit in COUNTS for one in complaints_of("x", unit)]
    assert {one.state for one in everywhere} == set(STATES)
    left = [timedelta(hours=LIGHT_HOURS) - one.age for one in everywhere if one.story.case_class == "ringan"]
    assert len(left) >= 5
    assert all(timedelta(minutes=3) <= time <= timedelta(minutes=15) for time in left)
    assert any(one.age > timedelta(days=10) for one in everywhere)


def test_the_acts_of_a_path_lead_to_its_state() -> None:
    names = {"accept": "close"}
    for state, path in PATHS.items():
        now = State.DITERIMA
        for name in path:
            row = tables()["pengaduan"].row(names.get(name, name), now, State.DITERIMA)
            assert row is not None
            (now,) = row.leads_to(now, State.DITERIMA)
        assert now == state


def test_light_complaints_have_a_clock_in_hours_in_the_sample_agency_alone() -> None:
    book = load_policies(POLICIES)

    def answer_clock(agency: str) -> Rule:
        matter = Matter(UUID(int=1), None, agency, "pengaduan", "ringan")
        found = book.in_force("D5", matter, date(YEAR, 3, 2))
        assert found is not None
        return found

    assert (answer_clock(AGENCY_ID).length, answer_clock(AGENCY_ID).unit) == (
        LIGHT_HOURS,
        LengthUnit.CLOCK_HOUR,
    )
    assert answer_clock("lain").unit is LengthUnit.WORKING_DAY


def test_stories_are_long_enough_to_be_taken() -> None:
    assert all(20 <= len(story.text) <= 5000 for story in stories())


@pytest.mark.parametrize("unit", [unit for unit, its in SITUATIONS.items() if its.survey])
def test_survey_answers_lie_on_the_scale_and_give_the_index_aimed_at(unit: str) -> None:
    survey = SITUATIONS[unit].survey
    assert survey is not None
    instrument = regimes()[survey.regime].instrument
    assert instrument is not None
    given = responses(unit, survey)
    assert len(given) == survey.answered <= survey.willing < survey.invited
    assert all(set(one) == set(instrument.keys) for one in given)
    assert all(value in instrument.scale for one in given for value in one.values())


def survey_of(unit: str) -> tuple[Survey, dict[IndexCode, Fraction]]:
    """Return a unit's survey and its indices on scale 4."""
    survey = SITUATIONS[unit].survey
    assert survey is not None
    instrument = regimes()[survey.regime].instrument
    assert instrument is not None
    given = responses(unit, survey)
    found = {}
    for part in instrument.parts:
        means = [Fraction(sum(one[item.key] for one in given), len(given)) for item in part.items]
        found[part.index] = sum(means, Fraction(0)) / len(means) * 4 / instrument.scale.high
    return survey, found


@pytest.mark.parametrize(
    ("unit", "failing"),
    [
        ("contoh-cendana", ()),
        ("contoh-kenanga", ("willing", "respondents")),
        ("contoh-melati", ("ipak",)),
        ("contoh-pala", ("ipkp",)),
    ],
)
def test_surveys_meet_or_miss_the_floors_as_told(unit: str, failing: tuple[str, ...]) -> None:
    survey, index = survey_of(unit)
    found = threshold_status("WBK", survey.answered, survey.willing, index["ipak"], index["ipkp"])
    assert found.failed == failing


def test_evidence_files_are_whole_pdfs_that_are_taken() -> None:
    check_content(pdf("Notulen (rapat)", "Baris \\ kedua"), "notulen.pdf", Limits())


@pytest.mark.parametrize("unit", [unit for unit in COUNTS if SITUATIONS[unit].holds])
def test_complaints_keep_a_unit_where_its_worksheet_puts_it(unit: str) -> None:
    fed = [one for one in complaints_of(f"{SEED}/{unit}", unit) if one.story.stream == "masyarakat"]
    done = sum(one.state == "SELESAI" for one in fed)
    assert 2 * done >= len(fed) or SITUATIONS[unit].weak_area == 5
