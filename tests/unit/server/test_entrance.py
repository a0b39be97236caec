"""Who gets a place of a port, who has to give one back, and who is refused."""

import pytest

from shared.server.entrance import MOST_REFUSED, UNREAD_SECONDS, Entrance
from shared.server.serving import entrance_of
from tests.support.http import settings

PROXY = "10.0.0.1"


class Guest:
    """A connection that notes that it was closed."""

    def __init__(self) -> None:
        self.is_closed = False
        self.unread: float | None = None

    def unread_seconds(self) -> float | None:
        return self.unread

    def give_way(self) -> None:
        self.is_closed = True


@pytest.fixture
def entrance() -> Entrance:
    return Entrance(4, 2, is_trusted=lambda host: host == PROXY)


def enter(entrance: Entrance, host: str) -> Guest:
    guest = Guest()
    assert entrance.enter(guest, host) is None
    return guest


def test_a_source_has_so_many_places_and_another_has_its_own(entrance: Entrance) -> None:
    first = enter(entrance, "192.0.2.1")
    enter(entrance, "192.0.2.1")
    refused = Guest()
    assert entrance.enter(refused, "192.0.2.1") == "crowded_source"
    enter(entrance, "192.0.2.2")
    entrance.leave(refused)
    assert entrance.taken == 3, "who had no place gives none back"
    entrance.leave(first)
    entrance.leave(first)
    assert entrance.taken == 2
    enter(entrance, "192.0.2.1")


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:2"), ("192.0.2.1", "::ffff:192.0.2.1")],
    ids=["a /64", "mapped"],
)
def test_addresses_of_one_network_are_one_source(entrance: Entrance, one: str, other: str) -> None:
    enter(entrance, one)
    enter(entrance, other)
    assert entrance.enter(Guest(), other) == "crowded_source"


def test_the_networks_of_a_site_have_twice_as_many_places_together() -> None:
    entrance = Entrance(10, 2)
    own = [enter(entrance, f"2001:db8:0:{number}::1") for number in range(4)]
    assert entrance.enter(Guest(), "2001:db8:0:9::1") == "crowded_source"
    other = enter(entrance, "2001:db8:1::1")
    entrance.rest(other)
    entrance.rest(own[2])
    enter(entrance, "2001:db8:0:9::1")
    assert [guest.is_closed for guest in (*own, other)] == [False, False, True, False, False]
    entrance.leave(own[0])
    enter(entrance, "2001:db8:0:10::1")
    assert entrance.enter(Guest(), "2001:db8:0:11::1") == "crowded_source"


@pytest.mark.parametrize("host", [PROXY, ""], ids=["a proxy", "a socket without address"])
def test_who_speaks_for_many_is_no_source_but_is_counted(entrance: Entrance, host: str) -> None:
    for _ in range(4):
        enter(entrance, host)
    assert entrance.enter(Guest(), "192.0.2.1") == "crowded"
    assert entrance.enter(Guest(), host) == "crowded"


def test_the_connection_that_rested_longest_gives_way(entrance: Entrance) -> None:
    guests = [enter(entrance, PROXY) for _ in range(4)]
    for number in (2, 1, 3):
        entrance.rest(guests[number])
    entrance.rest(guests[2])
    entrance.wake(guests[2])
    enter(entrance, "192.0.2.1")
    assert [guest.is_closed for guest in guests] == [False, True, False, False]
    assert entrance.taken == 4
    entrance.leave(guests[1])
    assert entrance.taken == 4, "its place is another's by now"


def test_who_still_reads_an_answer_goes_last_and_only_once_nothing_is_taken(entrance: Entrance) -> None:
    guests = [enter(entrance, PROXY) for _ in range(4)]
    for guest in guests:
        entrance.rest(guest)
    for guest, unread in zip(guests, (0.0, UNREAD_SECONDS, UNREAD_SECONDS, None), strict=True):
        guest.unread = unread
    for gone in ((3,), (3, 1), (3, 1, 2), (3, 1, 2)):
        entrance.enter(Guest(), PROXY)
        assert [guest.is_closed for guest in guests] == [number in gone for number in range(4)]
    assert entrance.enter(Guest(), PROXY) == "crowded"


def test_a_source_beyond_its_share_closes_its_own_connections_alone(entrance: Entrance) -> None:
    other = enter(entrance, "192.0.2.2")
    own = [enter(entrance, "192.0.2.1") for _ in range(2)]
    entrance.rest(other)
    assert entrance.enter(Guest(), "192.0.2.1") == "crowded_source"
    assert not other.is_closed
    entrance.rest(own[1])
    enter(entrance, "192.0.2.1")
    assert (own[0].is_closed, own[1].is_closed, other.is_closed) == (False, True, False)


def test_a_refused_connection_never_rests(entrance: Entrance) -> None:
    for _ in range(4):
        enter(entrance, PROXY)
    refused = Guest()
    assert entrance.enter(refused, PROXY) == "crowded"
    entrance.rest(refused)
    assert entrance.enter(Guest(), PROXY) == "crowded"


def test_only_so_many_of_the_refused_may_wait_to_hear_it(entrance: Entrance) -> None:
    for _ in range(4):
        enter(entrance, PROXY)
    refused = [Guest() for _ in range(MOST_REFUSED + 1)]
    told = []
    for guest in refused:
        entrance.enter(guest, PROXY)
        told.append(entrance.is_patient)
    assert told == [True] * MOST_REFUSED + [False]
    entrance.leave(refused[0])
    assert entrance.is_patient


def test_nothing_is_kept_of_who_left(entrance: Entrance) -> None:
    guests = [enter(entrance, f"192.0.2.{number}") for number in range(4)]
    for guest in guests:
        entrance.rest(guest)
        entrance.leave(guest)
    held = [entrance._sources, entrance._counts, entrance._resting, entrance._refused]
    assert [len(part) for part in held] == [0] * 4  # type: ignore[arg-type]


@pytest.mark.parametrize(("descriptors", "places"), [(1500, 30), (520, 20), (256, 10)])
def test_no_more_are_let_in_than_there_are_descriptors_for(descriptors: int, places: int) -> None:
    entrance = entrance_of(settings(connections_at_once=30, trusted_proxies=PROXY), descriptors)
    for _ in range(places):
        enter(entrance, PROXY)
    assert entrance.enter(Guest(), PROXY) == "crowded"


def test_the_numbers_and_the_trusted_proxies_are_settings() -> None:
    given = settings(
        connections_at_once=10, connections_per_source=1, trusted_proxies="10.0.0.0/8, 192.0.2.9"
    )
    entrance = entrance_of(given)
    for host in ("10.1.2.3", "10.1.2.3", "192.0.2.9", "192.0.2.9"):
        enter(entrance, host)
    enter(entrance, "192.0.2.1")
    assert entrance.enter(Guest(), "192.0.2.1") == "crowded_source"
    for _ in range(5):
        enter(entrance, "10.9.9.9")
    assert entrance.enter(Guest(), "10.9.9.9") == "crowded"
