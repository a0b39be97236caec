"""How a unit counts: its week, its hours, its own days off; what a change moves is looked at first."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.calendars import Target, UnitWeek
from services.complaints.deadlines.pages import words
from services.complaints.deadlines.pages.fields import (
    AT,
    LABELS,
    ROWS,
    OwnDaysForm,
    WeekForm,
    check_rows,
    week_values,
    written,
)
from services.complaints.deadlines.pages.words import DONE, DoneQuery, UnitPath, unit_page
from services.complaints.deadlines.schemas import WEEKDAYS
from services.complaints.deadlines.usecases import own
from services.complaints.deadlines.usecases.drafts import KINDS, CalendarChangeError
from services.complaints.deadlines.usecases.own import Set, UnitCalendar
from services.complaints.frame import PAGES, SEE_OTHER
from shared.calendar.working import DAY
from shared.db.clock import database_now
from shared.http.addresses import CALENDAR
from shared.http.authorization import PageCaller
from shared.http.once import do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import Principal

router = APIRouter()
UNIT = f"{CALENDAR}/unit/{{unit_id}}"
_UNPROCESSABLE = 422


@router.get(UNIT, operation_id="page_unit_calendar")
async def show(
    request: Request, actor: PageCaller, unit_id: UnitPath, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show how a unit counts, and what it chose for the time to come."""
    found = await _calendar(request, actor, unit_id)
    week = found.week
    return PAGES.page(
        request,
        "calendar_unit.html",
        unit=found.unit,
        below=lambda *more: unit_page(unit_id, *more),
        week=week,
        hours=_hours(week),
        chosen=[(one, _hours(one)) for one in found.chosen if one is not week],
        days_off=words.off_rows(found.days_off),
        version=found.calendar_version,
        done=DONE.get(selesai, ""),
        may_change=words.may(request, actor, "page_change_unit_week"),
    )


@router.get(f"{UNIT}/pekan", operation_id="page_unit_week")
async def ask_week(request: Request, actor: PageCaller, unit_id: UnitPath) -> HTMLResponse:
    """Ask from when on the unit works how, starting with how it works now."""
    found = await _calendar(request, actor, unit_id)
    tomorrow = await state_of(request.app).db.read(_today) + DAY
    return _week_page(request, found, Form(week_values(found.week, tomorrow)))


@router.post(f"{UNIT}/pekan", operation_id="page_change_unit_week")
async def change_week(request: Request, actor: PageCaller, unit_id: UnitPath) -> Response:
    """Say what the week would move, then set it."""
    found, form = await _calendar(request, actor, unit_id), await read_form(request, WeekForm)
    sent = form.data
    if sent is None:
        return _week_page(request, found, form, _UNPROCESSABLE)

    async def work(session: AsyncSession, *, is_preview: bool) -> Set:
        week = own.week_from(sent.first, int(sent.days), sent.hours("hours"), sent.hours("ramadan"))
        engine = engine_of(request)
        return await own.change_week(session, engine, actor, unit_id, week, is_preview=is_preview)

    try:
        if not sent.is_confirmed:
            moves = await state_of(request.app).db.run(lambda session: work(session, is_preview=True))
            told = [
                f"Sejak {words.long_day(sent.first)}: {sent.days} hari kerja seminggu.",
                *_told_hours(sent),
            ]
            return _ask_page(request, actor, found, form, moves, "pekan", told)
        await do_once(request, actor, form, lambda session: work(session, is_preview=False))
    except DomainError as error:
        form.refuse(error, AT)
        return _week_page(request, found, form, status_of(request, error.code))
    return RedirectResponse(unit_page(unit_id, done="pekan"), SEE_OTHER)


@router.get(f"{UNIT}/libur", operation_id="page_unit_days_off")
async def ask_days_off(request: Request, actor: PageCaller, unit_id: UnitPath) -> HTMLResponse:
    """Ask which days are off at the unit's own place."""
    return _days_page(request, await _calendar(request, actor, unit_id), Form())


