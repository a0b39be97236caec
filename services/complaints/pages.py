"""Public pages: report something, and follow it by receipt. No log-in, no script."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.acts import ACTS, OPEN, ActName, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.refusals import IllegalActError
from services.complaints.cases.schemas import Text
from services.complaints.cases.usecases import acts, queries
from services.complaints.deadlines.api import engine_of
from services.complaints.intake import new_receipts
from services.complaints.intake.data import intake_rules
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.reporters import (
    REPORTER,
    UNAVAILABLE,
    ReportersAct,
    act_of_reporter,
    case_behind,
    close_receipt,
    file_report,
    open_receipt,
    report_of,
)
from services.complaints.intake.schemas import MOST_CYCLES, PersonText, ReportIn, ReportText
from shared.http.api.command import Command, KeyReusedError
from shared.http.crosssite import OWN_FORM
from shared.http.fields import Body, Day
from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.waiting import WaitFirstError
from shared.http.pages.forms import Form, read_form
from shared.http.pages.rendering import FORGET, MenuEntry, Pages
from shared.http.problem import given_back, status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import PUBLIC

COOKIE = "__Host-zi-complaints-receipt"
PAGES = Pages(
    title="Pengaduan",
    folder=Path(__file__).parent,
    menu=(MenuEntry("Lapor", "/lapor"), MenuEntry("Lacak", "/lacak")),
    cookies=(COOKIE,),
    own_page=("Ke pengaduan yang sedang terbuka", "/lacak/pengaduan"),
    carried=("case", "answer", "question", "key", "untuk"),
    labels={
        "text": "Teks yang Anda tulis",
        "event_on": "Tanggal kejadian",
        "name": "Nama",
        "contact": "Telepon atau surat elektronik",
        "receipt": "Kode tanda terima",
        "reason": "Alasan",
    },
)
SEE_OTHER = 303

router = APIRouter()


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
    website: Annotated[str, Field(max_length=0)] = ""

    def report(self) -> ReportIn:
        level, _, name = self.place.partition(":")
        fields = self.model_dump(exclude={"place", "key", "wait", "website"})
        return ReportIn(**{f"{level}_id": name}, **fields)


class ReceiptForm(Body):
    """A receipt as typed."""

    receipt: Annotated[str, Field(max_length=60)]
    wait: Annotated[str, Field(max_length=100)] = ""


class ActForm(Body):
    """An act of the reporter: on which case, whichever is open now; by its key, pressed twice it is one."""

    case: Annotated[str, Field(max_length=36)] = ""
    key: Annotated[str, Field(min_length=20, max_length=100)] = ""


class AnswerForm(ActForm):
    """What the reporter thinks of an answer: of the one that was there to read, by its cycle."""

    answer: Annotated[int, Field(ge=0, le=MOST_CYCLES)] = 0


class ObjectionForm(AnswerForm):
    """What the reporter objects to in the answer."""

    text: Text


class CompletionForm(ActForm):
    """What was missing: of the request that was there to read, by its number."""

    question: Annotated[int, Field(ge=0, le=MOST_CYCLES)] = 0
    text: Text


F = TypeVar("F", bound=ActForm)
_MADE_ANEW = frozenset({"answer", "question", "key"})


async def _count_look(request: Request) -> None:
    await count_in_session(request, request.cookies.get(COOKIE))


_LOOK = Depends(_count_look)


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
    """Take the report and lead on to its receipt; sent twice, the same form gives the same receipt."""
    form = await read_form(request, ReportForm)
    if (data := form.data) is None:
        return await _report_page(request, form, status=422)
    cmd = Command(request, state_of(request.app).db, PUBLIC, data.key)
    try:
        answer = await file_report(
            request,
            cmd,
            report_of(data.report()),
            wait_token=data.wait,
            fingerprint=data.model_dump_json(exclude={"wait"}).encode(),
        )
    except UNAVAILABLE:
        raise
    except KeyReusedError:
        form.message = (
            "Formulir ini sudah pernah terkirim dengan isi lain. "
            "Bila yang ini pengaduan baru, kirim sekali lagi; bila tidak, tutup halaman ini."
        )
        form.values = {name: value for name, value in form.values.items() if name not in ("key", "wait")}
        return await _report_page(request, form, status=422)
    except WaitFirstError as error:
        form.values = {**form.values, "wait": error.token or ""}
        return await _report_page(request, form, status=429, wait=error)
    except DomainError as error:
        form.refuse(error)
        status = status_of(request, error.code)
        return await _report_page(request, form, status=status, headers=error.details.get("headers"))
    return _lead_to_receipt(request, data.key, answer)


@router.get("/lapor/diterima", operation_id="page_received")
async def show_received(request: Request, untuk: str = "") -> Response:
    """Show the receipt of the report just sent; for minutes, or until its reporter has noted it."""
    found = new_receipts.find(request, untuk)
    if not untuk or found.stage == "awaited":
        return RedirectResponse("/lapor", SEE_OTHER)
    if found.stage != "shown":
        return PAGES.page(request, "shown_once.html")
    return PAGES.page(request, "received.html", mark=untuk, **found.shown)


@router.post("/lapor/selesai", operation_id="page_end_received")
async def end_received(request: Request) -> Response:
    """Forget the receipt in this browser: the next person at a shared one finds nothing behind Back.

    Forms in other tabs keep theirs; a form that names none forgets all.
    """
    response = RedirectResponse("/lacak", SEE_OTHER, headers=FORGET)
    new_receipts.forget(request, response, (await request.form()).get("untuk"))
    return response


def _lead_to_receipt(request: Request, key: str, answer: Response) -> Response:
    """Lead on to the receipt in an answer; a browser without this form's cookie is shown it at once."""
    made = orjson.loads(answer.body)
    shown = {name: made[name] for name in ("receipt", "tracking_id")}
    mark = new_receipts.mark_of(request, key)
    match new_receipts.find(request, mark).stage:
        case "absent":
            return PAGES.page(request, "received.html", mark=mark, **shown)
        case "over":
            return PAGES.page(request, "shown_once.html")
    response = RedirectResponse(f"/lapor/diterima?untuk={mark}", SEE_OTHER)
    new_receipts.keep(request, response, mark, shown)
    return response


