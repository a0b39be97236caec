"""Forms by which officers enter duties: one for each kind."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.schemas import ClockText
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.duties.domain.contents import Breach, DataRequest, Findings, Person, Wish
from services.complaints.duties.domain.lives import BREACH, DATA, OMBUDSMAN
from services.complaints.duties.kinds import tables
from services.complaints.duties.pages import words
from services.complaints.duties.schemas import MOST_ACTIONS
from services.complaints.duties.usecases.breaches import enter_breach
from services.complaints.duties.usecases.findings import enter_findings
from services.complaints.duties.usecases.requests import enter_request, seal_person
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.matters.schemas import Reference, Text, Words
from services.complaints.matters.store import Dossier
from services.complaints.secrecy.serving import identities_of
from services.complaints.units import units_within
from shared.http.addresses import DUTIES, duty_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day, UnitId
from shared.http.once import OnceBody, told_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.http.text import FreeText, visible_length
from shared.kernel import DomainError, NotFoundError, Zone
from shared.security import Principal

router = APIRouter()
LABELS = {
    "office": "Unit",
    "wish": "Yang diminta",
    "text": "Isi permintaan",
    "name": "Nama pemohon",
    "contact": "Telepon atau surat elektronik pemohon",
    "received_on": "Tanggal diterima",
    "received_clock": "Pukul diterima",
    "detected_on": "Tanggal ditemukan",
    "detected_clock": "Pukul ditemukan",
    "summary": "Apa yang diketahui",
    "number": "Nomor LHP",
    "issued_on": "Tanggal LHP",
    "actions": "Tindakan korektif",
}
LEAST_LETTERS = 5
MOST_LETTERS = 2000
_NAMED = {
    "not_found": "office",
    "unit_id": "office",
    "detected_at": "detected_on",
    "received_at": "received_on",
}


def _one_a_line(text: str) -> str:
    """Refuse lines that are no corrective action, or too many."""
    lines = actions_of(text)
    if len(lines) > MOST_ACTIONS or any(
        not LEAST_LETTERS <= visible_length(line) <= MOST_LETTERS for line in lines
    ):
        raise PydanticCustomError(
            "corrective_actions",
            "one action a line",
            {"most": MOST_ACTIONS, "least": LEAST_LETTERS},
        )
    return text


def actions_of(text: str) -> list[str]:
    """Return the corrective actions that stand in a field, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class RequestForm(OnceBody):
    """What somebody asked for in writing."""

    office: UnitId
    wish: Wish
    text: Text
    name: Words
    contact: Words
    received_on: Day
    received_clock: ClockText


class BreachForm(OnceBody):
    """A failure to protect personal data."""

    office: UnitId
    detected_on: Day
    detected_clock: ClockText
    summary: Text


class FindingsForm(OnceBody):
    """A report of the Ombudsman, its corrective actions one a line."""

    office: UnitId
    number: Reference
    issued_on: Day
    received_on: Day
    actions: Annotated[str, FreeText(LEAST_LETTERS, MOST_ACTIONS * MOST_LETTERS), AfterValidator(_one_a_line)]


FORMS: Mapping[str, type[RequestForm | BreachForm | FindingsForm]] = {
    DATA: RequestForm,
    BREACH: BreachForm,
    OMBUDSMAN: FindingsForm,
}
UnitQuery = Annotated[UnitId | None, Query()]


@router.get(f"{DUTIES}/baru/{{jenis}}", operation_id="page_new_duty")
async def show_form(
    request: Request, actor: PageCaller, jenis: str, unit: Annotated[str, Query(max_length=64)] = ""
) -> HTMLResponse:
    """Show the form of a kind."""
    return await _page(request, actor, _kind(actor, jenis), Form({"office": unit} if unit else {}), 200)


@router.post(f"{DUTIES}/baru/{{jenis}}", operation_id="page_enter_duty")
async def enter(request: Request, actor: PageCaller, jenis: str) -> Response:
    """Enter a duty and lead on to it; sent twice, the same form enters one."""
    kind = _kind(actor, jenis)
    form: Form[Any] = await read_form(request, FORMS[kind])
    if (data := form.data) is None:
        return await _page(request, actor, kind, form, 422)

    def reply(made: Dossier) -> Mapping[str, Any]:
        return {"id": str(made.id)}

    try:
        enter_it = await _entering(request, actor, data)
        told = await told_once(request, actor, form, enter_it, reply)
    except DomainError as refused:
        form.refuse(refused, _NAMED)
        return await _page(request, actor, kind, form, status_of(request, refused.code))
    return RedirectResponse(duty_page(told["id"]), SEE_OTHER)


async def _entering(
    request: Request, actor: Principal, data: RequestForm | BreachForm | FindingsForm
) -> Callable[[AsyncSession], Awaitable[Dossier]]:
    """Return what enters a duty; who asks is sealed before."""
    engine = engine_of(request)
    if not isinstance(data, RequestForm):
        return lambda session: _enter(session, engine, actor, data)
    person = await seal_person(identities_of(request), Person(data.name, data.contact))
    said = DataRequest(data.wish, data.text)

    async def enter_it(session: AsyncSession) -> Dossier:
        since = await _moment(session, data.office, data.received_on, data.received_clock)
        return await enter_request(session, engine, actor, data.office, said, person, since)

    return enter_it


async def _enter(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, data: BreachForm | FindingsForm
) -> Dossier:
    match data:
        case BreachForm():
            since = await _moment(session, data.office, data.detected_on, data.detected_clock)
            return await enter_breach(session, engine, actor, data.office, Breach(since, data.summary))
        case FindingsForm():
            found = Findings(data.number, data.issued_on, data.received_on, actions_of(data.actions))
            return await enter_findings(session, engine, actor, data.office, found)


async def _moment(session: AsyncSession, unit_id: str, day: date, clock: str) -> datetime:
    """Return a moment as it is written in the zone of a unit."""
    unit = await units.get(session, unit_id)
    zone = Zone.WIB if unit is None else unit.zone
    return datetime.combine(day, time.fromisoformat(clock), zone.tz)


def _kind(actor: Principal, slug: str) -> str:
    """Return the kind of a form that somebody may send; raises `NotFoundError`."""
    kind = words.BY_SLUG.get(slug)
    if kind is None or tables()[kind].receiving.by.isdisjoint(actor.roles):
        raise NotFoundError("Halaman ini tidak ada.")
    return kind


async def _page(request: Request, actor: Principal, kind: str, form: Form[Any], status: int) -> HTMLResponse:
    db = state_of(request.app).db
    offices = await db.read(lambda session: units_within(session, actor, form.values.get("office")))
    if len(offices) == 1 and "office" not in form.values:
        form.values = {**form.values, "office": offices[0][0]}
    title, meaning = words.ENTERING[kind]
    return PAGES.page(
        request,
        "duty_form.html",
        status=status,
        form=form,
        labels=LABELS,
        kind=kind,
        slug=words.SLUGS[kind],
        title=title,
        meaning=meaning,
        units=offices,
        words=words,
    )
