"""Assessments in thought: no sequence of acts leaves the table, and none is ever stuck before an end."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.planning.stages.domain.acts import TABLE, Act
from services.planning.stages.domain.assessment import (
    CLEARERS,
    Assessment,
    Given,
    Objection,
    Standing,
    check_needs,
    moved,
)
from services.planning.stages.domain.stage import ENDS, Stage
from services.planning.stages.practice import practice
from shared.kernel import DomainError, Zone
from tests.unit.planning.test_stages import NOON

EDGES = {(row.source, row.act, row.target) for row in TABLE}
GIVEN = Given("alasan", is_awarded=True, cleared=frozenset(CLEARERS))
ONWARD = (
    *(Act.SUBMIT, Act.RESUBMIT, Act.FORWARD, Act.FINISH_ROUND, Act.PROPOSE, Act.ACCEPT, Act.TO_FIELD),
    *(Act.OPEN_OBJECTION, Act.DISMISS_OBJECTION, Act.TO_PANEL, Act.DECIDE),
)
"""What people do who want to come to an end, without ever withdrawing."""


def perform(standing: Standing, act: Act, given: Given = GIVEN) -> Standing:
    row = standing.row_of(act)
    check_needs(row, standing, given)
    after = moved(row, standing.assessment, given)
    assert (row.source, act, after.stage) in EDGES
    return replace(standing, assessment=after)


def onward(standing: Standing) -> Standing:
    for act in ONWARD:
        try:
            return perform(standing, act)
        except DomainError:
            continue
    raise AssertionError(f"stuck at {standing.assessment}")


class AnyLife(RuleBasedStateMachine):
    """An assessment in the hands of people who try anything."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing(Assessment("u1", 2026), "a1", Zone.WIB, None, NOON, (), practice())

    @rule(
        act=st.sampled_from(sorted(set(Act) - {Act.WITHDRAW, Act.REFUSE})),
        is_awarded=st.booleans(),
        agency_type=st.sampled_from(("kementerian", "lembaga", None)),
    )
    def somebody_acts(self, act: Act, *, is_awarded: bool, agency_type: str | None) -> None:
        before = replace(self.standing, agency_type=agency_type)
        try:
            self.standing = perform(before, act, replace(GIVEN, is_awarded=is_awarded))
        except DomainError:
            return
        old, new = before.assessment, self.standing.assessment
        assert new.version == old.version + 1
        assert new.round - old.round == (act is Act.RETURN)
        assert new.is_nominated >= old.is_nominated
        assert (old.objection, new.objection) in {
            *((same, same) for same in Objection),
            (Objection.NONE, Objection.RAISED),
            (Objection.RAISED, Objection.ANSWERED),
        }

    @invariant()
    def an_end_is_in_reach(self) -> None:
        told, steps = self.standing, 0
        while told.assessment.stage not in ENDS:
            told = onward(told)
            steps += 1
            assert steps <= 12

    @invariant()
    def the_national_stages_are_of_nominated_units_alone(self) -> None:
        mine = self.standing.assessment
        of_nation = {Stage.PRA_EVALUASI, Stage.DESK, Stage.LAPANGAN, Stage.SANGGAH, Stage.PANEL}
        assert mine.is_nominated or mine.stage not in of_nation | {Stage.DITETAPKAN, Stage.DITOLAK}


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_every_stage_but_the_first_is_reached_by_some_act() -> None:
    assert {target for _, _, target in EDGES} | {Stage.PENGISIAN} == set(Stage)
