"""What API and pages share: reports that come in, and the reporter behind a receipt."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import PolicyLostError
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from services.complaints.intake import store, usecases
from services.complaints.intake.domain import read_receipt, shown
from services.complaints.intake.limits import Misses, ReportLimits, count_showing, counted_in_session
from services.complaints.intake.receipts import Receipts
from services.complaints.intake.schemas import EntryIn, ReportIn
from services.complaints.intake.store import Person
from services.complaints.intake.usecases import Entry, Received, Report
from services.complaints.secrecy.serving import identities_of
from shared.http.api.command import Command, Reply
from shared.http.state import state_of
from shared.kernel import NotFoundError, new_id
from shared.process.line import BusyError
from shared.security import Principal, Scope
from shared.security.sealing import token_hash

T = TypeVar("T")
REPORTER = Principal("reporter", frozenset({"reporter"}), Scope("unit"))
"""Who holds a receipt: nobody knows more of them here."""

UNAVAILABLE = (ClockHeldError, PolicyLostError, BusyError)
"""Refusals that nobody who fills a form can mend."""


def receipts_of(request: Request) -> Receipts:
    """Return the receipts that `main.build` put on the application."""
    return cast("Receipts", request.app.state.receipts)


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
    `WaitFirstError`, `RateLimitedError` and `KeysAwayError` beside what `receive` raises.
    """
    engine, codes, db = engine_of(request), receipts_of(request), state_of(request.app).db
    limits = ReportLimits.of(request, report) if entry is None else None
    key = cmd.key or secrets.token_urlsafe(24)

    def receipt_of(stored: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"receipt": shown(codes.make(UUID(str(stored["id"])), key))}

    async def look(session: AsyncSession) -> Response | None:
        first = await cmd.first(session, fingerprint=fingerprint, unstored=receipt_of)
        if first is None:
            await usecases.check(session, engine, cmd.actor, report, entry)
            if limits is not None:
                await limits.check(session, cmd.key, wait_token)
        return first

    if (first := await db.read(look)) is not None:
        return first
    receipt = await codes.issue(new_id(), key)
    identity = await identities_of(request).seal(receipt.case_id, report.person.told)

    async def receive(session: AsyncSession) -> Received:
        made = await usecases.receive(
            session, engine, receipt, cmd.actor, report, entry=entry, identity=identity
        )
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
        kind=body.kind,
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


async def open_receipt(request: Request, typed: str, wait_token: str | None = None) -> str:
    """Return the token of a new session for a receipt; 404, after the same time, when it opens nothing.

    Only receipts that open nothing count, and none whose check character is wrong: it is a slip of the pen
    and tests no receipt. Who finds no place among those who show one has not tried. Who must wait takes no
    place: they hear so before, and again inside, where others may have missed meanwhile. Raises
    `WaitFirstError`, whose token fits this receipt alone, and `RateLimitedError` above a burst.
    """
    await count_showing(request)
    token = secrets.token_urlsafe(32)
    db, codes = state_of(request.app).db, receipts_of(request)
    misses, receipt = Misses.of(request), read_receipt(typed)

    async def check(session: AsyncSession) -> None:
        if receipt is not None:
            await misses.check(session, receipt, wait_token)

    await db.read(check)
    async with codes.trying():
        await db.read(check)
        case_id = await usecases.open_session(db, codes, receipt, token_hash(token))
        if case_id is None and receipt is not None:
            await db.run(misses.count)
    if case_id is None:
        raise NotFoundError("Kode tanda terima tidak cocok dengan pengaduan mana pun.")
    return token


async def close_receipt(request: Request, token: str | None) -> None:
    """End a session on the server; its token opens nothing from now on."""
    if token:
        await state_of(request.app).db.run(lambda session: store.close_session(session, token_hash(token)))


class ReportersAct(NamedTuple):
    """An act on the own case: what every use case of reporters takes first."""

    session: AsyncSession
    engine: DeadlineEngine
    actor: Principal
    case_id: UUID


async def act_of_reporter(
    request: Request,
    cmd: Command,
    token: str | None,
    act: Callable[[ReportersAct], Awaitable[T]],
    *,
    status: int = 200,
    reply: Reply = None,
    fingerprint: bytes | None = None,
    is_counted: bool = False,
) -> Response:
    """Do an act on the case that a receipt session opens; the same key gets the first answer again.

    The command is that of whoever holds this case's receipt: keys of two reporters never meet. What is
    repeated or refused counts for nothing, unless the caller counted the try itself (`is_counted`). Raises
    `NotFoundError` without a session and `RateLimitedError`.
    """

    async def look(session: AsyncSession) -> tuple[Command, Response | None]:
        own = cmd.of(f"reporter/{await case_behind(session, token)}")
        return own, await own.first(session, fingerprint=fingerprint)

    async def work(session: AsyncSession) -> T:
        engine = engine_of(request)
        return await act(ReportersAct(session, engine, REPORTER, await case_behind(session, token)))

    own, first = await state_of(request.app).db.read(look)
    if first is not None:
        return first
    async with nullcontext() if is_counted else counted_in_session(request, token):
        return await own.run(work, status=status, reply=reply or (lambda _: None), fingerprint=fingerprint)


async def case_behind(session: AsyncSession, token: str | None) -> UUID:
    """Return the case that a receipt session opens; `NotFoundError` without one."""
    case_id = await store.session_case(session, token_hash(token)) if token else None
    if case_id is None:
        raise NotFoundError("Sesi tanda terima sudah berakhir. Masukkan kembali kode tanda terima.")
    return case_id


async def let_in(request: Request, token: str | None) -> None:
    """Let in who holds a receipt session, before anything of a body is read; raises `NotFoundError`."""
    await state_of(request.app).db.read(lambda session: case_behind(session, token))
