"""Services, subjects and shared packages depend on each other one way, as their picture shows."""

from graphlib import CycleError

import pytest

from tests.contracts.structure_page import reduced, structure_page


def test_the_rooms_stand_in_no_circle_and_each_says_what_it_holds() -> None:
    assert [line for line in structure_page().splitlines() if line.endswith(("` |  |", "` | |"))] == []


def test_a_longer_way_takes_the_place_of_an_arrow() -> None:
    drawn = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert reduced(drawn) == {"a": ["b"], "b": ["c"], "c": []}


def test_a_circle_is_named_and_not_drawn() -> None:
    with pytest.raises(CycleError, match=r"'(a|b)', '(a|b)', '(a|b)'"):
        reduced({"a": {"b"}, "b": {"a"}})
