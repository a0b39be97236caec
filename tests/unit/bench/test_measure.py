"""The arithmetic of the bench command: ratios, spread, verdicts, amounts."""

from math import inf

import pytest

from tests.bench.measure import (
    Added,
    Comparison,
    Effort,
    Round,
    alternate,
    percentile,
    ratios,
    report,
)


def a_round(records: int = 1_000, seconds: float = 2.0, **cpu: float) -> Round:
    return Round(records, seconds, {"client": 0.01, "broker": 0.002, "database": 0.003} | cpu)


def test_a_round_tells_rate_and_cpu_per_record() -> None:
    found = a_round()
    assert found.per_second == 500
    assert found.cpu_us() == pytest.approx(10)
    assert found.whole_us() == pytest.approx(15)


def test_ratios_are_taken_round_by_round_not_of_sums() -> None:
    ours = [a_round(seconds=1.0), a_round(seconds=4.0)]
    theirs = [a_round(seconds=2.0), a_round(seconds=2.0)]
    assert ratios(ours, theirs, lambda one: one.per_second) == [2.0, 0.5]


@pytest.mark.parametrize(
    ("values", "is_lower_better", "verdict"),
    [
        ([2.7, 2.8, 2.9], False, "holds"),
        ([2.6, 2.6, 2.8], False, "misses"),
        ([2.6, 2.7, 2.7], True, "holds"),
        ([2.6, 2.8, 2.9], True, "misses"),
        ([1.0, 1.6, 3.0], False, "noisy"),
        ([2.0, 3.0], False, "misses"),
        ([2.0, 3.01], False, "noisy"),
    ],
)
def test_the_verdict_is_of_the_median_unless_the_rounds_disagree(
    values: list[float], is_lower_better: bool, verdict: str
) -> None:
    assert Comparison("x", values, 2.7, is_lower_better=is_lower_better).verdict == verdict


def test_nothing_against_something_is_noise_and_nothing_twice_is_agreement() -> None:
    assert Comparison("x", [0.0, 1.0], 2.0, is_lower_better=True).spread == inf
    assert Comparison("x", [0.0, 0.0], 2.0, is_lower_better=True).verdict == "holds"


def test_a_difference_about_nothing_has_a_verdict() -> None:
    assert Added("x", [-6.5, 4.7, 6.3], 5.0, is_lower_better=True, unit=" ms").verdict == "holds"
    assert Added("x", [-6.5, 5.7, 6.3], 5.0, is_lower_better=True, unit=" ms").verdict == "misses"


def test_a_line_names_median_spread_goal_and_verdict() -> None:
    line = Comparison("p95", [90.0, 80.0, 100.0], 100, is_lower_better=True, unit=" ms").line()
    assert line == "  p95: 90.00 ms (rounds 80.00-100.00, goal <= 100 ms): holds"


def test_sides_alternate_and_turn_round_every_other_time() -> None:
    order: list[str] = []

    def side(name: str) -> str:
        order.append(name)
        return f"{name}{len(order)}"

    found = alternate({"a": lambda: side("a"), "b": lambda: side("b"), "c": lambda: side("c")}, 2)
    assert order == ["a", "b", "c", "c", "b", "a"]
    assert found == {"a": ["a1", "a6"], "b": ["b2", "b5"], "c": ["c3", "c4"]}


def test_the_amount_follows_the_effort() -> None:
    assert Effort(3, is_full=False).of(60, 500) == 60
    assert Effort(5, is_full=True).of(60, 500) == 500
    assert Effort(1, is_full=True, share=0.1).of(60, 500) == 50
    assert Effort(1, is_full=False, share=0.001).of(60, 500) == 1


@pytest.mark.parametrize(("share", "value"), [(0.5, 51), (0.95, 96), (0.99, 100), (1.0, 100)])
def test_percentiles_are_values_that_were_seen(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_a_report_holds_its_comparisons_as_lines_and_as_figures() -> None:
    comparison = Comparison("x", [1.0], 0.9)
    told = report("B0", "something", [comparison], ["  more"], of_it=3)
    assert told["lines"] == [comparison.line(), "  more"]
    assert told["comparisons"][0]["verdict"] == "holds"
    assert told["of_it"] == 3
