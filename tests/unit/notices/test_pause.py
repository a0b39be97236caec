"""Pauses between tries grow, are drawn by lot, and end."""

from datetime import timedelta
from itertools import pairwise

import pytest

from shared.notices.store import FIRST_PAUSE, LONGEST_PAUSE, MOST_TRIES, pause


@pytest.mark.parametrize("drawn", [0.0, 0.5, 1.0])
def test_each_pause_is_twice_the_last_until_the_longest(drawn: float) -> None:
    pauses = [pause(tries, drawn) for tries in range(1, MOST_TRIES + 50)]
    assert all(later in (2 * earlier, pauses[-1]) for earlier, later in pairwise(pauses))
    assert pauses[-1] == LONGEST_PAUSE * (0.5 + 0.5 * drawn)


def test_half_of_a_pause_is_drawn_so_that_mails_do_not_come_back_together() -> None:
    assert (pause(1, 0.0), pause(1, 1.0)) == (FIRST_PAUSE / 2, FIRST_PAUSE)


def test_all_tries_of_a_mail_take_three_to_six_hours() -> None:
    least, most = (
        sum((pause(tries, drawn) for tries in range(1, MOST_TRIES)), timedelta()) for drawn in (0.0, 1.0)
    )
    assert timedelta(hours=3) < least < most < timedelta(hours=6, minutes=15)
