"""What is published of a unit's complaints: no small count, and none that follows from the others."""

from collections import defaultdict
from itertools import product

from services.complaints.handling.domain.publication import SMALLEST, Published, published


def test_a_small_sum_hides_everything() -> None:
    assert published(4, 4, 0) == Published(None, None, None, None)
    assert published(0, 0, 0) == Published(None, None, None, None)


def test_one_small_part_hides_all_parts_for_it_would_follow_from_the_others() -> None:
    assert published(12, 6, 5) == Published(12, None, None, None)
    assert published(20, 15, 0) == Published(20, 15, 0, 5)


def test_whatever_is_told_nobody_can_work_out_a_small_count() -> None:
    behind = defaultdict[Published, set[tuple[int, ...]]](set)
    for parts in product(range(9), repeat=3):
        behind[published(sum(parts), *parts[:2])].add(parts)
    for told, alike in behind.items():
        shown = (told.received, told.in_progress, told.completed, told.other)
        assert not any(count is not None and 0 < count < SMALLEST for count in shown)
        hidden = sum(count is None for count in shown[1:])
        assert hidden in (0, 3), "with two parts and the sum the third would follow"
        assert hidden == 0 or min(len(set(part)) for part in zip(*alike, strict=True)) > 1, told
