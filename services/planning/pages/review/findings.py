"""Findings as pages: an assessor raises one about an item, the unit answers before it hands in again."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.planning.fields import Text
from services.planning.layers import UNIT_ROLES, Layer
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.worksheets.sheet import area_of
from services.planning.parameters import ItemPath, UnitPath, YearPath
from services.planning.stages.store import findings as store
from services.planning.stages.store import rounds
from services.planning.stages.usecases import findings
from services.planning.stages.usecases.reading import check_there
from services.planning.units.usecases import get_unit
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.fields import Body, Digits
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
PATH = f"{WORKSHEETS}/{{unit_id}}/{{year}}/temuan"


class FindingForm(OnceBody):
    """What an assessor wants to be answered."""

    finding: Text


class AnswerForm(Body):
    """What the unit answers; `version` is that of the finding it has read."""

    finding_id: UUID
    version: Digits
    answer: Text


@router.get(PATH, operation_id="page_findings")
async def show(request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath) -> HTMLResponse:
    """Show the findings about a worksheet, the open ones first, with a place to answer each."""
    return await _list(request, caller, unit_id, year, Form())


@router.post(PATH, operation_id="page_answer_finding")
async def answer(request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath) -> Response:
    """Answer a finding for the unit; a refusal keeps what was typed."""
    form = await read_form(request, AnswerForm)
    if form.data is None:
        return await _list(request, caller, unit_id, year, form, UNPROCESSABLE)
    sent = form.data
    try:
        await state_of(request.app).db.run(
            lambda session: findings.answer_finding(
                session, caller, sent.finding_id, sent.version, sent.answer
            )
        )
    except DomainError as refused:
        form.message = refused.message
        return await _list(request, caller, unit_id, year, form, status_of(request, refused.code))
    return RedirectResponse(worksheet_page(unit_id, year, "temuan"), SEE_OTHER)


@router.get(f"{PATH}/{{item_code}}", operation_id="page_new_finding")
async def ask(
    request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath, item_code: ItemPath
) -> HTMLResponse:
    """Show the form of a finding, begun with the assessor's own note on the item."""
    async with state_of(request.app).db.reading() as session:
        await check_there(session, caller, unit_id, year)
        own = await rounds.answers(session, unit_id, year, Layer.TPI)
    note = next((one.note for one in own if one.item_code == item_code), None)
    return await _form(request, caller, unit_id, year, item_code, Form({"finding": note or ""}))


@router.post(f"{PATH}/{{item_code}}", operation_id="page_raise_finding")
async def raise_finding(
    request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath, item_code: ItemPath
) -> Response:
    """Raise a finding about an item; sent twice, the same form raises one."""
    form = await read_form(request, FindingForm)
    if form.data is None:
        return await _form(request, caller, unit_id, year, item_code, form, UNPROCESSABLE)
    text = form.data.finding
    try:
        await do_once(
            request,
            caller,
            form,
            lambda session: findings.raise_finding(session, caller, unit_id, year, item_code, text),
        )
    except DomainError as refused:
        form.message = refused.message
        return await _form(request, caller, unit_id, year, item_code, form, status_of(request, refused.code))
    return RedirectResponse(_back(unit_id, year, item_code), SEE_OTHER)


def _back(unit_id: str, year: int, code: str) -> str:
    return f"{worksheet_page(unit_id, year, 'penilaian', 'tpi', area_of(code))}#{code}"


async def _form(
    request: Request,
    caller: Principal,
    unit_id: str,
    year: int,
    code: str,
    form: Form[FindingForm],
    status: int = 200,
) -> HTMLResponse:
    if code not in lke_instrument().questions:
        raise NotFoundError("Butir ini tidak ada di LKE.")
    unit = await state_of(request.app).db.read(lambda session: get_unit(session, caller, unit_id))
    return PAGES.page(
        request,
        "finding.html",
        status=status,
        unit_name=unit.name,
        year=year,
        question=lke_instrument().questions[code],
        here=worksheet_page(unit_id, year, "temuan", code),
        back=_back(unit_id, year, code),
        form=form,
        labels=LABELS,
    )


async def _list(
    request: Request,
    caller: Principal,
    unit_id: str,
    year: int,
    form: Form[AnswerForm],
    status: int = 200,
) -> HTMLResponse:
    db = state_of(request.app).db
    await db.read(lambda session: check_there(session, caller, unit_id, year))
    unit = await db.read(lambda session: get_unit(session, caller, unit_id))
    found = await db.read(lambda session: store.of_year(session, unit_id, year))
    questions, sheet = lke_instrument().questions, worksheet_page(unit_id, year)
    ordered = sorted(found, key=lambda one: one.state != "open")
    return PAGES.page(
        request,
        "findings.html",
        status=status,
        unit_name=unit.name,
        year=year,
        sheet=sheet,
        here=f"{sheet}/temuan",
        rows=[(one, questions[one.item_code].text, f"{sheet}/{area_of(one.item_code)}#{one.item_code}")
              for one in ordered],
        open=sum(one.state == "open" for one in found),
        may_answer=caller.has(*UNIT_ROLES),
        typed=str(form.values.get("finding_id", "")),
        form=form,
        labels=LABELS,
    )  # fmt: skip
