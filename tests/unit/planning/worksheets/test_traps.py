"""Traps of lke.md sections 13 and 15 that the pages of a worksheet could fall into; named after them."""

from fractions import Fraction

import pytest

from services.planning.layers import Layer
from services.planning.pages.worksheets.facts import Beside, SheetFacts
from services.planning.pages.worksheets.items import Item, item_of
from services.planning.pages.worksheets.sheet import (
    Area,
    Filter,
    area_of,
    area_view,
    areas,
    line_of,
    lines_of,
    narrowed,
)
from services.planning.pages.worksheets.words import sum_words
from shared.indonesian import number
from shared.instruments.lke import Answer, default_policies, lke_instrument, parse_answer
from tests.support.worksheet_pages import Told, answered, facts

COMPLAINTS = "A.II.5.ii.a"
DISCIPLINE = "A.II.3.iii.a"
WEALTH, OTHER_WEALTH = "A.II.5.iii.a", "A.II.5.iii.b"


def area(found: SheetFacts, key: str) -> Area:
    return area_view(found, areas()[key], lines_of(found))


def item(found: SheetFacts, code: str) -> Item:
    question = lke_instrument().questions[code]
    return item_of(found, area(found, area_of(code)), line_of(found, question))


def points(code: str, raw: object) -> Fraction:
    return line_of(facts(answered(code, raw)), lke_instrument().questions[code]).points


def said(code: str, counts: dict[str, int]) -> str:
    return sum_words(lke_instrument().questions[code], parse_answer(code, counts), default_policies())


def test_mean_over_answered_only() -> None:
    """One Ya of the three items of A.I.1.ii earns a third of its weight and no more."""
    weight = lke_instrument().weight_of("A.I.1.ii")
    assert points("A.I.1.ii.a", "Ya") == weight / 3
    assert area(facts(answered("A.I.1.ii.a", "Ya")), "1").points == weight / 3


@pytest.mark.parametrize(
    ("code", "raw"), [("A.I.1.i.a", "Tidak"), ("B.I.a", "0"), (COMPLAINTS, {"n1": 3, "n2": 3, "n3": 0})]
)
def test_answer_0_read_as_none(code: str, raw: object) -> None:
    found = facts(answered(code, raw))
    assert code not in [line.question.code for line in narrowed(lines_of(found), Filter.BLANK)]
    assert area(found, area_of(code)).answered == 1


def test_percent_guessed_from_size() -> None:
    """1 of 100 is one percent and not all of it."""
    weight = lke_instrument().questions[COMPLAINTS].share
    assert said(COMPLAINTS, {"n1": 100, "n2": 99, "n3": 1}).startswith("1 : 100 = 1,00 persen")
    assert points(COMPLAINTS, {"n1": 100, "n2": 99, "n3": 1}) == weight / 100


def test_floats() -> None:
    """An index of 3.59 gives 15.70625 exactly, not 15.706249999999999."""
    assert points("B.I.a", "3.59") == Fraction("15.70625")


def test_half_even() -> None:
    """16.625 is shown as 16,63 and never as 16,62. Source: case 05 of lke.md section 12."""
    found = facts(answered("B.I.a", "3.80"))
    assert number(area(found, "hasil").points) == "16,63"
    assert item(found, "B.I.a").sum == "3,80 : 4 = 95,00 persen; 16,63 dari 17,50."


def test_rounded_parts_summed() -> None:
    """Three thirds of an indicator are all of it, though each is shown as a rounded part."""
    found = facts(answered("A.I.1.ii.a", "Ya"), answered("A.I.1.ii.b", "A"), answered("A.I.1.ii.c", "A"))
    lines = [line for line in lines_of(found) if line.points]
    assert {number(line.points) for line in lines} == {"0,33"}
    assert area(found, "1").points == lke_instrument().weight_of("A.I.1.ii") == 1


