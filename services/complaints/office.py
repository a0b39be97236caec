"""What the routes of this service share: its rules, its receipts, and the reporter behind a receipt."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.data import intake_rules
from services.complaints.domain.intake import read_receipt, shown
from services.complaints.domain.policy import PolicyLostError
from services.complaints.receipts import Receipts
from services.complaints.schemas import EntryIn, ReportIn
from services.complaints.store import receipts as store
from services.complaints.store.receipts import Person
from services.complaints.usecases import intake, officers
from services.complaints.usecases.desk import Desk
from services.complaints.usecases.intake import Entry, Received, Report
from services.complaints.usecases.watch import ClockHeldError
from shared.db import Database
from shared.http import Command
from shared.http.bursts import parse
from shared.http.limits import Counted, site_hash, source_hash
from shared.http.state import state_of
from shared.http.waiting import Allowance, WaitingRoom
from shared.kernel import NotFoundError, new_id
from shared.observability.metrics import HTTP_LIMITED
from shared.runtime.line import BusyError
from shared.security import Principal, Scope
from shared.security.sealing import token_hash

REPORTER = Principal("reporter", frozenset({"reporter"}), Scope("unit"))
"""Who holds a receipt: nobody knows more of them here."""

UNAVAILABLE = (ClockHeldError, PolicyLostError, BusyError)
"""Refusals that nobody who fills a form can mend."""
HOUR = 3600
NOTE_SECONDS = 600.0
MOST_CALLERS = 10_000
_RULES = intake_rules()
_BURST = parse(_RULES.receipt_burst)
_BURST_OF_SITE = parse(_RULES.receipt_burst_of_site)
_EVERYBODY = b"everybody"
for _rule in ("intake", "intake-unit", "receipt", "receipt-site", "receipt-overall"):
    HTTP_LIMITED.labels(_rule)


class Callers:
    """Notes what the tokens of callers say of them: not with every call, but soon after it changes."""

    def __init__(self, db: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._monotonic = monotonic
        self._noted: dict[str, tuple[Principal, float]] = {}

    async def note(self, caller: Principal) -> None:
        """Note a caller unless the subject's last note, a moment ago, was of the same roles and scope."""
        now = self._monotonic()
        last, at = self._noted.get(caller.subject, (None, now))
        if caller == last and now - at < NOTE_SECONDS:
            return
        if not await self._db.read(lambda session: officers.is_noted(session, caller)):
            await self._db.run(lambda session: officers.note_caller(session, caller))
        if len(self._noted) >= MOST_CALLERS:
            self._noted.clear()
        self._noted[caller.subject] = (caller, now)


@dataclass(frozen=True)
class Office:
    """The rules and the receipts of one process."""

    desk: Desk
    receipts: Receipts


