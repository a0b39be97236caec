"""Report something: the form, and what is said of one that cannot be taken."""

import secrets
from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.words import path
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.intake import new_receipts
from services.complaints.intake.data import intake_rules
from services.complaints.intake.pages.places import MOST_LETTERS, MOST_UNITS, places_for
from services.complaints.intake.pages.receipt import lead_to_receipt
from services.complaints.intake.reporters import UNAVAILABLE, file_report, report_of
from services.complaints.intake.schemas import PersonText, ReportIn, ReportText
from services.complaints.settings import Settings
from shared.http.api.command import Command, KeyReusedError
from shared.http.fields import Body, Day
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.limits.waiting import WaitFirstError
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import PUBLIC

router = APIRouter(dependencies=[FROM_ANYBODY])


class ReportForm(Body):
    """The public form. `place` is `unit:<id>` or `agency:<id>`; `website` is a trap that people never see."""

    place: Annotated[str, Field(pattern=r"^(unit|agency):[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    text: ReportText
    event_on: Day | None = None
    name: PersonText | None = None
    contact: PersonText | None = None
    is_name_hidden: bool = False
    is_content_secret: bool = False
    privacy_notice: Annotated[str, Field(max_length=20)]
    key: Annotated[str, Field(min_length=20, max_length=100)]
    wait: Annotated[str, Field(max_length=100)] = ""
    search: Annotated[str, Field(max_length=MOST_LETTERS)] = ""
    website: Annotated[str, Field(max_length=0)] = ""

    def report(self) -> ReportIn:
        level, _, name = self.place.partition(":")
        fields = self.model_dump(exclude={"place", "key", "wait", "search", "website"})
        return ReportIn(**{f"{level}_id": name}, **fields)


@router.get("/", operation_id="page_home")
async def home() -> Response:
    """Send to the form: it is what people come for."""
    return RedirectResponse("/lapor", SEE_OTHER)


@router.get("/lapor", operation_id="page_report")
async def show_report(request: Request, unit: str = "") -> Response:
    """Show the empty form; `?unit=` chooses a unit, for links on the unit's own pages."""
    form = Form[ReportForm](values={"place": f"unit:{unit}"} if unit else {})
    return await _report_page(request, form, status=200)


@router.post("/lapor", operation_id="page_send_report")
async def send_report(request: Request) -> Response:
    """Take the report and lead on to its receipt; sent twice, the same form gives the same receipt.

    The button that finds units sends the form too, so that all that was typed is there again.
    """
    form = await read_form(request, ReportForm)
    if "find" in form.values:
        return await _given_back(request, Form(form.values), status=200)
    if (data := form.data) is None:
        return await _given_back(request, form)
    cmd = Command(request, state_of(request.app).db, PUBLIC, data.key)
    try:
        answer = await file_report(
            request,
            cmd,
            report_of(data.report()),
            wait_token=data.wait,
            fingerprint=data.model_dump_json(exclude={"wait", "search"}).encode(),
        )
    except UNAVAILABLE:
        raise
    except KeyReusedError:
        form.message = (
            "Formulir ini sudah pernah terkirim dengan isi lain. "
            "Bila yang ini pengaduan baru, kirim sekali lagi; bila tidak, tutup halaman ini."
        )
        return await _given_back(request, form, is_another=True)
    except WaitFirstError as error:
        form.values = {**form.values, "wait": error.token or ""}
        return await _report_page(request, form, status=429, wait=error)
    except DomainError as error:
        form.refuse(error)
        status = status_of(request, error.code)
        return await _report_page(request, form, status=status, headers=error.details.get("headers"))
    return await lead_to_receipt(request, data.key, answer)


async def _given_back(
    request: Request, form: Form[ReportForm], *, status: int = 422, is_another: bool = False
) -> Response:
    """Give back what was typed, to be sent as another report when it `is_another`.

    A browser sends again, from behind Back, what was given back before the report was taken: once its
    reporter has ended, that says nothing of the report to the next person at the computer.
    """
    key = form.values.get("key")
    if key and new_receipts.find(request, new_receipts.mark_of(request, key)).stage == "over":
        return PAGES.page(request, "shown_once.html")
    if is_another:
        form.values = {name: value for name, value in form.values.items() if name not in ("key", "wait")}
    return await _report_page(request, form, status=status)


async def _report_page(
    request: Request,
    form: Form[ReportForm],
    *,
    status: int,
    wait: WaitFirstError | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    offered = await state_of(request.app).db.read(lambda session: places_for(session, form.values))
    rules = intake_rules()
    names = cast("Settings", state_of(request.app).settings).agency_names
    agencies = [
        (f"agency:{agency}", f"Saya tidak tahu unitnya: teruskan ke {names.get(agency, agency)}")
        for agency in offered.agencies
    ]
    key = form.values.get("key")
    made = key or secrets.token_urlsafe(24)
    response = PAGES.page(
        request,
        "report.html",
        status=status,
        headers=headers if wait is None else wait.details["headers"],
        form=form,
        offered=offered,
        places=[*offered.units, *agencies],
        most=MOST_UNITS,
        rules=rules,
        steps_ahead=path(engine_of(request).policies, "pengaduan"),
        wait=wait,
        key=made,
    )
    if key is None:
        new_receipts.expect(request, response, made)
    return response
