"""Logs are divided so that what is held at once stays small, all hands have work, and none is cut."""

from services.scoring.rebuilding import logs
from services.scoring.rebuilding.logs import divided


def test_small_logs_are_folded_together_and_large_ones_alone() -> None:
    half = logs.MOST_RECORDS // 2
    ends = {("a", 0): 20 * half, ("a", 1): half + 1, ("b", 0): half, ("b", 1): 3, ("c", 0): 0}
    parts = divided({}, ends, 1)
    assert parts == [
        {("a", 0): (0, 20 * half)},
        {("a", 1): (0, half + 1)},
        {("b", 0): (0, half), ("b", 1): (0, 3)},
    ]


def test_every_hand_has_several_parts() -> None:
    ends = {("a", number): logs.LEAST_RECORDS // 2 for number in range(48)}
    for hands, count in ((1, 6), (2, 12), (3, 24), (12, 24)):
        parts = divided({}, ends, hands)
        assert len(parts) == count
        assert {place: end for part in parts for place, (_, end) in part.items()} == ends


def test_nothing_to_read_is_no_part() -> None:
    assert divided({("a", 0): 5}, {("a", 0): 5}, 2) == []
