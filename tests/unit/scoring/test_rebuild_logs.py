"""Logs are divided so that processes have the same to do, and none is cut."""

from services.scoring.rebuilding import logs
from services.scoring.rebuilding.logs import divided, size


def test_small_logs_are_folded_together_and_large_ones_alone() -> None:
    half = logs.MOST_RECORDS // 2
    ends = {("a", 0): 2 * half, ("a", 1): half + 1, ("b", 0): half, ("b", 1): 3, ("c", 0): 0}
    parts = divided({}, ends, 1)
    assert parts == [
        {("a", 0): (0, 2 * half)},
        {("a", 1): (0, half + 1)},
        {("b", 0): (0, half), ("b", 1): (0, 3)},
    ]


def test_two_processes_have_about_the_same_to_do() -> None:
    starts = {("a", number): 100 for number in range(12)}
    ends = {("a", number): 200 for number in range(12)}
    parts = divided(starts, ends, 2)
    assert [size(part) for part in parts] == [600, 600]
    assert parts[0].keys() | parts[1].keys() == ends.keys()


def test_nothing_to_read_is_no_part() -> None:
    assert divided({("a", 0): 5}, {("a", 0): 5}, 1) == []
