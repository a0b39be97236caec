"""What is published of a unit's complaints: no small count, and none that follows from the others."""

from collections import defaultdict
from itertools import product

import pytest
from pydantic import ValidationError

from services.complaints.handling.data import read_smallest, smallest_cell
from services.complaints.handling.domain.declarations import ConflictFigures, Declarations, ToldDeclarations
from services.complaints.handling.domain.publication import Published, published

SMALLEST = smallest_cell()


def test_a_small_sum_hides_everything() -> None:
    assert published(4, 4, 0, 5) == Published(None, None, None, None)
    assert published(0, 0, 0, 5) == Published(None, None, None, None)


def test_one_small_part_hides_all_parts_for_it_would_follow_from_the_others() -> None:
    assert published(12, 6, 5, 5) == Published(12, None, None, None)
    assert published(20, 15, 0, 5) == Published(20, 15, 0, 5)


def test_whatever_is_told_nobody_can_work_out_a_small_count() -> None:
    behind = defaultdict[Published, set[tuple[int, ...]]](set)
    for parts in product(range(9), repeat=3):
        behind[published(sum(parts), parts[0], parts[1], SMALLEST)].add(parts)
    for told, alike in behind.items():
        shown = (told.received, told.in_progress, told.completed, told.other)
        assert not any(count is not None and 0 < count < SMALLEST for count in shown)
        hidden = sum(count is None for count in shown[1:])
        assert hidden in (0, 3), "with two parts and the sum the third would follow"
        assert hidden == 0 or min(len(set(part)) for part in zip(*alike, strict=True)) > 1, told


def test_the_smallest_count_is_data_that_hides_something() -> None:
    assert published(4, 4, 0, 3) == Published(4, 4, 0, 0)
    for odd in ({"source": "x", "smallest": 1}, {"source": "", "smallest": 5}, {"smallest": 5}):
        with pytest.raises(ValidationError):
            read_smallest(odd)


FIGURES = ConflictFigures(Declarations(9, 6, 1), Declarations(8, 6, 0), 12, 7)


def test_an_inspector_is_told_every_declaration() -> None:
    told = FIGURES.told(sees_hidden=True, smallest=5)
    assert told == ToldDeclarations(16, 9, 6, 1, has_hidden=True)


def test_whoever_may_not_see_hidden_declarations_is_told_the_same_with_and_without_them() -> None:
    told = FIGURES.told(sees_hidden=False, smallest=5)
    assert told == ToldDeclarations(14, 8, 6, 0, has_hidden=False)
    without = ConflictFigures(FIGURES.plain, FIGURES.plain, 12, 7)
    assert without.told(sees_hidden=False, smallest=5) == told


def test_small_counts_of_declarations_are_left_out() -> None:
    few = ConflictFigures(Declarations(2, 1, 1), Declarations(2, 1, 1), 3, 3)
    assert few.told(sees_hidden=False, smallest=5) == ToldDeclarations(
        None, None, None, None, has_hidden=False
    )
    one_open = ConflictFigures(Declarations(6, 0, 1), Declarations(6, 0, 1), 3, 3)
    told = one_open.told(sees_hidden=False, smallest=5)
    assert (told.declared, told.in_time, told.open) == (7, None, None)


def test_figures_come_back_as_they_were_kept() -> None:
    assert ConflictFigures.of(FIGURES.frozen()) == FIGURES