def test_typed_minima() -> None:
    """The floor of an area follows from its percent: 60 of its weight for WBK, with all decimals."""
    for key in "123456":
        found = area(facts(), key)
        assert [floor.shortfall for floor in found.floors] == [found.weight * Fraction(60, 100)]


def test_area_floor_of_each_half() -> None:
    """An area has one floor over both its halves, and the results have one for each of their own gates."""
    assert {key: len(area(facts(), key).floors) for key in areas()} == {
        **dict.fromkeys("123456", 1),
        "hasil": 4,
    }


def test_lhkasn_dropped() -> None:
    """Both reports of wealth count alike."""
    counts = {"n1": 1, "n2": 1, "n3": 1, "n4": 3}
    assert points(WEALTH, counts) == points(OTHER_WEALTH, counts) == 1


def test_total_obliged_typed_or_summed() -> None:
    """A typed total stands for its parts, and says that it differs from them."""
    found = item(facts(answered(WEALTH, {"n0": 10, "n1": 5, "n2": 3, "n3": 3, "n4": 10})), WEALTH)
    assert found.sum.startswith("10 : 10 = 100,00 persen")
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    ("last", "now", "expected"), [(10, 7, "0.3"), (10, 5, "0.5"), (0, 0, "1"), (0, 3, "0"), (5, 8, "0")]
)
def test_discipline_is_this_over_last_year(last: int, now: int, expected: str) -> None:
    share = lke_instrument().questions[DISCIPLINE].share
    assert points(DISCIPLINE, {"n1": last, "n2": now, "n3": 0}) == Fraction(expected) * share


def test_complaints_done_over_process_and_done() -> None:
    """3 done of 48 to follow up, though only 4 are in process."""
    assert said(COMPLAINTS, {"n1": 48, "n2": 1, "n3": 3}).startswith("3 : 48 = 6,25 persen")


def test_zero_denominator_as_full_marks() -> None:
    """0 of 0 is undefined: no points, not answered, and said."""
    found = facts(answered("A.II.4.i.a", {"n1": 0, "n2": 0}))
    assert line_of(found, lke_instrument().questions["A.II.4.i.a"]).points == 0
    assert area(found, "4").answered == 0
    assert "tidak terdefinisi" in item(found, "A.II.4.i.a").sum


def test_index_in_four_classes() -> None:
    """Every decimal of an index counts."""
    assert [points("B.II.a", raw) for raw in ("3.2", "3.21")] == [Fraction(14), Fraction("14.04375")]


@pytest.mark.parametrize(
    ("typed", "kind"), [(9, "drift"), (2, "same"), (None, "open")], ids=["typed", "agreeing", "cleared"]
)
def test_clearing_a_typed_answer_follows_the_fact(typed: int | None, kind: str) -> None:
    raw = "" if typed is None else {"n1": typed, "n2": 1, "n3": 1}
    beside = Beside(live={COMPLAINTS: Told(Answer(inputs={"n1": 2, "n2": 1, "n3": 1}))})
    fact = item(facts(answered(COMPLAINTS, raw), beside=beside), COMPLAINTS).fact
    assert fact is not None
    assert (fact.kind, fact.points) == (kind, "1,50")


@pytest.mark.parametrize("code", ["A.I.3.iii.c", "A.II.1.ii.a", "A.II.2.i.a", "A.II.4.ii.a"])
def test_option_facts_edges(code: str) -> None:
    """Who fills sees the bounds of each option in words and judges the edge: none is chosen for them."""
    question = lke_instrument().questions[code]
    choices = item(facts(), code).choices
    assert question.option_facts
    for choice in choices:
        if choice.letter in question.option_facts:
            assert choice.meaning
            assert not set("<>=") & set(choice.meaning)
    assert not any(choice.is_chosen for choice in choices)


def test_what_tpi_says_is_no_answer_of_the_unit() -> None:
    """A layer is scored on its own answers alone. Source: lke.md section 7."""
    found = facts(answered("A.I.1.i.a", "Ya", layer=Layer.TPI))
    assert area(found, "1").points == 0
    assert area(found, "1").answered == 0
