"""When something is due that starts on a day or an hour, with each day that is passed over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.policy import LengthUnit
from services.complaints.deadlines.pages import words
from services.complaints.deadlines.schemas import TIME_UNITS, WEEKDAYS, Amount, ClockText
from services.complaints.deadlines.usecases import preview
from services.complaints.deadlines.usecases.preview import DueDay
from services.complaints.deadlines.words import UNITS
from services.complaints.frame import PAGES
from shared.calendar.reckoning import Length
from shared.calendar.working import DAY
from shared.db.clock import database_now
from shared.http.addresses import CALENDAR
from shared.http.authorization import PageCaller
from shared.http.fields import Body, Day, UnitId
from shared.http.pages.forms import Form, filled_in
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.indonesian import until
from shared.kernel import DomainError, Zone

router = APIRouter()
MOST_ROWS, LAST_ROWS = 62, 7
"""Days that are shown one by one, two months which people check with a finger, and of them the last ones."""
LABELS = {
    "tanggal": "Mulai tanggal",
    "pukul": "Pukul",
    "lama": "Lamanya",
    "satuan": "Satuan",
    "unit": "Kode unit",
    "zona": "Zona waktu",
    "pekan": "Hari kerja seminggu",
    "geser": "Bila berakhir pada hari libur, geser ke hari kerja berikutnya",
}
AT = {"not_found": "unit", "week": "pekan", "calendar_missing": "tanggal"}


class DueForm(Body):
    """What is counted; of a unit named, its zone and week count."""

    tanggal: Day
    pukul: ClockText = "00:00"
    lama: Amount
    satuan: Literal["wd", "cd", "wh", "ch"] = "wd"
    unit: UnitId | None = None
    zona: Zone = Zone.WIB
    pekan: Literal["5", "6"] | None = None
    geser: bool = False

    @property
    def length(self) -> Length:
        return Length(TIME_UNITS[self.satuan], self.lama, is_rolling=self.geser)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.tanggal, time.fromisoformat(self.pukul))


@dataclass(frozen=True, slots=True)
class Step:
    """A day on the way: its number in the count, empty where it is passed over, and why."""

    day: str
    number: str
    reason: str


@router.get(f"{CALENDAR}/hitung", operation_id="page_due")
async def show(request: Request, actor: PageCaller) -> HTMLResponse:
    """Ask what to count, and show when that is due and why."""
    asked = {name: value.strip() for name, value in request.query_params.items() if name in LABELS}
    given = {name: value for name, value in asked.items() if value}
    if not given:
        today = await state_of(request.app).db.read(_today)
        return _page(request, Form({"tanggal": today, "lama": "5", "satuan": "wd", "zona": "WIB"}))
    form = filled_in(given, DueForm)
    if form.data is None:
        return _page(request, form, status=422)
    sent = form.data

    async def count(session: AsyncSession) -> DueDay:
        if sent.unit is not None:
            return await preview.due_day_of_unit(session, actor, sent.unit, sent.length, sent.start)
        week = None if sent.pekan is None else frozenset(range(1, int(sent.pekan) + 1))
        return await preview.due_day(session, sent.length, sent.start, sent.zona, week)

    try:
        found = await state_of(request.app).db.read(count)
    except DomainError as error:
        form.refuse(error, AT)
        return _page(request, form, status=status_of(request, error.code))
    return _page(request, form, sent=sent, found=found)


async def _today(session: AsyncSession) -> str:
    return words.of_day(await database_now(session)).isoformat()


def _page(
    request: Request,
    form: Form[DueForm],
    *,
    status: int = 200,
    sent: DueForm | None = None,
    found: DueDay | None = None,
) -> HTMLResponse:
    shown: dict[str, Any] = {"found": None}
    if sent is not None and found is not None:
        steps = list(_steps(sent, found))
        week = sorted(found.calendar.week_on(sent.tanggal).weekdays)
        shown = {
            "found": found,
            "amount": f"{sent.lama} {UNITS[sent.length.unit]}",
            "due": until(found.due_at, found.calendar.zone),
            "due_day": words.long_day(found.due_on),
            "steps": steps if len(steps) <= MOST_ROWS else steps[: MOST_ROWS - LAST_ROWS],
            "more": max(0, len(steps) - MOST_ROWS),
            "ending": steps[-LAST_ROWS:] if len(steps) > MOST_ROWS else [],
            "skipped": len(found.skipped),
            "week": f"{WEEKDAYS[week[0] - 1]} sampai {WEEKDAYS[week[-1] - 1]}",
        }
    return PAGES.page(
        request,
        "calendar_due.html",
        status=status,
        form=form,
        labels=LABELS,
        units=[(value, UNITS[unit]) for value, unit in TIME_UNITS.items()],
        zones=[(zone.value, zone.value) for zone in Zone],
        weeks=[("5", "5 hari, Senin sampai Jumat"), ("6", "6 hari, Senin sampai Sabtu")],
        **shown,
    )


def _steps(sent: DueForm, found: DueDay) -> Iterator[Step]:
    """Yield the days from the start to the due day; hours are not numbered."""
    passed = {
        one.day: words.KINDS[one.off.kind] + f": {one.off.name}" if one.off else "bukan hari kerja"
        for one in found.skipped
    }
    is_numbered = not sent.length.unit.is_hours
    start = found.calendar.local_date(found.start)
    yield Step(words.long_day(start), "", passed.get(start) or "hari mulai" + _uncounted(sent.length.unit))
    number = 0
    for offset in range(1, (found.due_on - start).days + 1):
        day = start + offset * DAY
        if day not in passed:
            number += 1
        yield Step(
            words.long_day(day),
            str(number) if is_numbered and day not in passed else "",
            passed.get(day, "jatuh tempo" if day == found.due_on else ""),
        )


def _uncounted(unit: LengthUnit) -> str:
    return "" if unit.is_hours else ", belum dihitung"
