"""What the routes of this service share: its rules, its receipts, and the reporter behind a receipt."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.data import intake_rules
from services.complaints.domain.intake import read_receipt
from services.complaints.domain.policy import PolicyLostError
from services.complaints.receipts import Receipts
from services.complaints.schemas import EntryIn, ReportIn
from services.complaints.store import receipts as store
from services.complaints.store.receipts import Person
from services.complaints.usecases import intake, officers
from services.complaints.usecases.desk import Desk
from services.complaints.usecases.intake import Entry, Report
from services.complaints.usecases.watch import ClockHeldError
from shared.db import Database
from shared.http.limits import counter, limited, source_hash, within_quota
from shared.http.state import state_of
from shared.kernel import NotFoundError
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
INTAKE_LIMIT = limited("intake", burst="10/minute", quota=(_RULES.reports_per_hour, HOUR))
_count_try = counter("receipt", burst="60/minute", quota=(_RULES.receipt_tries_per_hour, HOUR))


async def _try(request: Request) -> AsyncIterator[None]:
    """Hold a place among those who show a receipt; who finds none has not tried, so nothing is counted."""
    async with office_of(request).receipts.trying():
        await _count_try(request)
        yield


RECEIPT_LIMIT = Depends(_try)


class Callers:
    """Notes what the tokens of callers say of them: not with every call, but soon after it changes."""

    def __init__(self, db: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._monotonic = monotonic
        self._noted: dict[Principal, float] = {}

    async def note(self, caller: Principal) -> None:
        """Note a caller unless that was done for the same roles and scope a moment ago."""
        now = self._monotonic()
        if now - self._noted.get(caller, float("-inf")) < NOTE_SECONDS:
            return
        if not await self._db.read(lambda session: officers.is_noted(session, caller)):
            await self._db.run(lambda session: officers.note_caller(session, caller))
        if len(self._noted) >= MOST_CALLERS:
            self._noted.clear()
        self._noted[caller] = now


@dataclass(frozen=True)
class Office:
    """The rules and the receipts of one process."""

    desk: Desk
    receipts: Receipts


def office_of(request: Request) -> Office:
    """Return what `main.build` put on the application."""
    return cast("Office", request.app.state.office)


async def limit_unit(request: Request, unit_id: str | None) -> None:
    """Count a report of this source about this unit; raises `RateLimitedError` above the hourly number."""
    source = token_hash(f"{source_hash(request).hex()}:{unit_id}")
    db = state_of(request.app).db
    await within_quota(db, "intake-unit", source, _RULES.reports_per_unit_and_hour, HOUR)


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


async def open_receipt(request: Request, typed: str) -> str:
    """Return the token of a new session for a receipt; 404, after the same time, when it opens nothing."""
    token = secrets.token_urlsafe(32)
    db, codes = state_of(request.app).db, office_of(request).receipts
    case_id = await intake.open_session(db, codes, read_receipt(typed), token_hash(token))
    if case_id is None:
        raise NotFoundError("Kode tanda terima tidak cocok dengan pengaduan mana pun.")
    return token


async def case_behind(session: AsyncSession, token: str | None) -> UUID:
    """Return the case that a receipt session opens; `NotFoundError` without one."""
    case_id = await store.session_case(session, token_hash(token)) if token else None
    if case_id is None:
        raise NotFoundError("Sesi tanda terima sudah berakhir. Masukkan kembali kode tanda terima.")
    return case_id
