"""Receive a complaint: from the public form, or entered by an officer for somebody."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases import events
from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.case import Case, Stream
from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.cases.kinds import tables
from services.complaints.cases.store import cases
from services.complaints.cases.store.cases import Done, Filing
from services.complaints.cases.usecases.acts.moving import REPORTER, arm, tell
from services.complaints.channels.data import kinds
from services.complaints.channels.usecases.listing import open_for
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.intake import store
from services.complaints.intake.data import intake_rules
from services.complaints.intake.domain import (
    check_channel,
    check_dates,
    identity_kind,
    is_backdated,
    new_tracking_id,
)
from services.complaints.intake.receipts import Receipt, Receipts
from services.complaints.intake.store import Person
from services.complaints.secrecy.domain import Sealed
from services.complaints.secrecy.usecases import keeping
from shared.db import Database
from shared.kernel import NotFoundError
from shared.security import Principal

NAMED_KIND: Kind = "permintaan_informasi"
"""The only kind that nobody may file without a name. Source: complaints.md section 3."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported. Exactly one of `unit_id` and `agency_id`: the agency when the unit is not known."""

    unit_id: str | None
    agency_id: str | None
    kind: Kind
    content: str
    stream: Stream
    event_on: date | None
    person: Person
    is_name_hidden: bool
    is_content_secret: bool
    privacy_notice: str


