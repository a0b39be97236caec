"""Limits for what anybody may call: bursts in memory, quotas in a table.

    @router.post("/complaints", operation_id="submit_complaint",
                 dependencies=[limited("intake", burst="5/minute", quota=(50, 86400))])

A source is the peer's address under a key of the day: nothing tells later who called. Memory counts per
process, so N replicas let N bursts through; the quota holds over all replicas.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from fastapi import Depends, Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from sqlalchemy import text

from shared.db import Database
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.observability.metrics import HTTP_LIMITED
from shared.security.sealing import keyed_hash

_COUNT = text("""
    INSERT INTO rate_limit (source_hash, rule, window_start, hits)
    VALUES (:source, :rule,
            to_timestamp(floor(extract(epoch FROM now()) / :window) * :window), 1)
    ON CONFLICT (source_hash, rule, window_start) DO UPDATE SET hits = rate_limit.hits + 1
    RETURNING hits, ceil(extract(epoch FROM window_start - now()) + :window)::int AS seconds_left
""")


class RateLimitedError(DomainError):
    """Too many requests from this source (429)."""

    code: ClassVar[str] = "rate_limited"

    def __init__(self, rule: str, seconds: int) -> None:
        super().__init__(
            "Terlalu banyak permintaan dari jaringan Anda. Coba lagi nanti.",
            headers={"Retry-After": str(max(1, seconds))},
        )
        HTTP_LIMITED.labels(rule).inc()


def limited(rule: str, *, burst: str, quota: tuple[int, int] | None = None) -> Any:
    """Return a route dependency that lets `burst` (e.g. "5/minute") and `quota` (hits, seconds) through.

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

    return Depends(check)


class Bursts:
    """Counts hits by rule and source in this process, each in windows that begin with its first hit."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def hit(self, rule: str, source: bytes, allowed: RateLimitItem) -> None:
        """Count one hit; raises `RateLimitedError` above what is allowed."""
        if await self._limiter.hit(allowed, rule, source.hex()):
            return
        reset_at, _ = await self._limiter.get_window_stats(allowed, rule, source.hex())
        raise RateLimitedError(rule, round(reset_at - datetime.now(UTC).timestamp()))


def source_hash(request: Request) -> bytes:
    """Return the pseudonym of the peer for today (UTC)."""
    peer = request.client.host if request.client else "-"
    today = datetime.now(UTC).date().isoformat()
    return keyed_hash(state_of(request.app).secret, f"source/{today}", peer)


async def within_quota(db: Database, rule: str, source: bytes, hits: int, seconds: int) -> None:
    """Count one hit of a source in the window of `seconds`; raises `RateLimitedError` above `hits`.

    A counter lost in a crash does no harm, so its commit does not wait for the disk.
    """
    async with db.transaction() as session:
        await session.execute(text("SET LOCAL synchronous_commit = off"))
        counted = (await session.execute(_COUNT, {"source": source, "rule": rule, "window": seconds})).one()
    if counted.hits > hits:
        raise RateLimitedError(rule, counted.seconds_left)
