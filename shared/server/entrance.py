"""How many connections may be open at a time: in all, and from one source.

Whoever comes when all places are taken gets that of the connection that has been at rest for longest; only
where none rests is the newcomer refused. Who is still reading an answer is not at rest. A proxy that is
trusted speaks for many and is no source.
"""

from collections import Counter
from collections.abc import Callable
from typing import Literal, Protocol

from shared.http.limits.networks import network_of
from shared.observability.metrics import HTTP_GAVE_WAY

MOST_REFUSED = 100
"""So many refused connections may wait to hear it; beyond, they are closed without a word."""

UNREAD_SECONDS = 10.0
"""A reader who takes nothing for so long has stopped; a slow one is seen in steps, as the system sends on."""

SITES = 2
"""A site, the /48 of an IPv6 address, has so many times the places of one of its 65,536 sources."""

Crowded = Literal["crowded", "crowded_source"]


class Guest(Protocol):
    """A connection, as far as its place is concerned."""

    def unread_seconds(self) -> float | None:
        """Return for how long nothing was taken of what waits here for its reader, None when nothing does."""

    def give_way(self) -> None:
        """Close: nothing is at work here, and somebody else needs the place."""


class Entrance:
    """The places of one port: `most` in all, `most_each` for a source, twice that for an IPv6 site."""

    def __init__(
        self, most: int, most_each: int, is_trusted: Callable[[str], bool] = lambda _host: False
    ) -> None:
        self._most = most
        self._most_each = most_each
        self._is_trusted = is_trusted
        self._sources: dict[Guest, tuple[str, ...]] = {}
        self._counts: Counter[str] = Counter()
        self._resting: dict[Guest, None] = {}
        self._refused: set[Guest] = set()

    @property
    def taken(self) -> int:
        """Connections that have a place now."""
        return len(self._sources)

    @property
    def is_patient(self) -> bool:
        """Tell whether few enough of the refused still wait to hear it."""
        return len(self._refused) <= MOST_REFUSED

    def enter(self, guest: Guest, host: str) -> Crowded | None:
        """Give a connection from this address its place; return why it has none."""
        shares = {} if not host or self._is_trusted(host) else self._shares_of(host)
        for source, most in shares.items():
            if self._counts[source] >= most and not self._has_room_after(source):
                return self._refuse(guest, "crowded_source")
        if len(self._sources) >= self._most and not self._has_room_after():
            return self._refuse(guest, "crowded")
        self._sources[guest] = tuple(shares)
        self._counts.update(shares.keys())
        return None

    def leave(self, guest: Guest) -> None:
        """Take the place back, if there is one."""
        self._refused.discard(guest)
        self._resting.pop(guest, None)
        for source in self._sources.pop(guest, ()):
            self._counts[source] -= 1
            if not self._counts[source]:
                del self._counts[source]

    def rest(self, guest: Guest) -> None:
        """Note that nothing is at work on a connection."""
        if guest in self._sources:
            self._resting.setdefault(guest)

    def wake(self, guest: Guest) -> None:
        """Note that something is."""
        self._resting.pop(guest, None)

    def _shares_of(self, host: str) -> dict[str, int]:
        """Return the networks that an address is counted in, and how many places each has."""
        source, site = network_of(host), network_of(host, 48)
        return {source: self._most_each} | ({} if site == source else {site: SITES * self._most_each})

    def _refuse(self, guest: Guest, reason: Crowded) -> Crowded:
        self._refused.add(guest)
        return reason

    def _has_room_after(self, source: str | None = None) -> bool:
        """Let the connection that rested longest go, one of this source if it is named.

        One whose reader has stopped goes only where no other does.
        """
        stopped: Guest | None = None
        for guest in self._resting:
            if source is None or source in self._sources[guest]:
                unread = guest.unread_seconds()
                if unread is None:
                    return self._let_go(guest)
                if unread >= UNREAD_SECONDS:
                    stopped = stopped or guest
        return stopped is not None and self._let_go(stopped)

    def _let_go(self, guest: Guest) -> Literal[True]:
        self.leave(guest)
        HTTP_GAVE_WAY.labels("connection").inc()
        guest.give_way()
        return True
