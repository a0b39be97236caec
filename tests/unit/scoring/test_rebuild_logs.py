"""Logs are divided so that what is held at once stays small, and none is cut."""

from services.scoring.rebuilding import logs
from services.scoring.rebuilding.logs import divided


def test_small_logs_are_folded_together_and_large_ones_alone() -> None:
    half = logs.MOST_RECORDS // 2
    ends = {("a", 0): 2 * half, ("a", 1): half + 1, ("b", 0): half, ("b", 1): 3, ("c", 0): 0}
    parts = divided({}, ends)
    assert parts == [
        {("a", 0): (0, 2 * half)},
        {("a", 1): (0, half + 1)},
        {("b", 0): (0, half), ("b", 1): (0, 3)},
    ]


def test_nothing_to_read_is_no_part() -> None:
    assert divided({("a", 0): 5}, {("a", 0): 5}) == []


def test_several_processes_get_several_parts_each() -> None:
    ends = {("a", number): 10 for number in range(40)}
    parts = divided({}, ends, 2)
    assert len(parts) == 2 * logs.PARTS + 2
    assert {place: end for part in parts for place, (_, end) in part.items()} == ends
    assert len(divided({}, ends)) == 1
