"""Clocks put aside stay aside until a try succeeds, and are tried ever more rarely."""

from uuid import UUID

from services.complaints.deadlines.aside import FIRST_SECONDS, LONGEST_SECONDS, Aside

A, B = UUID(int=1), UUID(int=2)


class Hand:
    """A clock under the test's hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_clock_waits_a_minute_and_stays_aside_when_its_turn_comes() -> None:
    hand = Hand()
    aside = Aside(hand)
    aside.put(A)
    hand.now = FIRST_SECONDS - 1
    assert aside.due() is None
    hand.now = FIRST_SECONDS
    assert aside.due() == A
    assert set(aside.deadlines) == {A}


def test_each_failure_doubles_the_wait_up_to_an_hour() -> None:
    hand = Hand()
    aside = Aside(hand)
    waits = []
    for _ in range(9):
        aside.put(A)
        began = hand.now
        while aside.due() is None:
            hand.now += 60
        waits.append(hand.now - began)
    assert waits == [60, 120, 240, 480, 960, 1920, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]


def test_the_one_whose_turn_came_first_is_tried_first() -> None:
    hand = Hand()
    aside = Aside(hand)
    aside.put(A)
    hand.now = 10
    aside.put(B)
    hand.now = 1000
    assert aside.due() == A
    aside.put(A)
    assert aside.due() == B
    aside.drop(B)
    assert set(aside.deadlines) == {A}
