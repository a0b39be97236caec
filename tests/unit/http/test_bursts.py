"""Bursts are counted in memory that has an end."""

import pytest

from shared.http.limits.bursts import Bursts, RateLimitedError, parse

ALLOWED = parse("3/minute")


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


async def is_let_in(bursts: Bursts, source: bytes, rule: str = "toy") -> bool:
    try:
        await bursts.hit(rule, source, ALLOWED)
    except RateLimitedError:
        return False
    return True


async def test_a_window_begins_with_its_first_hit_and_ends_after_its_length() -> None:
    clock = Clock()
    bursts = Bursts(monotonic=clock)
    assert await is_let_in(bursts, b"a")
    clock.now += 59
    assert [await is_let_in(bursts, b"a") for _ in range(3)] == [True, True, False]
    with pytest.raises(RateLimitedError) as refused:
        await bursts.hit("toy", b"a", ALLOWED)
    assert refused.value.details["headers"] == {"Retry-After": "1"}
    assert await is_let_in(bursts, b"b")
    assert await is_let_in(bursts, b"a", "another rule")
    clock.now += 1
    assert await is_let_in(bursts, b"a")


async def test_sources_whose_window_has_ended_are_forgotten() -> None:
    clock = Clock()
    bursts = Bursts(monotonic=clock)
    for number in range(1000):
        await is_let_in(bursts, number.to_bytes(32, "big"))
    assert len(bursts) == 1000
    clock.now += 60
    assert await is_let_in(bursts, b"a")
    assert len(bursts) == 1


async def test_more_sources_than_there_is_room_for_push_the_oldest_out() -> None:
    bursts = Bursts(most=100)
    for _ in range(3):
        await is_let_in(bursts, b"newest")
    for number in range(99):
        await is_let_in(bursts, number.to_bytes(32, "big"))
    assert not await is_let_in(bursts, b"newest")
    for number in range(1000):
        await is_let_in(bursts, number.to_bytes(32, "big"))
    assert len(bursts) == 100


async def test_a_hit_taken_back_counts_no_more_even_when_its_window_has_ended() -> None:
    clock = Clock()
    bursts = Bursts(monotonic=clock)
    taken_back = [await bursts.hit("toy", b"a", ALLOWED) for _ in range(3)]
    taken_back[0]()
    assert [await is_let_in(bursts, b"a") for _ in range(2)] == [True, False]
    clock.now += 60
    assert await is_let_in(bursts, b"a")
    taken_back[1]()
    assert [await is_let_in(bursts, b"a") for _ in range(3)] == [True, True, False]


async def test_a_rule_may_say_in_its_own_words_what_was_too_much() -> None:
    bursts = Bursts(monotonic=Clock())
    for _ in range(3):
        await bursts.hit("toy", b"a", ALLOWED, "Terlalu cepat.")
    with pytest.raises(RateLimitedError, match=r"Terlalu cepat\."):
        await bursts.hit("toy", b"a", ALLOWED, "Terlalu cepat.")
