"""What holds of the LKE for every set of answers, checked by a second, naive implementation too."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.instruments.lke import (
    PREDICATES,
    SCALE,
    TOTAL,
    Answer,
    ExcelError,
    Question,
    QuestionType,
    answers_of,
    cell_of,
    cells_of,
    evaluate_gates,
    gate_minima,
    gate_points,
    gates_met,
    item_points,
    lke_instrument,
    parse_answer,
    rule_set,
    score,
    totals,
    totals_of_cells,
)
from shared.instruments.lke.load import read
from shared.kernel import decimal12, display2

Answers = dict[str, Answer]
RULES = rule_set("panrb-90-2021")
INSTRUMENT = lke_instrument()
FILE = read("instrument.json")
COUNTS = st.integers(min_value=0, max_value=40)
SEEDS = st.randoms(use_true_random=False)


def answer_to(question: Question) -> st.SearchStrategy[Answer]:
    if question.scale is not None:
        return st.sampled_from(sorted(question.scale.values)).map(lambda letter: Answer(letter=letter))
    if question.type is QuestionType.INDEX:
        return st.decimals(0, 4, places=2).map(lambda index: Answer(index=index))
    keys = st.sets(st.sampled_from(question.input_keys), min_size=1)
    full = st.just({entry.key for entry in question.inputs})
    return counted(st.one_of(full, full, keys))


@st.composite
def counted(draw: st.DrawFn, keys: st.SearchStrategy[set[str]]) -> Answer:
    return Answer(inputs={key: draw(COUNTS) for key in sorted(draw(keys))})


ANSWERS = {code: answer_to(question) for code, question in INSTRUMENT.questions.items()}
"""To build and check a strategy costs more than to draw from it."""
BLANK = st.sampled_from([0, 5, 113]).flatmap(
    {
        most: st.sets(st.sampled_from(sorted(INSTRUMENT.questions)), max_size=most) for most in (0, 5, 113)
    }.__getitem__
)


@st.composite
def layers(draw: st.DrawFn) -> Answers:
    """Draw a layer from nearly empty to complete."""
    blank = draw(BLANK)
    seed = draw(SEEDS)
    found: Answers = {}
    for code, question in INSTRUMENT.questions.items():
        if code in blank:
            continue
        if question.scale is not None:
            found[code] = Answer(letter=seed.choice(sorted(question.scale.values)))
        else:
            found[code] = draw(ANSWERS[code])
    return found


@settings(max_examples=60, deadline=None)
@given(layers())
def test_the_hot_path_and_the_detail_agree(layer: Answers) -> None:
    fast, detailed = totals(layer), score(layer)
    for code in (TOTAL, *INSTRUMENT.nodes, "B.I.a", "B.I.b", "B.II.a"):
        assert fast.points(code) == detailed.points(code)
        assert fast.upper(code) == detailed.upper(code)
    for code, node in detailed.nodes.items():
        assert fast.completeness(code) == (node.answered, node.items)
    assert fast.completeness() == (detailed.total.answered, 113)
    met = {(entry.gate.predicate, entry.gate.code): entry.is_met for entry in evaluate_gates(detailed, RULES)}
    assert gates_met(fast, RULES) == met


@settings(max_examples=60, deadline=None)
@given(layers())
def test_whole_units_of_gates_tell_met_and_missed_as_the_exact_points_do(layer: Answers) -> None:
    fast = totals(layer)
    met, points = gates_met(fast, RULES), gate_points(fast, RULES)
    results = {(one.gate.predicate, one.gate.code): one for one in evaluate_gates(score(layer), RULES)}
    for predicate in PREDICATES:
        minima = gate_minima(RULES, predicate)
        assert list(minima) == [gate.code for gate in RULES.of(predicate)]
        for at, (code, minimum) in enumerate(minima.items()):
            exact = results[predicate, code]
            assert minimum == exact.gate.minimum * SCALE
            assert points[at] == exact.value * SCALE // 1
            assert (points[at] >= minimum) == met[predicate, code]


@settings(max_examples=60, deadline=None)
@given(layers())
def test_cells_say_the_same_as_answers(layer: Answers) -> None:
    cells = cells_of(layer)
    assert answers_of(cells) == layer
    assert totals_of_cells(cells) == totals(layer)
    assert sum(item_points(code, cell_of(answer)) for code, answer in layer.items()) == totals(layer).points(
        TOTAL
    )


@settings(max_examples=60, deadline=None)
@given(layers())
def test_contributions_sum_to_every_node_exactly(layer: Answers) -> None:
    result = score(layer)
    for code in (TOTAL, *INSTRUMENT.nodes):
        parts = [result.points(item.code) or Fraction(0) for item in INSTRUMENT.questions_under(code)]
        assert sum(parts) == result.points(code)


@settings(max_examples=60, deadline=None)
@given(layers())
def test_the_upper_bound_is_the_score_with_every_open_item_at_its_best(layer: Answers) -> None:
    result = score(layer)
    filled = dict(layer)
    for code in result.open_items:
        filled[code] = best_answer(INSTRUMENT.questions[code])
    assert (result.total.points or Fraction(0)) <= result.total.upper <= 100
    assert score(filled).total.points == result.total.upper


@settings(max_examples=60, deadline=None)
@given(layers(), st.data())
def test_a_better_answer_raises_what_stands_above_it_by_its_gain_and_nothing_else(
    layer: Answers, data: st.DataObject
) -> None:
    question = INSTRUMENT.questions[data.draw(st.sampled_from(sorted(INSTRUMENT.questions)))]
    first, second = (layer | {question.code: data.draw(ANSWERS[question.code])} for _ in range(2))
    one, two = score(first), score(second)
    worse, better = sorted((one, two), key=lambda entry: entry.questions[question.code].points or Fraction(0))
    gained = (better.points(question.code) or Fraction(0)) - (worse.points(question.code) or Fraction(0))
    assert gained >= 0
    for code in (TOTAL, *INSTRUMENT.nodes):
        is_above = question in INSTRUMENT.questions_under(code)
        moved = (better.points(code) or Fraction(0)) - (worse.points(code) or Fraction(0))
        assert moved == (gained if is_above else 0), code


@settings(max_examples=60, deadline=None)
@given(layers(), st.data())
def test_whatever_fills_the_blanks_every_level_ends_between_its_bounds(
    layer: Answers, data: st.DataObject
) -> None:
    before = score(layer)
    answer = {code: data.draw(ANSWERS[code]) for code in before.open_items[:20]}
    after = score(layer | answer)
    for code in (TOTAL, *INSTRUMENT.nodes):
        low, high = before.points(code), after.points(code)
        assert low is not None
        assert high is not None
        assert low <= high <= after.upper(code) <= before.upper(code)


@settings(max_examples=60, deadline=None)
@given(layers(), SEEDS, st.integers(1, 40))
def test_order_batches_and_repetitions_of_answers_change_no_score(
    layer: Answers, hand: Random, size: int
) -> None:
    sent = list(layer.items())
    hand.shuffle(sent)
    sent += hand.sample(sent, len(sent) // 3)
    arrived: Answers = {}
    for start in range(0, len(sent), size):
        arrived |= dict(sent[start : start + size])
        assert totals(arrived).points(TOTAL) <= totals(layer).points(TOTAL)
    assert totals(arrived) == totals(layer)
    first, second = score(arrived), score(layer)
    assert (first.total, first.nodes, first.questions) == (second.total, second.nodes, second.questions)
    assert list(first.questions) == list(INSTRUMENT.questions)
    shuffled, ordered = score(arrived, "workbook"), score(layer, "workbook")
    assert (shuffled.total, shuffled.nodes) == (ordered.total, ordered.nodes)


@settings(max_examples=60, deadline=None)
@given(layers(), st.sampled_from(sorted(INSTRUMENT.questions)))
def test_blanking_an_answer_never_raises_the_default_score(layer: Answers, code: str) -> None:
    without = {key: answer for key, answer in layer.items() if key != code}
    assert (score(without).total.points or Fraction(0)) <= (score(layer).total.points or Fraction(0))


@settings(max_examples=60, deadline=None)
@given(layers())
def test_a_second_implementation_gives_the_same_default_score(layer: Answers) -> None:
    result = score(layer)
    naive = naive_points(layer, is_workbook=False)
    assert {code: result.points(code) for code in naive} == naive


@settings(max_examples=60, deadline=None)
@given(layers())
def test_a_second_implementation_gives_the_same_workbook_score(layer: Answers) -> None:
    result = score(layer, "workbook")
    for code, shown in naive_points(layer, is_workbook=True).items():
        node = result.total if code == TOTAL else result.nodes[code]
        assert (node.error if node.points is None else node.points) == shown


@settings(max_examples=60, deadline=None)
@given(layers())
def test_what_items_could_still_earn_in_the_workbook_sums_to_what_their_node_could(layer: Answers) -> None:
    result = score(layer, "workbook")
    for node in INSTRUMENT.nodes.values():
        if node.questions:
            parts = [result.upper(item.code) for item in node.questions]
            assert sum(parts) == result.upper(node.code), node.code


NUMBERS = st.one_of(
    st.decimals(-1000, 1000, places=3).map(Fraction),
    st.integers(-(10**16), 10**16).map(lambda ties: Fraction(2 * ties + 1, 2 * 10**12)),
    st.integers(-(10**6), 10**6).map(lambda ties: Fraction(2 * ties + 1, 200)),
)
"""Decimals, and numbers that stand right between two of 12 and of 2 decimals."""


@given(NUMBERS)
@example(Fraction("16.625"))
@example(Fraction("-0.005"))
@example(Fraction("-16.625"))
@settings(max_examples=300)
def test_shown_numbers_agree_with_decimal_half_up_on_both_sides_of_zero(value: Fraction) -> None:
    """A tie goes up: away from 0 above it, towards 0 below it. Source: lke.md section 5."""
    rounding = ROUND_HALF_UP if value >= 0 else ROUND_HALF_DOWN
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    for show, places in ((display2, 2), (decimal12, 12)):
        expected = exact.quantize(Decimal(1).scaleb(-places), rounding)
        assert show(value) == format(expected or abs(expected), "f")


@given(st.fractions(min_value=-100, max_value=100), st.sampled_from([(display2, 2), (decimal12, 12)]))
def test_shown_numbers_are_the_nearest_and_the_upper_one_of_two(
    value: Fraction, shown: tuple[Callable[[Fraction], str], int]
) -> None:
    show, places = shown
    half = Fraction(1, 2 * 10**places)
    assert Fraction(show(value)) - half <= value < Fraction(show(value)) + half


@settings(deadline=None)
@given(layers())
def test_canonical_answers_parse_to_themselves(layer: Answers) -> None:
    for code, answer in layer.items():
        raw = answer.letter or (answer.inputs if answer.inputs is not None else answer.index_text)
        assert parse_answer(code, raw) == answer


def best_answer(question: Question) -> Answer:
    if question.scale is not None:
        return Answer(letter=next(iter(question.scale.values)))
    if question.type is QuestionType.INDEX:
        return Answer(index=Decimal(4))
    counts = {entry.key: 1 for entry in question.inputs}
    counts |= {"n2": 0} if question.code == "A.II.3.iii.a" else {}
    counts |= {"n4": 3} if question.optional_total else {}
    return Answer(inputs=counts)


def naive_points(layer: Mapping[str, Answer], *, is_workbook: bool, data: Any = FILE) -> dict[str, Any]:
    """Score from the raw file, by the words of the rule, with nothing shared but the file itself."""
    found: dict[str, Any] = {}
    value = naive_cell if is_workbook else naive_value

    def visit(node: Any) -> Any:
        code, weight = node["code"], Fraction(node["weight"])
        if node["level"] == "indicator":
            values: list[Any] = [value(item, layer.get(item["code"]), data) for item in node["questions"]]
            if not is_workbook:
                points: Any = sum(part or 0 for part in values) / Fraction(len(values)) * weight
            elif code == "A.II.5.iii":
                points = excel_mean(values[:1], weight)
            else:
                points = excel_mean(values, weight)
        elif "questions" in node:
            parts = [value(item, layer.get(item["code"]), data) for item in node["questions"]]
            shares = [Fraction(item["weight"]) for item in node["questions"]]
            if is_workbook:
                parts = [ExcelError.VALUE if part is None else part for part in parts]
            points = excel_sum(
                part if isinstance(part, ExcelError) else (part or 0) * share
                for part, share in zip(parts, shares, strict=True)
            )
        else:
            children = [visit(child) for child in node["children"]]
            points = excel_sum(reversed(children) if code == "A" else children)
        found[code] = points
        return points

    found[TOTAL] = excel_sum([visit(component) for component in data["tree"]])
    return found


def naive_value(item: Any, answer: Answer | None, data: Any) -> Fraction | None:
    if answer is None:
        return None
    if answer.letter is not None:
        return Fraction(data["scales"][item["type"]]["values"][answer.letter])
    if answer.index is not None:
        return Fraction(answer.index) / 4
    top, base = naive_ratio(item, answer.inputs or {})
    if top is None or base is None:
        return None
    if item["code"] == "A.II.3.iii.a" and top == base == 0:
        return Fraction(1)
    return max(Fraction(0), min(Fraction(1), Fraction(top, base))) if base else None


def naive_ratio(item: Any, counts: Mapping[str, int]) -> tuple[int | None, int | None]:
    if "optional_inputs" in item:
        parts = [counts.get(key) for key in ("n1", "n2", "n3")]
        summed = None if None in parts else sum(part or 0 for part in parts)
        return counts.get("n4"), counts.get("n0", summed)
    if any(entry["key"] not in counts for entry in item["inputs"]):
        return None, None
    if item["code"] == "A.II.3.iii.a":
        return counts["n1"] - counts["n2"], counts["n1"]
    return counts["n3" if item["code"] == "A.II.5.ii.a" else "n2"], counts["n1"]


def naive_cell(item: Any, answer: Answer | None, data: Any) -> Fraction | ExcelError | None:
    counts = answer.inputs if answer is not None else None
    if counts is None:
        shown = naive_value(item, answer, data)
        return ExcelError.DIV0 if shown is None and item["code"] == "A.II.5.iii.a" else shown
    if item["code"] == "A.II.5.iii.a":
        if "n4" not in counts:
            return ExcelError.DIV0
        if not {"n1", "n2", "n3"} <= counts.keys():
            return ExcelError.VALUE
        without_total = Answer(inputs={key: count for key, count in counts.items() if key != "n0"})
        return naive_value(item, without_total, data) or naive_zero(counts)
    if any(entry["key"] not in counts for entry in item["inputs"]):
        return None
    shown = naive_value(item, answer, data)
    return ExcelError.DIV0 if shown is None else shown


def naive_zero(counts: Mapping[str, int]) -> Fraction | ExcelError:
    return Fraction(0) if counts["n1"] + counts["n2"] + counts["n3"] else ExcelError.DIV0


def excel_sum(parts: Any) -> Any:
    cells = list(parts)
    errors = [cell for cell in cells if isinstance(cell, ExcelError)]
    return errors[0] if errors else sum(cells, Fraction(0))


def excel_mean(cells: list[Any], weight: Fraction) -> Any:
    numbers = [cell for cell in cells if cell is not None]
    errors = [cell for cell in numbers if isinstance(cell, ExcelError)]
    if errors:
        return errors[0]
    return sum(numbers) / Fraction(len(numbers)) * weight if numbers else ExcelError.DIV0
