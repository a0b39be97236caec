"""Limits for what anybody may call: bursts in memory, counts in a table.

    public = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(429))

    reports = Counted("intake", source_hash(request), 3600)
    if (found := await reports.found(session)).hits >= 10:
        raise reports.refusal(found)
    ...
    await reports.count(session)  # in the transaction that does the work: refused work costs nothing

A source is the peer's network under a key of the day: nothing tells later who called. Memory counts per
process, so N replicas let N bursts through; the table holds over all replicas.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import Depends, Request
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.limits.bursts import RateLimitedError, parse
from shared.http.limits.networks import network_of
from shared.http.state import state_of
from shared.observability.metrics import HTTP_LIMITED
from shared.security.sealing import keyed_hash

_WINDOW = "to_timestamp(floor(extract(epoch FROM now()) / :window) * :window)"
_TIMES = f"""
    ceil(extract(epoch FROM {_WINDOW} - now()) + :window)::int AS seconds_left,
    floor(extract(epoch FROM now()))::bigint AS now
"""
_COUNT = text(f"""
    INSERT INTO rate_limit (source_hash, rule, window_start, hits)
    VALUES (:source, :rule, {_WINDOW}, 1)
    ON CONFLICT (source_hash, rule, window_start) DO UPDATE SET hits = rate_limit.hits + 1
    RETURNING hits, {_TIMES}
""")  # noqa: S608 - the inserted texts are our own
_SO_FAR = text(f"""
    SELECT coalesce((SELECT hits FROM rate_limit
                     WHERE source_hash = :source AND rule = :rule AND window_start = {_WINDOW}), 0) AS hits,
           {_TIMES}
""")  # noqa: S608 - as above
_LAST = text("""
    SELECT floor(extract(epoch FROM max(window_start)))::bigint FROM rate_limit
    WHERE source_hash = :source AND rule = :rule AND window_start > now() - make_interval(secs => :within)
""")


def limited(rule: str, *, burst: str, burst_of_site: str | None = None) -> Any:
    """Return a route dependency that lets `burst` (e.g. "5/minute") requests of a source through.

    Of a whole site it lets `burst_of_site` through. It counts every request, also one that is refused later:
    for what costs by being asked. What costs by succeeding is counted by `Counted` in the transaction that
    succeeds.
    """
    bounds = [(rule, source_hash, parse(burst))]
    if burst_of_site is not None:
        bounds.append((f"{rule}-site", site_hash, parse(burst_of_site)))
    for name, _, _ in bounds:
        HTTP_LIMITED.labels(name)

    async def check(request: Request) -> None:
        for name, caller, allowed in bounds:
            await state_of(request.app).bursts.hit(name, caller(request), allowed)

    return Depends(check)


def source_hash(request: Request) -> bytes:
    """Return the pseudonym of the peer's network for today (UTC)."""
    return _pseudonym(request, "source", 64)


def site_hash(request: Request) -> bytes:
    """Return the pseudonym for today (UTC) of the peer's site: the /48 of an IPv6 address, or an IPv4 one."""
    return _pseudonym(request, "site", 48)


def _pseudonym(request: Request, kind: str, ipv6_prefix: int) -> bytes:
    peer = request.client.host if request.client else "-"
    today = datetime.now(UTC).date().isoformat()
    return keyed_hash(state_of(request.app).secret, f"{kind}/{today}", network_of(peer, ipv6_prefix))


FROM_ANYBODY = limited("public", burst="300/minute", burst_of_site="1500/minute")
"""For what anybody may ask: many people behind one address have room, a machine at one has not."""


@dataclass(frozen=True, slots=True)
class Hits:
    """How often a source was counted in the present window, `now` in seconds since 1970 by the database."""

    hits: int
    seconds_left: int
    now: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Hits of one source under one rule in windows of `seconds`, over all replicas."""

    rule: str
    source: bytes
    seconds: int

    async def so_far(self, session: AsyncSession) -> Hits:
        """Return how often the source was counted, counting nothing."""
        return await self._ask(session, _SO_FAR)

    async def count(self, session: AsyncSession) -> Hits:
        """Count one hit in this transaction, which undoes it when it fails."""
        return await self._ask(session, _COUNT)

    async def last(self, session: AsyncSession, within: int) -> int | None:
        """Return when the latest window with a hit began, in seconds since 1970.

        With windows of one second that is the last hit. None when there was none `within` so many seconds.
        """
        asked = {"source": self.source, "rule": self.rule, "within": within}
        found: int | None = await session.scalar(_LAST, asked)
        return found

    def refusal(self, found: Hits) -> RateLimitedError:
        """Return the refusal of a source that has to wait for the next window."""
        return RateLimitedError(self.rule, found.seconds_left)

    async def _ask(self, session: AsyncSession, statement: TextClause) -> Hits:
        asked = {"source": self.source, "rule": self.rule, "window": self.seconds}
        row = (await session.execute(statement, asked)).one()
        return Hits(row.hits, row.seconds_left, row.now)
