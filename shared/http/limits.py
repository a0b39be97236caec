"""Limits for what anybody may call: bursts in memory, quotas in a table.

    @router.post("/complaints", operation_id="submit_complaint",
                 dependencies=[limited("intake", burst="5/minute", quota=(50, 86400))])

A source is the peer's address under a key of the day: nothing tells later who called. Memory counts per
process, so N replicas let N bursts through; the quota holds over all replicas.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import Depends, Request
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.http.bursts import RateLimitedError, parse
from shared.http.state import state_of
from shared.observability.metrics import HTTP_LIMITED
from shared.security.sealing import keyed_hash

_COUNT = text("""
    INSERT INTO rate_limit (source_hash, rule, window_start, hits)
    VALUES (:source, :rule,
            to_timestamp(floor(extract(epoch FROM now()) / :window) * :window), 1)
    ON CONFLICT (source_hash, rule, window_start) DO UPDATE SET hits = rate_limit.hits + 1
    RETURNING hits, ceil(extract(epoch FROM window_start - now()) + :window)::int AS seconds_left
""")


def limited(rule: str, *, burst: str, quota: tuple[int, int] | None = None) -> Any:
    """Return a route dependency that counts each request by `counter`."""
    return Depends(counter(rule, burst=burst, quota=quota))


def counter(
    rule: str, *, burst: str, quota: tuple[int, int] | None = None
) -> Callable[[Request], Awaitable[None]]:
    """Return what counts a request, and lets `burst` (e.g. "5/minute") and `quota` (hits, seconds) through.

    It raises `RateLimitedError` with Retry-After above either.
    """
    item = parse(burst)
    HTTP_LIMITED.labels(rule)

    async def check(request: Request) -> None:
        state = state_of(request.app)
        source = source_hash(request)
        await state.bursts.hit(rule, source, item)
        if quota is not None:
            await within_quota(state.db, rule, source, *quota)

    return check


def source_hash(request: Request) -> bytes:
    """Return the pseudonym of the peer for today (UTC)."""
    peer = request.client.host if request.client else "-"
    today = datetime.now(UTC).date().isoformat()
    return keyed_hash(state_of(request.app).secret, f"source/{today}", peer)


async def within_quota(db: Database, rule: str, source: bytes, hits: int, seconds: int) -> None:
    """Count one hit of a source in the window of `seconds`; raises `RateLimitedError` above `hits`.

    A counter lost in a crash does no harm, so its commit does not wait for the disk.
    """

    async def count(session: AsyncSession) -> Row[Any]:
        await session.execute(text("SET LOCAL synchronous_commit = off"))
        return (await session.execute(_COUNT, {"source": source, "rule": rule, "window": seconds})).one()

    counted = await db.run(count)
    if counted.hits > hits:
        raise RateLimitedError(rule, counted.seconds_left)
