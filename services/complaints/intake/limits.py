"""How often strangers may report, show receipts and use them: the intake's data over the shared counters."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.intake.data import intake_rules
from services.complaints.intake.usecases import Report
from shared.http.limits.bursts import parse
from shared.http.limits.counts import Counted, site_hash, source_hash
from shared.http.limits.waiting import Allowance, WaitingRoom
from shared.http.state import state_of
from shared.observability.metrics import HTTP_LIMITED
from shared.security.sealing import token_hash

HOUR = 3600
_RULES = intake_rules()
_BURST = parse(_RULES.receipt_burst)
_BURST_OF_SITE = parse(_RULES.receipt_burst_of_site)
_BURST_OF_SESSION = parse(_RULES.receipt_session_burst)
_TOO_FAST = "Terlalu banyak permintaan dalam satu detik dari sesi tanda terima ini. Tunggu sebentar."
_EVERYBODY = b"everybody"
for _rule in ("intake", "intake-unit", "receipt", "receipt-site", "receipt-overall", "receipt-session"):
    HTTP_LIMITED.labels(_rule)


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """What bounds the reports of a source: in all, and about one unit.

    Beside each counter stand the seconds in which it rose, noted from the last free report on: nothing tells
    when those wrote who need not wait.
    """

    room: WaitingRoom
    counters: tuple[tuple[Counted, Allowance], ...]

    @classmethod
    def of(cls, request: Request, report: Report) -> "ReportLimits":
        source = source_hash(request)
        unit = token_hash(f"{source.hex()}:{report.unit_id or report.agency_id}")
        return cls(
            WaitingRoom(state_of(request.app).secret, _RULES.wait),
            (
                (Counted("intake", source, HOUR), _RULES.reports_per_hour),
                (Counted("intake-unit", unit, HOUR), _RULES.reports_per_unit_and_hour),
            ),
        )

    async def check(self, session: AsyncSession, key: str | None, token: str | None) -> None:
        """Raise `RateLimitedError` when this source may not report now; count nothing."""
        for counted, allowance in self.counters:
            standing, last = await counted.so_far(session), await self._last(session, counted)
            self.room.check(counted, standing, allowance, last=last, key=key, token=token)

    async def count(self, session: AsyncSession, key: str | None, token: str | None) -> None:
        """Count the report that this transaction files; raises as `check` when others came first."""
        for counted, allowance in self.counters:
            standing = await counted.count(session)  # whoever counts beside this one waits here
            before, last = replace(standing, hits=standing.hits - 1), await self._last(session, counted)
            self.room.check(counted, before, allowance, last=last, key=key, token=token)
            if standing.hits >= allowance.free:
                await _seconds_of(counted).count(session)

    async def _last(self, session: AsyncSession, counted: Counted) -> int | None:
        return await _seconds_of(counted).last(session, self.room.wait.most_seconds)


def _seconds_of(counted: Counted) -> Counted:
    return Counted(f"{counted.rule}-at", counted.source, 1)


@dataclass(frozen=True, slots=True)
class Misses:
    """Wrong receipts of a source, of its site and of everybody: above a number, who shows one waits first.

    Nobody is refused: many people share an address, and one of them must not lock out the others. So waits
    may run beside each other here, for somebody who misses on purpose would take each turn.
    """

    room: WaitingRoom
    own: Counted
    site: Counted
    overall: Counted

    @classmethod
    def of(cls, request: Request) -> "Misses":
        seconds = _RULES.receipt_misses.minutes * 60
        return cls(
            WaitingRoom(state_of(request.app).secret, _RULES.wait),
            Counted("receipt", source_hash(request), seconds),
            Counted("receipt-site", site_hash(request), seconds),
            Counted("receipt-overall", _EVERYBODY, seconds),
        )

    async def check(self, session: AsyncSession, receipt: str, token: str | None) -> None:
        """Raise `WaitFirstError` when this source may not yet try this receipt."""
        limits = _RULES.receipt_misses
        own = await self.own.so_far(session)
        free = {self.own.rule: limits.per_source}
        for counted, few, many in (
            (self.site, limits.per_site, limits.per_site_for_anybody),
            (self.overall, limits.overall, limits.overall_for_anybody),
        ):
            if (hits := (await counted.so_far(session)).hits) >= few:
                free[counted.rule] = limits.first if hits < many else 0
        rule, misses = min(free.items(), key=lambda found: found[1])
        if own.hits >= misses:
            self.room.let_wait(rule, own.hits - misses, own.now, key=receipt, token=token)

    async def count(self, session: AsyncSession) -> None:
        """Count a miss; of one site only so many count for everybody, or it alone would make all wait."""
        await session.execute(text("SET LOCAL synchronous_commit = off"))
        await self.own.count(session)
        if (await self.site.count(session)).hits <= _RULES.receipt_misses.per_site:
            await self.overall.count(session)


async def count_showing(request: Request) -> None:
    """Count that a source shows a receipt, in memory alone; raises `RateLimitedError` above a burst."""
    bursts = state_of(request.app).bursts
    await bursts.hit("receipt", source_hash(request), _BURST)
    await bursts.hit("receipt-site", site_hash(request), _BURST_OF_SITE)


async def count_in_session(request: Request, token: str | None) -> Callable[[], None]:
    """Count one request of a receipt session, in memory alone, and return what takes that back.

    Raises `RateLimitedError` above a burst; without a session nothing is counted.
    """
    if token is None:
        return lambda: None
    return await state_of(request.app).bursts.hit(
        "receipt-session", token_hash(token), _BURST_OF_SESSION, _TOO_FAST
    )


@asynccontextmanager
async def counted_in_session(request: Request, token: str | None) -> AsyncIterator[None]:
    """Count what a receipt session asks for unless it is refused; meanwhile it counts in any case.

    So no more run beside each other than may come in a burst. Raises `RateLimitedError`.
    """
    take_back = await count_in_session(request, token)
    try:
        yield
    except Exception:
        take_back()
        raise
