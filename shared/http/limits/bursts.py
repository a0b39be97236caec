"""Bursts: how often a source may call within moments, counted in this process's memory."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from limits import RateLimitItem, parse

from shared.kernel import DomainError
from shared.observability.metrics import HTTP_LIMITED

__all__ = ["Bursts", "RateLimitedError", "parse"]

MOST_SOURCES = 50_000
"""Of each rule; about 15 MiB."""


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


@dataclass(slots=True)
class _Window:
    ends_at: float
    hits: int = 0


class Bursts:
    """Counts hits by rule and source in this process, each in windows that begin with its first hit.

    A rule's windows are all of one length, so the oldest end first: each hit drops those that have ended.
    Beyond `most` sources of a rule the oldest are forgotten, for whoever has so many addresses is not stopped
    by counting them, and memory is everybody's.
    """

    def __init__(self, *, most: int = MOST_SOURCES, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._monotonic = monotonic
        self._rules: dict[str, OrderedDict[bytes, _Window]] = {}

    def __len__(self) -> int:
        """Return how many sources are remembered."""
        return sum(map(len, self._rules.values()))

    async def hit(
        self, rule: str, source: bytes, allowed: RateLimitItem, message: str = ""
    ) -> Callable[[], None]:
        """Count one hit and return what takes it back, for work that was refused.

        Raises `RateLimitedError`, with a `message` of the rule's own, above what is allowed.
        """
        now = self._monotonic()
        windows = self._rules.setdefault(rule, OrderedDict())
        while windows and next(iter(windows.values())).ends_at <= now:
            windows.popitem(last=False)
        if source not in windows:
            if len(windows) >= self._most:
                windows.popitem(last=False)
            windows[source] = _Window(now + allowed.get_expiry())
        window = windows[source]
        window.hits += 1
        if window.hits > allowed.amount:
            raise RateLimitedError(rule, round(window.ends_at - now), message)

        def take_back() -> None:
            window.hits -= 1

        return take_back