@dataclass(frozen=True, slots=True)
class Entry:
    """How an officer took a report: by which channel, when, and why it is entered late."""

    channel: str
    received_at: datetime | None
    backdate_reason: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """A new case. Its receipt is no part of it: nothing that is kept may hold one."""

    case: Case
    tracking_id: str


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A report that may be filed, and what was found out about it."""

    now: datetime
    unit_id: str | None
    agency_id: str
    channel: str
    received_at: datetime
    received_on: date
    is_late_entry: bool


async def check(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    report: Report,
    entry: Entry | None = None,
) -> _Accepted:
    """Refuse what `receive` would refuse, with the same errors: before anything costly is done for it."""
    rules = intake_rules()
    now = await engine.clock.now(session)
    unit_id, agency_id = await _where(session, report, None if entry is None else actor)
    calendar = await engine.calendar_of(session, unit_id)
    received_at = ((entry and entry.received_at) or now).astimezone(UTC)  # as the table gives it back
    check_dates(received_at, report.event_on, now, calendar)
    channel = "web" if entry is None else entry.channel
    received_on = calendar.local_date(received_at)
    opened = await open_for(session, unit_id, agency_id, received_on)
    check_channel(kinds().values(), opened, channel, entered_by="public" if entry is None else "desk")
    is_late_entry = is_backdated(received_at, now, calendar, rules.backdate_without_reason_working_days)
    if is_late_entry and not (entry and entry.backdate_reason):
        raise FieldRefusedError(
            "backdate_reason", "required", "Diterima lebih dari satu hari kerja lalu: sebutkan alasannya."
        )
    _check_kind(report, None if entry is None else actor)
    if report.privacy_notice != rules.privacy_notice:
        raise FieldRefusedError(
            "privacy_notice", "outdated", f"Pemberitahuan privasi yang berlaku: {rules.privacy_notice}."
        )
    return _Accepted(now, unit_id, agency_id, channel, received_at, received_on, is_late_entry)


async def receive(
    session: AsyncSession,
    engine: DeadlineEngine,
    receipt: Receipt,
    actor: Principal,
    report: Report,
    *,
    entry: Entry | None = None,
    identity: Sealed | None = None,
) -> Received:
    """Open a case with its first deadline under a new receipt; `entry` for an officer's.

    `identity` is the report's person, sealed for the receipt's case.

    Raises `NotFoundError` for a unit outside the officer's scope, `FieldRefusedError` for an unknown unit,
    a closed channel, a date in the future, and a receipt more than one working day back without a reason,
    `ClockHeldError`.
    """
    if (identity is None) is any(report.person.told.values()):
        raise ValueError("a person who told something of themselves is stored sealed")
    accepted = await check(session, engine, actor, report, entry)
    now, received_at = accepted.now, accepted.received_at
    case = Case(
        id=receipt.case_id,
        version=1,
        unit_id=accepted.unit_id,
        agency_id=accepted.agency_id,
        kind=report.kind,
        stream=report.stream,
        case_class=None,
        channel_kind=accepted.channel,
        state=State.DITERIMA,
        state_before=None,
        cycle=1,
        received_at=received_at,
        file_complete_at=received_at,
        is_backdated=accepted.is_late_entry,
        handler=None,
        has_draft=False,
        drafted_by=None,
        first_follow_up_at=None,
        closed_at=None,
        closed_by=None,
        outcome=None,
        is_standard_breach=False,
        period_year=accepted.received_on.year,
    )
    filing = Filing(
        tracking_id=new_tracking_id(),
        backdate_reason=entry.backdate_reason if entry and accepted.is_late_entry else None,
        taken_by=None if entry is None else actor.subject,
        event_on=report.event_on,
        content=report.content,
        is_name_hidden=report.is_name_hidden,
        is_content_secret=report.is_content_secret,
        identity_kind=identity_kind(
            report.person.name, report.person.contact, is_name_hidden=report.is_name_hidden
        ),
        privacy_notice=report.privacy_notice,
    )
    await cases.insert(session, case, filing)
    await cases.log(session, case, Done("received", _teller(actor, entry), now))
    await store.keep(session, case.id, receipt.lookup, receipt.verifier)
    if identity is not None:
        await keeping.keep(session, identity)
    receiving = tables()[case.kind].receiving
    facts = [events.case_fact(case, receiving.past), *await arm(session, engine, case, receiving, now)]
    await tell(
        session,
        actor,
        "receive_case",
        case,
        facts,
        now,
        unit_id=case.unit_id,
        channel=case.channel_kind,
        received_at=received_at,
    )
    await fire_case(session, engine.policies, now, case.id)
    return Received(case, filing.tracking_id)


def _check_kind(report: Report, officer: Principal | None) -> None:
    """Refuse what an officer does not take in, and a request for information of nobody."""
    if officer is not None and tables()[report.kind].receiving.by.isdisjoint(officer.roles):
        raise FieldRefusedError("kind", "others_act", "Jenis perkara ini dimasukkan oleh petugas lain.")
    if report.kind == NAMED_KIND and not report.person.name:
        raise FieldRefusedError("name", "required", "Permintaan informasi memerlukan nama pemohon.")


async def _where(session: AsyncSession, report: Report, officer: Principal | None) -> tuple[str | None, str]:
    """Return unit, if known, and agency of a report."""
    if report.unit_id is not None:
        unit = await units.get(session, report.unit_id)
        if officer is not None and (unit is None or not officer.scope.covers(unit.unit_id, unit.agency_id)):
            raise NotFoundError("Unit tidak ditemukan.")
        if unit is None or not unit.is_active:
            raise FieldRefusedError("unit_id", "unknown_unit", "Unit tidak dikenal.")
        return unit.unit_id, unit.agency_id
    agency_id = report.agency_id or ""
    is_outside = officer is not None and not officer.scope.covers("", agency_id)
    if is_outside or not await units.has_agency(session, agency_id):
        raise FieldRefusedError("agency_id", "unknown_agency", "Instansi tidak dikenal.")
    return None, agency_id


def _teller(actor: Principal, entry: Entry | None) -> str:
    return REPORTER if entry is None else actor.subject


async def open_session(db: Database, codes: Receipts, receipt: str | None, id_hash: bytes) -> UUID | None:
    """Open a session for a receipt; None when it opens no case.

    Takes the same time for everything that opens nothing, and proves outside of any transaction.
    """
    shown = receipt or ""
    found = await db.read(lambda session: store.find(session, codes.lookup(shown)))
    if not await codes.proves(shown, found[1] if found else None) or found is None:
        return None
    minutes = intake_rules().receipt_session_minutes
    await db.run(lambda session: store.open_session(session, id_hash, found[0], minutes))
    return found[0]
