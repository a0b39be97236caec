"""A year of the calendar changed: a draft by a package or a decree, what it moves, and a person's word."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.calendars import Target, Version
from services.complaints.deadlines.pages import words
from services.complaints.deadlines.pages.fields import (
    AT,
    LABELS,
    NO_DRAFT,
    ROWS,
    ConfirmForm,
    YearForm,
    check_ramadans,
    check_rows,
    year_values,
)
from services.complaints.deadlines.pages.words import YearPath, ZoneQuery, target_of, year_page
from services.complaints.deadlines.store import calendars
from services.complaints.deadlines.store.calendars import Draft
from services.complaints.deadlines.usecases import drafts, preview, years
from services.complaints.deadlines.usecases.drafts import KINDS
from services.complaints.frame import PAGES, SEE_OTHER
from shared.http.addresses import CALENDAR
from shared.http.authorization import PageCaller
from shared.http.once import do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import Principal

router = APIRouter()
YEAR = f"{CALENDAR}/{{tahun}}"
_UNPROCESSABLE = 422


@router.post(f"{YEAR}/impor", operation_id="page_import_calendar")
async def take_in(request: Request, actor: PageCaller, tahun: YearPath) -> Response:
    """Draft the year as the package `holidays` has it, and show what that would change."""
    proposed = await state_of(request.app).db.run(lambda session: drafts.take_in(session, actor, tahun))
    if proposed.draft is None:
        return RedirectResponse(year_page(proposed.target, done="sama"), SEE_OTHER)
    return RedirectResponse(year_page(proposed.target, "usulan"), SEE_OTHER)


@router.get(f"{YEAR}/ubah", operation_id="page_change_calendar")
async def ask_change(
    request: Request, _actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None
) -> HTMLResponse:
    """Ask which days a decree adds and takes back."""
    return await _change_page(request, target_of(tahun, zona), None)


@router.post(f"{YEAR}/ubah", operation_id="page_send_calendar_change")
async def change(request: Request, actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None) -> Response:
    """Draft the change, and show what it would move."""
    target, form = target_of(tahun, zona), await read_form(request, YearForm)
    sent = form.data
    if sent is None or not (check_rows(form, sent) & check_ramadans(form, sent)):
        return await _change_page(request, target, form, _UNPROCESSABLE)

    async def propose(session: AsyncSession) -> drafts.Proposed:
        before = await _ramadans(session, target)
        given = sorted(sent.ramadans())
        return await drafts.change(
            session,
            actor,
            target,
            sent.added(),
            sent.removes,
            sent.decree,
            None if target.name or given == sorted(before) else given,
        )

    try:
        await do_once(request, actor, form, propose)
    except DomainError as error:
        form.refuse(error, AT)
        return await _change_page(request, target, form, status_of(request, error.code))
    return RedirectResponse(year_page(target, "usulan"), SEE_OTHER)


@router.get(f"{YEAR}/usulan", operation_id="page_calendar_draft")
async def show_draft(
    request: Request, actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None
) -> HTMLResponse:
    """Show what waits for confirmation, which clocks it would move, and the form that confirms it."""
    return await _draft_page(request, actor, target_of(tahun, zona), Form())


@router.post(f"{YEAR}/kukuhkan", operation_id="page_confirm_calendar")
async def confirm(request: Request, actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None) -> Response:
    """Note that a person has read the decree; the draft that the page showed counts from now."""
    target, form = target_of(tahun, zona), await read_form(request, ConfirmForm)
    sent = form.data
    if sent is None:
        return await _draft_page(request, actor, target, form, _UNPROCESSABLE)
    try:
        seen = None if sent.seen == NO_DRAFT else datetime.fromisoformat(sent.seen)
    except ValueError:
        form.message = "Muat ulang halaman ini, lalu kukuhkan sekali lagi."
        return await _draft_page(request, actor, target, form, _UNPROCESSABLE)
    try:
        await state_of(request.app).db.run(
            lambda session: years.confirm(session, actor, target, sent.decree, seen=seen)
        )
    except DomainError as error:
        form.refuse(error)
        return await _draft_page(request, actor, target, form, status_of(request, error.code))
    return RedirectResponse(year_page(target, done="kukuh"), SEE_OTHER)


@router.get(f"{YEAR}/buang", operation_id="page_ask_discard_calendar")
async def ask_discard(
    request: Request, _actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None
) -> HTMLResponse:
    """Say what discarding a draft means before it happens."""
    target = target_of(tahun, zona)
    proposed = await state_of(request.app).db.read(lambda session: drafts.show(session, target))
    return PAGES.page(
        request,
        "calendar_discard.html",
        target=target,
        whose=words.whose(target),
        here=year_page(target),
        action=year_page(target, "buang"),
        back=year_page(target, "usulan"),
        draft=proposed.draft,
        told=proposed.difference,
    )


@router.post(f"{YEAR}/buang", operation_id="page_discard_calendar")
async def discard(request: Request, actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None) -> Response:
    """Forget what waits for confirmation."""
    target = target_of(tahun, zona)
    await state_of(request.app).db.run(lambda session: drafts.discard(session, actor, target))
    return RedirectResponse(year_page(target, done="buang"), SEE_OTHER)


async def _ramadans(session: AsyncSession, target: Target) -> tuple[Any, ...]:
    before = await _before(session, target)
    return () if before is None else before.ramadans


async def _before(session: AsyncSession, target: Target) -> Draft | Version | None:
    """Return what a change changes: the draft that waits, else what stands."""
    return await calendars.draft(session, target) or (await years.book_of(session, target)).of(target)


async def _change_page(
    request: Request, target: Target, form: Form[YearForm] | None, status: int = 200
) -> HTMLResponse:
    before = await state_of(request.app).db.read(lambda session: _before(session, target))
    if form is None:
        form = Form(year_values(() if before is None else before.ramadans))
    return PAGES.page(
        request,
        "calendar_change.html",
        status=status,
        target=target,
        whose=words.whose(target),
        here=year_page(target),
        action=year_page(target, "ubah"),
        form=form,
        labels=LABELS,
        rows=ROWS,
        kinds=[(kind, words.KINDS[kind]) for kind in KINDS[target.reach]],
        days=[(off.day.isoformat(), words.long_day(off.day), off.name) for off in before.days]
        if before
        else [],
        is_missing=before is None and not target.name,
        has_ramadan=not target.name,
        is_waiting=isinstance(before, Draft),
    )


async def _draft_page(
    request: Request, actor: Principal, target: Target, form: Form[ConfirmForm], status: int = 200
) -> HTMLResponse:
    async def look(session: AsyncSession) -> tuple[Any, ...]:
        book = await years.book_of(session, target)
        standing = book.of(target)
        is_confirmed = standing is not None and book.is_confirmed(standing)
        if await calendars.draft(session, target) is None:
            return standing, is_confirmed, None, None
        proposed = await drafts.show(session, target)
        return (
            standing, is_confirmed, proposed,
            await preview.draft_moves(session, engine_of(request), target),
        )  # fmt: skip

    standing, is_confirmed, proposed, moves = await state_of(request.app).db.read(look)
    draft = None if proposed is None else proposed.draft
    return PAGES.page(
        request,
        "calendar_draft.html",
        status=status,
        target=target,
        whose=words.whose(target),
        here=year_page(target),
        below=lambda *more: year_page(target, *more),
        form=form,
        labels=LABELS,
        standing=standing,
        is_confirmed=is_confirmed,
        proposed=proposed,
        draft=draft,
        seen=NO_DRAFT if draft is None else draft.entered_at.isoformat(),
        changes=[] if proposed is None else _changes(proposed),
        moves=None if moves is None else words.moved(request, actor, moves),
    )


def _changes(proposed: drafts.Proposed) -> list[tuple[str, str, str, str]]:
    """Return what differs as rows: what happens, day, name, kind."""
    told = proposed.difference
    parts = (("ditambah", told.adds), ("dihapus", told.removes), ("ganti nama", told.renames))
    rows = [(what, *row) for what, days in parts for row in words.off_rows(days)]
    if proposed.ramadans != proposed.old_ramadans:
        rows.append(("diubah", words.spans(proposed.ramadans) or "dihapus", "Ramadan", "jam layanan Ramadan"))
    return rows