async def _report_page(
    request: Request,
    form: Form[ReportForm],
    *,
    status: int,
    wait: WaitFirstError | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    known = await state_of(request.app).db.read(units.active)
    rules = intake_rules()
    places = [(f"unit:{unit.unit_id}", unit.name) for unit in known]
    agencies = sorted({unit.agency_id for unit in known})
    places += [(f"agency:{agency}", f"Saya tidak tahu unitnya ({agency})") for agency in agencies]
    key = form.values.get("key")
    made = key or secrets.token_urlsafe(24)
    response = PAGES.page(
        request,
        "report.html",
        status=status,
        headers=headers if wait is None else wait.details["headers"],
        form=form,
        places=places,
        rules=rules,
        wait=wait,
        key=made,
    )
    if key is None:
        new_receipts.expect(request, response, made)
    return response


@router.get("/lacak", operation_id="page_track")
async def show_track(request: Request) -> Response:
    """Ask for the receipt."""
    return PAGES.page(request, "track.html", form=Form[ReceiptForm]())


@router.post("/lacak", operation_id="page_open_case")
async def open_case(request: Request) -> Response:
    """Open the case behind a receipt."""
    form = await read_form(request, ReceiptForm)
    if form.data is None:
        return PAGES.page(request, "track.html", form=form, status=422)
    try:
        token = await open_receipt(request, form.data.receipt, form.data.wait)
    except UNAVAILABLE:
        raise
    except WaitFirstError as error:
        form.values = {**form.values, "wait": error.token or ""}
        headers = error.details["headers"]
        return PAGES.page(request, "track.html", form=form, status=429, headers=headers, wait=error)
    except DomainError as error:
        form.errors["receipt"] = error.message
        status, headers = status_of(request, error.code), error.details.get("headers")
        return PAGES.page(request, "track.html", form=form, status=status, headers=headers)
    response = RedirectResponse("/lacak/pengaduan", SEE_OTHER)
    minutes = intake_rules().receipt_session_minutes
    response.set_cookie(COOKIE, token, max_age=minutes * 60, secure=True, httponly=True, samesite="lax")
    return response


@router.get("/lacak/pengaduan", operation_id="page_my_case", dependencies=[_LOOK])
async def show_my_case(request: Request) -> Response:
    """Show the reporter's case."""
    return await _case_page(request, "my_case.html", Form[CompletionForm]())


@router.post("/lacak/pengaduan/lengkapi", operation_id="page_complete", dependencies=[OWN_FORM])
async def complete(request: Request) -> Response:
    """Take the missing facts."""
    return await _act(
        request,
        CompletionForm,
        lambda act, data: acts.complete(*act, None, note=data.text, is_reporter=True, read=data.question),
        act="complete",
    )


@router.get("/lacak/pengaduan/terima", operation_id="page_confirm_accept", dependencies=[_LOOK])
async def confirm_accept(request: Request) -> Response:
    """Say what accepting means before it happens."""
    return await _case_page(request, "accept.html", Form[AnswerForm](), act="close")


@router.post("/lacak/pengaduan/terima", operation_id="page_accept", dependencies=[OWN_FORM])
async def accept(request: Request) -> Response:
    """Close the case because its reporter accepts the answer."""
    return await _act(request, AnswerForm, lambda act, data: acts.accept(*act, read=data.answer))


@router.get("/lacak/pengaduan/keberatan", operation_id="page_object", dependencies=[_LOOK])
async def show_objection(request: Request) -> Response:
    """Ask what the reporter objects to, and say what follows."""
    return await _case_page(request, "object.html", Form[ObjectionForm](), act="object")


@router.post("/lacak/pengaduan/keberatan", operation_id="page_send_objection", dependencies=[OWN_FORM])
async def send_objection(request: Request) -> Response:
    """Take the objection to the answer."""
    return await _act(
        request,
        ObjectionForm,
        lambda act, data: acts.object_to_answer(*act, reason=data.text, read=data.answer),
        "object.html",
        "object",
    )


@router.get("/lacak/pengaduan/cabut", operation_id="page_confirm_withdraw", dependencies=[_LOOK])
async def confirm_withdraw(request: Request) -> Response:
    """Say what withdrawing means before it happens."""
    return await _case_page(request, "withdraw.html", Form[ActForm](), act="withdraw")


@router.post("/lacak/pengaduan/cabut", operation_id="page_withdraw", dependencies=[OWN_FORM])
async def withdraw(request: Request) -> Response:
    """End the case because its reporter takes it back."""
    return await _act(request, ActForm, lambda act, _: acts.withdraw(*act))


@router.post("/lacak/keluar", operation_id="page_leave", dependencies=[OWN_FORM])
async def leave(request: Request) -> Response:
    """End the receipt session, on the server too: whoever copied the cookie has nothing."""
    await close_receipt(request, request.cookies.get(COOKIE))
    response = RedirectResponse("/lacak", SEE_OTHER, headers=FORGET)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return response


async def _act(
    request: Request,
    model: type[F],
    do: Callable[[ReportersAct, F], Awaitable[Case]],
    template: str = "my_case.html",
    act: ActName | None = None,
) -> Response:
    """Do an act of the reporter once; refused, `template` says why and keeps what was typed for `act`.

    Another case may have been opened since the form was: it is refused, and never done to that one.
    """
    form, token = await read_form(request, model), request.cookies.get(COOKIE)
    db = state_of(request.app).db
    try:
        opened = await db.read(lambda session: case_behind(session, token))
        if form.values.get("case") != str(opened):
            return _other_case(request, form)
        if (data := form.data) is None:
            return await _case_page(request, template, form, status=422, act=act)

        await act_of_reporter(
            request,
            Command(request, db, REPORTER, data.key or None),
            token,
            lambda opened: do(opened, data),
            fingerprint=data.model_dump_json().encode(),
        )
    except NotFoundError:
        if form.values.get("text"):
            raise  # the page of the refusal gives back what was typed
        return RedirectResponse("/lacak", SEE_OTHER)
    except (*UNAVAILABLE, RateLimitedError):
        raise
    except DomainError as error:
        form.refuse(error)
        if isinstance(error, KeyReusedError):
            form.message = (
                "Formulir ini sudah pernah terkirim dengan isi lain. Bila isian ini baru, kirim sekali lagi."
            )
        # the page shows the newest answer and request, and what it sends is another command
        form.values = {name: value for name, value in form.values.items() if name not in _MADE_ANEW}
        return await _case_page(request, template, form, status=409, act=act, refused=error)
    return RedirectResponse("/lacak/pengaduan", SEE_OTHER)


def _other_case(request: Request, form: Form[F]) -> Response:
    told = (
        "Formulir ini bukan untuk pengaduan yang sekarang terbuka di peramban ini. Tidak ada yang tercatat. "
    )
    told += "Buka pengaduan yang Anda maksud dengan kode tanda terimanya"
    told += " di tab baru." if form.values.get("text") else ", lalu ulangi dari sana."
    return PAGES.error(
        request, status=409, title="Pengaduan lain sedang terbuka", detail=told, typed=given_back(request)
    )


async def _case_page(
    request: Request,
    template: str,
    form: Form[Any],
    *,
    status: int = 200,
    act: ActName | None = None,
    refused: DomainError | None = None,
) -> Response:
    """Show a page about the reporter's case; with `act` only while that act is possible."""

    async def look(session: AsyncSession) -> Any:
        return await queries.my_case(
            session, engine_of(request).policies, await case_behind(session, request.cookies.get(COOKIE))
        )

    try:
        found = await state_of(request.app).db.read(look)
    except NotFoundError:
        if form.values.get("text"):
            raise
        return RedirectResponse("/lacak", SEE_OTHER)
    if act is not None and State(found["state"]) not in ACTS[act].sources:
        if form.values.get("text"):  # the case's page has no form that could give them back
            raise refused or IllegalActError(
                "Status pengaduan sudah berubah; isian ini tidak diperlukan lagi."
            )
        return RedirectResponse("/lacak/pengaduan", SEE_OTHER)
    return PAGES.page(
        request,
        template,
        steps=engine_of(request).policies.steps,
        status=status,
        form=form,
        key=form.values.get("key") or secrets.token_urlsafe(24),
        question=form.values.get("question") or found["question"] or 0,
        answer=form.values.get("answer") or max((made["cycle"] for made in found["answers"]), default=0),
        case=found,
        zone=found["zone"] or "WIB",
        State=State,
        is_open=State(found["state"]) in OPEN,
    )
