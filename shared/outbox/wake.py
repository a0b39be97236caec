"""Wake the relays of this process after a commit; other processes are covered by the relay's poll.

NOTIFY inside the business transaction would take an instance-wide lock and end group commit, so it is
not used (performance.md section 3).
"""

import asyncio

_waiting: set[asyncio.Event] = set()


def register() -> asyncio.Event:
    """Return an event that is set after every commit that wrote to the outbox."""
    flag = asyncio.Event()
    _waiting.add(flag)
    return flag


def unregister(flag: asyncio.Event) -> None:
    """Forget a relay's event."""
    _waiting.discard(flag)


def wake_relays() -> None:
    """Set every registered event."""
    for flag in _waiting:
        flag.set()
