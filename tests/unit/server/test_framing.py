"""Where one request ends and the next begins: what is admitted, what is refused, however it is cut."""

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.server.framing import Framing, FramingError
from tests.support.wire import CHUNKED, FIXED, GET, OLD, REFUSED, head


def fed(data: bytes, cuts: list[int]) -> tuple[list[bytes], str | None]:
    """Return the heads and joined bodies yielded for the bytes cut at these places, and the fault."""
    framing, found = Framing(), list[bytes]()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    heads = 0
    try:
        for start, end in pairwise(places):
            for piece in framing.feed(data[start:end]):
                if framing.heads != heads or not found:
                    found.append(b"")
                    heads = framing.heads
                found[-1] += piece
    except FramingError as error:
        return found, error.reason
    return found, None


@pytest.mark.parametrize("name", REFUSED)
def test_what_two_readers_could_read_differently_is_refused_with_nothing_behind_it(name: str) -> None:
    heads = [piece for piece in fed(REFUSED[name] + GET, [])[0] if piece.startswith(GET)]
    assert fed(REFUSED[name] + GET, [])[1] is not None
    assert heads == []


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_as_soon_as_it_is_there_and_not_after_a_wait_for_more(name: str) -> None:
    assert fed(REFUSED[name], [])[1] is not None


@given(
    st.lists(st.sampled_from([GET, FIXED, CHUNKED, OLD]), min_size=1, max_size=4),
    st.lists(st.integers(0, 400)),
)
def test_requests_are_found_alike_however_they_are_cut(requests: list[bytes], cuts: list[int]) -> None:
    assert fed(b"".join(requests), cuts) == (requests, None)


@given(st.sampled_from(sorted(REFUSED)), st.lists(st.integers(0, 400)))
def test_what_is_refused_is_refused_however_it_is_cut(name: str, cuts: list[int]) -> None:
    found, fault = fed(GET + REFUSED[name] + GET, cuts)
    assert fault is not None
    assert found.count(GET) == 1


TEMPLATES = [GET, FIXED, CHUNKED, OLD, *REFUSED.values()]


@given(st.data())
def test_the_parser_behind_agrees_with_every_boundary(data: st.DataObject) -> None:
    """Change a few bytes of good and bad requests: what passes, h11 reads as the same number of requests."""
    raw = bytearray(b"".join(data.draw(st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=3))))
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(
            st.sampled_from(b"\r\n :,;0159aA\x00\x0b\t\xff")
        )
    framing, connection = Framing(), h11.Connection(h11.SERVER)
    ends = 0
    try:
        for piece in framing.feed(bytes(raw)):
            connection.receive_data(piece)
            while (event := connection.next_event()) is not h11.NEED_DATA and event is not h11.PAUSED:
                if isinstance(event, h11.EndOfMessage):
                    ends += 1
                    connection.send(h11.Response(status_code=204, headers=[]))
                    connection.send(h11.EndOfMessage())
                    if connection.our_state is h11.MUST_CLOSE:
                        return
                    connection.start_next_cycle()
            assert ends == framing.heads - (framing.phase == "body")
    except FramingError:
        pass


def test_a_head_may_have_64_kib_and_not_a_byte_more() -> None:
    room = 64 * 1024 - len(head(b"Host: a", b"X: "))
    largest = head(b"Host: a", b"X: " + b"a" * room)
    assert fed(largest, [])[1] is None
    framing = Framing()
    with pytest.raises(FramingError) as refused:
        list(framing.feed(head(b"Host: a", b"X: " + b"a" * (room + 1))))
    assert refused.value.status == 431


def test_a_head_without_end_is_refused_at_64_kib() -> None:
    framing = Framing()
    assert list(framing.feed(b"GET /a HTTP/1.1\r\nX: ")) == []
    for _ in range(63):
        assert list(framing.feed(b"a" * 1024)) == []
    with pytest.raises(FramingError) as refused:
        list(framing.feed(b"a" * 1024))
    assert refused.value.status == 431


def test_an_unknown_coding_is_not_implemented() -> None:
    with pytest.raises(FramingError) as refused:
        list(Framing().feed(REFUSED["an unknown coding"]))
    assert refused.value.status == 501
