"""The reporter's data: ask for a copy, a correction, an erasure, a restriction; read the answers."""

import secrets
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.usecases import queries
from services.complaints.deadlines.api import engine_of
from services.complaints.duties.data import grounds
from services.complaints.duties.domain.contents import Wish
from services.complaints.duties.pages import words
from services.complaints.duties.usecases import requests
from services.complaints.frame import COOKIE, PAGES, SEE_OTHER
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.pages.own_case import OWN_CASE, ActForm, other_case
from services.complaints.intake.reporters import REPORTER, UNAVAILABLE, act_of_reporter, case_behind
from services.complaints.matters.schemas import Text, due_of
from shared.db.clock import database_now
from shared.http.api.command import Command
from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError

router = APIRouter(dependencies=[FROM_ANYBODY])
MY_DATA = "/lacak/pengaduan/data"


class MyDataForm(ActForm):
    """What the reporter asks for."""

    wish: Wish
    text: Text


async def _count_look(request: Request) -> None:
    await count_in_session(request, request.cookies.get(COOKIE))


_LOOK = Depends(_count_look)


@router.get(MY_DATA, operation_id="page_my_data", dependencies=[_LOOK])
async def show(request: Request) -> Response:
    """Show what was asked about the data of the own case, and the form of more."""
    return await _page(request, Form[MyDataForm](), 200)


@router.post(MY_DATA, operation_id="page_send_my_data", dependencies=[OWN_CASE])
async def send(request: Request) -> Response:
    """Take what is asked for; sent twice, the same form asks once."""
    form, token = await read_form(request, MyDataForm), request.cookies.get(COOKIE)
    db = state_of(request.app).db
    try:
        opened = await db.read(lambda session: case_behind(session, token))
        if form.values.get("case") != str(opened):
            return other_case(request, form)
        if (data := form.data) is None:
            return await _page(request, form, 422)
        await act_of_reporter(
            request,
            Command(request, db, REPORTER, data.key or None),
            token,
            lambda act: requests.request_by_receipt(*act, data.wish, data.text),
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
        form.values = {name: value for name, value in form.values.items() if name != "key"}
        return await _page(request, form, status_of(request, error.code))
    return RedirectResponse(MY_DATA, SEE_OTHER)


@router.get(
    f"{MY_DATA}/{{request_id}}/cabut", operation_id="page_confirm_withdraw_my_data", dependencies=[_LOOK]
)
async def confirm_withdraw(request: Request, request_id: UUID) -> Response:
    """Say what taking a request back means before it happens."""
    return await _page(request, Form[MyDataForm](), 200, withdrawn=request_id)


@router.post(f"{MY_DATA}/{{request_id}}/cabut", operation_id="page_withdraw_my_data", dependencies=[OWN_CASE])
async def withdraw(request: Request, request_id: UUID) -> Response:
    """End a request because its reporter takes it back."""
    form, token = await read_form(request, ActForm), request.cookies.get(COOKIE)
    db = state_of(request.app).db
    try:
        opened = await db.read(lambda session: case_behind(session, token))
        if form.data is None or form.data.case != str(opened):
            return other_case(request, form)
        await act_of_reporter(
            request,
            Command(request, db, REPORTER, form.data.key or None),
            token,
            lambda act: requests.withdraw_by_receipt(*act, request_id),
            fingerprint=f"{request_id}".encode(),
        )
    except NotFoundError:
        return RedirectResponse("/lacak", SEE_OTHER)
    except (*UNAVAILABLE, RateLimitedError):
        raise
    except DomainError as error:
        told: Form[MyDataForm] = Form()
        told.refuse(error)
        return await _page(request, told, status_of(request, error.code))
    return RedirectResponse(MY_DATA, SEE_OTHER)


async def _page(
    request: Request, form: Form[MyDataForm], status: int, *, withdrawn: UUID | None = None
) -> Response:
    """Show the page of the own data, or the one before taking back the request `withdrawn`."""

    async def look(session: AsyncSession) -> Any:
        case_id = await case_behind(session, request.cookies.get(COOKIE))
        case = await queries.my_case(session, engine_of(request), case_id)
        return case, await requests.requests_of_case(session, case_id), await database_now(session)

    try:
        case, rows, now = await state_of(request.app).db.read(look)
    except NotFoundError:
        if form.values.get("text"):
            raise
        return RedirectResponse("/lacak", SEE_OTHER)
    asked = [due_of(row) | {"left": words.left(row, now), "zone": words.zone_of(row)} for row in rows]
    taken_back = next((row for row in asked if row["id"] == withdrawn and row["state"] == "DIMINTA"), None)
    if withdrawn is not None and taken_back is None:
        return RedirectResponse(MY_DATA, SEE_OTHER)
    return PAGES.page(
        request,
        "my_data.html" if taken_back is None else "my_data_withdraw.html",
        status=status,
        form=form,
        key=form.values.get("key") or secrets.token_urlsafe(24),
        case=case,
        requests=asked,
        taken_back=taken_back,
        grounds=grounds(),
        place=MY_DATA,
        words=words,
    )
