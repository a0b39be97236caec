"""What planning says of a year follows what its programme pinned, whichever default is newer."""

from collections.abc import Iterator

import pytest

from services.planning.nomination.domain.gates import failed_gates
from services.planning.pages.worksheets.facts import SheetFacts
from services.planning.pages.worksheets.sheet import area_view, areas, lines_of
from services.planning.stages.domain.rounds import GivenAnswer, open_items
from services.planning.worksheets.domain import AnswerVersion
from shared.instruments.lke import (
    PREDICATES,
    TOTAL,
    default_policies,
    pinned_policies,
    rule_set_for_year,
)
from tests.support import lke
from tests.support.newer_rules import EVERY, POLICIES, RULES, Default, newer_rules
from tests.support.worksheet_pages import AT, ME, answered, facts

UNDIVIDED = "A.II.4.i.a"
GIVEN = {**lke.best(), **lke.answers({UNDIVIDED: {"n1": 0, "n2": 0}, "B.I.a": "3.5951", "B.II.a": "1"})}
"""A denominator of 0, an index that only rounding lifts, and one far below its minimum."""


def versions() -> Iterator[AnswerVersion]:
    for code, answer in GIVEN.items():
        if answer is not None:
            yield answered(code, answer.letter or answer.inputs or answer.index_text)


def told(sheet: SheetFacts) -> object:
    """Return all that a worksheet's pages compute by what was pinned."""
    seen = [area_view(sheet, key, lines_of(sheet)) for key in areas().values()]
    return (
        sheet.totals.points(TOTAL),
        sheet.policies.id,
        sheet.rules.id,
        [(view.points, view.answered, view.floors) for view in seen],
    )


def judged() -> object:
    """Return what the pre-evaluation of the programme says, gate by gate."""
    policies = pinned_policies("undefined-1")
    found = [failed_gates(GIVEN, name, "panrb-90-2021", policies) for name in PREDICATES]
    return [[(one.gate.code, one.value, one.shortfall) for one in failed] for failed in found]


@pytest.mark.parametrize("changed", [*([one] for one in EVERY), EVERY], ids=[*EVERY, "all"])
def test_an_old_year_is_told_and_judged_as_before_whatever_default_changes(
    monkeypatch: pytest.MonkeyPatch, changed: list[Default]
) -> None:
    before, verdict = told(facts(*versions())), judged()
    with newer_rules(monkeypatch, changed):
        assert told(facts(*versions())) == before
        assert judged() == verdict
    assert told(facts(*versions())) == before


def test_each_newer_default_is_one_that_would_have_told_another_story(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without this the test above would pass whatever the pages followed."""
    old = {one.gate.code for one in failed_gates(GIVEN, "WBK", "panrb-90-2021")}
    assert old == {"B.I.a", "B.II"}
    with newer_rules(monkeypatch, ["minimum"]):
        assert {one.gate.code for one in failed_gates(GIVEN, "WBK", RULES)} == {"B.I.a"}
    with newer_rules(monkeypatch, ["rounding"]):
        assert {one.gate.code for one in failed_gates(GIVEN, "WBK", RULES)} == {"B.II"}
    with newer_rules(monkeypatch):
        assert rule_set_for_year(2026) == RULES
        assert default_policies().id == POLICIES
        assert len(failed_gates({}, "WBK", RULES)) == 11


def test_what_is_still_open_follows_the_pinned_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [GivenAnswer(code, answer, None, (), 1, ME, AT) for code, answer in GIVEN.items()]
    before = open_items(given, pinned_policies("undefined-1"))
    assert before["undefined"] == [UNDIVIDED]
    with newer_rules(monkeypatch):
        assert open_items(given, pinned_policies("undefined-1")) == before
        assert open_items(given, pinned_policies(POLICIES))["undefined"] == []


def test_a_programme_from_before_any_policy_was_pinned_keeps_those_of_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with newer_rules(monkeypatch):
        assert default_policies().id == POLICIES
        assert pinned_policies(None).id == "undefined-1"