def office_of(request: Request) -> Office:
    """Return what `main.build` put on the application."""
    return cast("Office", request.app.state.office)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What bounds the reports of a source: in all, and about one unit.

    Beside each counter stand the seconds in which it rose, noted from the last free report on: nothing tells
    when those wrote who need not wait.
    """

    room: WaitingRoom
    counters: tuple[tuple[Counted, Allowance], ...]

    @classmethod
    def of(cls, request: Request, report: Report) -> "_Limits":
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
            standing, last = await counted.standing(session), await self._last(session, counted)
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


async def file_report(
    request: Request,
    cmd: Command,
    report: Report,
    *,
    entry: Entry | None = None,
    wait_token: str | None = None,
    fingerprint: bytes | None = None,
) -> Response:
    """Receive a report and answer with its receipt; the same key gets the first answer again.

    What is repeated or refused counts for nothing. An officer's `entry` is not counted at all. Raises
    `WaitFirstError` and `RateLimitedError` beside what `receive` raises.
    """
    office, db = office_of(request), state_of(request.app).db
    limits = _Limits.of(request, report) if entry is None else None
    key = cmd.key or secrets.token_urlsafe(24)

    def receipt_of(stored: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"receipt": shown(office.receipts.make(UUID(str(stored["id"])), key))}

    async def look(session: AsyncSession) -> Response | None:
        first = await cmd.first(session, fingerprint=fingerprint, unstored=receipt_of)
        if first is None:
            await intake.check(session, office.desk, cmd.actor, report, entry)
            if limits is not None:
                await limits.check(session, cmd.key, wait_token)
        return first

    if (first := await db.read(look)) is not None:
        return first
    receipt = await office.receipts.issue(new_id(), key)

    async def receive(session: AsyncSession) -> Received:
        made = await intake.receive(session, office.desk, receipt, cmd.actor, report, entry=entry)
        if limits is not None:
            await limits.count(session, cmd.key, wait_token)
        return made

    return await cmd.run(
        receive,
        status=201,
        reply=_without_receipt,
        location=None if entry is None else lambda made: f"/cases/{made.case.id}",
        fingerprint=fingerprint,
        unstored=receipt_of,
    )


def _without_receipt(made: Received) -> Mapping[str, Any]:
    return {
        "id": str(made.case.id),
        "version": made.case.version,
        "tracking_id": made.tracking_id,
        "state": made.case.state,
    }


def report_of(body: ReportIn) -> Report:
    """Return the report in a request."""
    return Report(
        unit_id=body.unit_id,
        agency_id=body.agency_id,
        content=body.text,
        stream=body.stream,
        event_on=body.event_on,
        person=Person(body.name, body.contact),
        is_name_hidden=body.is_name_hidden,
        is_content_secret=body.is_content_secret,
        privacy_notice=body.privacy_notice,
    )


def entry_of(body: EntryIn) -> Entry:
    """Return how an officer took the report."""
    return Entry(body.channel, body.received_at, body.backdate_reason)


@dataclass(frozen=True, slots=True)
class _Misses:
    """Wrong receipts of a source, of its site and of everybody: above a number, who shows one waits first.

    Nobody is refused: many people share an address, and one of them must not lock out the others. So waits
    may run beside each other here, for somebody who misses on purpose would take each turn.
    """

    room: WaitingRoom
    own: Counted
    site: Counted
    overall: Counted

    @classmethod
    def of(cls, request: Request) -> "_Misses":
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
        own = await self.own.standing(session)
        free = {self.own.rule: limits.per_source}
        for counted, few, many in (
            (self.site, limits.per_site, limits.per_site_for_anybody),
            (self.overall, limits.overall, limits.overall_for_anybody),
        ):
            if (hits := (await counted.standing(session)).hits) >= few:
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


async def open_receipt(request: Request, typed: str, wait_token: str | None = None) -> str:
    """Return the token of a new session for a receipt; 404, after the same time, when it opens nothing.

    Only receipts that open nothing count, and none whose check character is wrong: it is a slip of the pen
    and tests no receipt. Who finds no place among those who show one has not tried. Who must wait takes no
    place: they hear so before, and again inside, where others may have missed meanwhile. Raises
    `WaitFirstError`, whose token fits this receipt alone, and `RateLimitedError` above a burst.
    """
    bursts = state_of(request.app).bursts
    await bursts.hit("receipt", source_hash(request), _BURST)
    await bursts.hit("receipt-site", site_hash(request), _BURST_OF_SITE)
    token = secrets.token_urlsafe(32)
    db, codes = state_of(request.app).db, office_of(request).receipts
    misses, receipt = _Misses.of(request), read_receipt(typed)

    async def check(session: AsyncSession) -> None:
        if receipt is not None:
            await misses.check(session, receipt, wait_token)

    await db.read(check)
    async with codes.trying():
        await db.read(check)
        case_id = await intake.open_session(db, codes, receipt, token_hash(token))
        if case_id is None and receipt is not None:
            await db.run(misses.count)
    if case_id is None:
        raise NotFoundError("Kode tanda terima tidak cocok dengan pengaduan mana pun.")
    return token


async def close_receipt(request: Request, token: str | None) -> None:
    """End a session on the server; its token opens nothing from now on."""
    if token:
        await state_of(request.app).db.run(lambda session: store.close_session(session, token_hash(token)))


async def of_reporter(request: Request, cmd: Command, token: str | None) -> Command:
    """Return the command as that of whoever holds this case's receipt: keys of two reporters never meet.

    Raises `NotFoundError` without a session.
    """
    case_id = await state_of(request.app).db.read(lambda session: case_behind(session, token))
    return cmd.of(f"reporter/{case_id}")


async def case_behind(session: AsyncSession, token: str | None) -> UUID:
    """Return the case that a receipt session opens; `NotFoundError` without one."""
    case_id = await store.session_case(session, token_hash(token)) if token else None
    if case_id is None:
        raise NotFoundError("Sesi tanda terima sudah berakhir. Masukkan kembali kode tanda terima.")
    return case_id
