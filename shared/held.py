"""Nobody holds a connection while waiting for something else than the database.

A pool is as wide as the slowest thing that is waited for inside its transactions: an Argon2 hash, a disk, a
bucket, an issuer, a place in line. So what waits for such a thing says so first, and refuses inside one.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_held: ContextVar[int] = ContextVar("zi_connections_held", default=0)


class ConnectionHeldError(RuntimeError):
    """A fault of ours: a transaction is open around a wait that has nothing to do with the database."""


@contextmanager
def holding() -> Iterator[None]:
    """Count a session as held by the present task, and by those it starts, until the block ends."""
    before = _held.get()
    _held.set(before + 1)
    try:
        yield
    finally:
        _held.set(before)


def refuse_while_holding(wait: str) -> None:
    """Raise `ConnectionHeldError` inside a transaction; `wait` names what would be waited for."""
    if _held.get():
        raise ConnectionHeldError(f"a database connection is held while waiting for {wait}")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what blocks in a thread, never inside a transaction."""
    refuse_while_holding("a thread")
    return await asyncio.to_thread(work, *args, **kwargs)