@router.post(f"{UNIT}/libur", operation_id="page_change_unit_days_off")
async def change_days_off(request: Request, actor: PageCaller, unit_id: UnitPath) -> Response:
    """Say what the days off would move, then set them."""
    found, form = await _calendar(request, actor, unit_id), await read_form(request, OwnDaysForm)
    sent = form.data
    if sent is None or not check_rows(form, sent):
        return _days_page(request, found, form, _UNPROCESSABLE)

    async def work(session: AsyncSession, *, is_preview: bool) -> Set:
        target = Target("unit", unit_id, _year_of(sent))
        return await own.change_days_off(
            session,
            engine_of(request),
            actor,
            target,
            sent.added(),
            sent.removes,
            sent.decree,
            is_preview=is_preview,
        )

    try:
        if not sent.is_confirmed:
            moves = await state_of(request.app).db.run(lambda session: work(session, is_preview=True))
            told = [f"Libur: {words.long_day(off.day)}, {off.name}." for off in sent.added()]
            told += [f"Tidak lagi libur: {words.long_day(day)}." for day in sent.removes]
            return _ask_page(request, actor, found, form, moves, "libur", [*told, f"Dasar: {sent.decree}."])
        await do_once(request, actor, form, lambda session: work(session, is_preview=False))
    except DomainError as error:
        form.refuse(error, AT)
        return _days_page(request, found, form, status_of(request, error.code))
    return RedirectResponse(unit_page(unit_id, done="libur"), SEE_OTHER)


def _year_of(sent: OwnDaysForm) -> int:
    """Return the one year whose days off change; raises `CalendarChangeError` for several or none."""
    years = {off.day.year for off in sent.added()} | {day.year for day in sent.removes}
    if len(years) > 1:
        raise CalendarChangeError("Ubah hari libur satu tahun demi satu tahun.", field="adds")
    if not years:
        raise CalendarChangeError("Tidak ada hari yang ditambahkan atau dihapus.", field="adds")
    return years.pop()


async def _calendar(request: Request, actor: Principal, unit_id: str) -> UnitCalendar:
    return await state_of(request.app).db.read(lambda session: own.show(session, actor, unit_id))


async def _today(session: AsyncSession) -> date:
    return words.of_day(await database_now(session))


def _hours(week: UnitWeek) -> list[tuple[str, str, str]]:
    """Return the days of a week with their hours, plain and in Ramadan."""
    return [
        (
            WEEKDAYS[weekday - 1],
            written(week.hours.by_weekday.get(weekday, ())) or "belum ditetapkan",
            written(week.ramadan_hours.by_weekday.get(weekday, ())) or "belum ditetapkan",
        )
        for weekday in sorted(week.weekdays)
    ]


def _told_hours(sent: WeekForm) -> list[str]:
    named = (("hours", "Jam layanan"), ("ramadan", "Selama Ramadan"))
    return [
        f"{called}: "
        + "; ".join(
            f"{WEEKDAYS[weekday - 1]} {written(intervals)}"
            for weekday, intervals in sent.hours("hours" if part == "hours" else "ramadan").by_weekday.items()
        )
        + "."
        for part, called in named
    ]


def _week_page(
    request: Request, found: UnitCalendar, form: Form[WeekForm], status: int = 200
) -> HTMLResponse:
    return PAGES.page(
        request,
        "calendar_week.html",
        status=status,
        unit=found.unit,
        here=unit_page(found.unit.unit_id),
        form=form,
        labels=LABELS,
        weekdays=list(enumerate(WEEKDAYS[:6], 1)),
    )


def _days_page(
    request: Request, found: UnitCalendar, form: Form[OwnDaysForm], status: int = 200
) -> HTMLResponse:
    return PAGES.page(
        request,
        "calendar_days_off.html",
        status=status,
        unit=found.unit,
        here=unit_page(found.unit.unit_id),
        form=form,
        labels=LABELS,
        rows=ROWS,
        kinds=[(kind, words.KINDS[kind]) for kind in KINDS["unit"]],
        days=[(off.day.isoformat(), words.long_day(off.day), off.name) for off in found.days_off],
    )


def _ask_page(
    request: Request,
    actor: Principal,
    found: UnitCalendar,
    form: Form[Any],
    done: Set,
    step: str,
    told: list[str],
) -> HTMLResponse:
    """Say what a change of a unit's own would move before it is set."""
    return PAGES.page(
        request,
        "calendar_unit_ask.html",
        unit=found.unit,
        here=unit_page(found.unit.unit_id),
        action=unit_page(found.unit.unit_id, step),
        carried=list(_carried(form.values)),
        told=told,
        moves=words.moved(request, actor, done.moves),
    )


def _carried(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was typed as pairs, those of a list one by one."""
    return [
        (name, one)
        for name, value in values.items()
        for one in (value if isinstance(value, list) else [value])
    ]
