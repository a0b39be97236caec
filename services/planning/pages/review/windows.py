"""The windows of a year as a page, and the form that announces one."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from services.planning.fields import Text
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.review.workload import YearQuery, this_year
from services.planning.stages.domain.stage import OF_AGENCIES, STAGE_NAMES, Window
from services.planning.stages.domain.windows import AnnouncedWindow
from services.planning.stages.practice import practice
from services.planning.stages.store import windows as store
from services.planning.stages.usecases import windows
from services.planning.units.usecases import agency_meant
from shared.http.addresses import WINDOWS
from shared.http.authorization import PageCaller
from shared.http.fields import Day
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.indonesian import day
from shared.kernel import DomainError, StaleVersionError
from shared.security import Principal

router = APIRouter()


class WindowForm(OnceBody):
    """The days of a window, both within; `versions` are those of the windows that the page showed."""

    window: Window
    versions: Annotated[str, Field(pattern=r"^([a-z_]{1,40}:[0-9]{1,18}( |$)){0,20}$")] = ""
    opens_on: Day | None = None
    closes_on: Day | None = None
    reason: Text | None = None

    @property
    def seen(self) -> int:
        """The version of the window that the page showed, 0 where it was not announced yet."""
        shown = dict(one.split(":") for one in self.versions.split())
        return int(shown.get(self.window, 0))


@router.get(WINDOWS, operation_id="page_windows")
async def show_windows(request: Request, caller: PageCaller, tahun: YearQuery = None) -> HTMLResponse:
    """Show the windows of a year, and the form that announces one."""
    return await _windows(request, caller, tahun or this_year(), Form())


@router.post(WINDOWS, operation_id="page_announce_window")
async def announce(request: Request, caller: PageCaller, tahun: YearQuery = None) -> Response:
    """Announce a window of the caller's agency, or of all for whoever is national."""
    year, form = tahun or this_year(), await read_form(request, WindowForm)
    if form.data is None:
        return await _windows(request, caller, year, form, UNPROCESSABLE)
    sent = form.data
    try:
        await do_once(
            request,
            caller,
            form,
            lambda session: windows.announce_window(
                session,
                caller,
                year=year,
                window=sent.window,
                agency_id=_agency(caller),
                opens_on=sent.opens_on,
                closes_on=sent.closes_on,
                reason=sent.reason or None,
                seen=sent.seen,
            ),
        )
    except StaleVersionError as stale:
        form.message = (
            "Masa ini diumumkan orang lain sejak halaman Anda terbuka, dan sekarang ada di daftar di bawah. "
            "Isian Anda masih ada; kirim sekali lagi bila tetap berlaku."
        )
        return await _windows(request, caller, year, form, status_of(request, stale.code))
    except DomainError as refused:
        form.refuse(refused)
        return await _windows(request, caller, year, form, status_of(request, refused.code))
    return RedirectResponse(f"{WINDOWS}?tahun={year}", SEE_OTHER)


def _may_announce(caller: Principal) -> bool:
    return caller.has("admin") and caller.scope.level != "unit"


def _agency(caller: Principal) -> str | None:
    """Return whose windows somebody announces: all agencies' who is national, else their agency's."""
    return None if caller.scope.level == "national" else agency_meant(caller, None, "")


def _is_own(caller: Principal, announced: AnnouncedWindow) -> bool:
    """Tell whether somebody who announces moves this window, and not one that stands beside it."""
    if caller.scope.level == "national":
        return announced.agency_id is None
    return announced.agency_id in caller.scope.agencies


async def _windows(
    request: Request, caller: Principal, year: int, form: Form[WindowForm], status: int = 200
) -> HTMLResponse:
    found = await state_of(request.app).db.read(lambda session: store.of_year(session, caller.scope, year))
    order, is_national = list(Window), caller.scope.level == "national"
    rows = [
        (STAGE_NAMES[one.window], one.agency_id or "semua instansi",
         day(one.opens_on) if one.opens_on else "sejak awal",
         f"{day(one.closes_on)} pukul 24.00" if one.closes_on else "tanpa batas", one.reason or "–")
        for one in sorted(found, key=lambda one: (order.index(one.window), one.agency_id or ""))
    ]  # fmt: skip
    return PAGES.page(
        request,
        "windows.html",
        status=status,
        year=year,
        rows=rows,
        known=[
            f"{STAGE_NAMES[window]} yang berakhir {day(date(year, *last)).removesuffix(f' {year}')}"
            for window, last in practice().last_days.items()
        ],
        choices=[(one.value, STAGE_NAMES[one]) for one in Window if is_national or one in OF_AGENCIES],
        may_change=_may_announce(caller),
        versions=" ".join(f"{one.window}:{one.version}" for one in found if _is_own(caller, one)),
        for_all=is_national,
        action=f"{WINDOWS}?tahun={year}",
        form=form,
        labels=LABELS,
    )
