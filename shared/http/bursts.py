"""Bursts: how often a source may call within moments, counted in this process's memory."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from shared.kernel import DomainError
from shared.observability.metrics import HTTP_LIMITED

__all__ = ["Bursts", "RateLimitedError", "parse"]


class RateLimitedError(DomainError):
    """Too many requests from this source (429)."""

    code: ClassVar[str] = "rate_limited"

    def __init__(self, rule: str, seconds: int, message: str = "", **details: Any) -> None:
        super().__init__(
            message or "Terlalu banyak permintaan dari jaringan Anda. Coba lagi nanti.",
            headers={"Retry-After": str(max(1, seconds))},
            **details,
        )
        HTTP_LIMITED.labels(rule).inc()


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
