"""Tokens of PortalRB: made and shown once, listed, revoked after a page that says what that does."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.fields import Line
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.proposal import AgencyPath, DoneQuery
from services.planning.pages.nomination.reading import refusal_of
from services.planning.pages.portal.proposal import PATH
from services.planning.pages.portal.words import DONE, token_mark
from services.planning.parameters import YearPath
from services.planning.portal.domain.tokens import MOST_VALID, Token, portal_day
from services.planning.portal.pull_api import BASE
from services.planning.portal.schemas import CLIENT, IssuedOut
from services.planning.portal.usecases import tokens
from services.planning.portal.usecases.tokens import Issued
from shared.db.clock import database_now
from shared.http.addresses import api_of, proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day, Digits
from shared.http.once import OnceBody, told_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import ForbiddenError, Principal

TOKENS = f"{PATH}/token"
ONE = f"{TOKENS}/{{token_id}}/cabut"
router = APIRouter()


class TokenForm(OnceBody):
    """Who gets a token, and until when."""

    client: Line
    expires_on: Day


class RevokeForm(OnceBody):
    """That a token is to open nothing any more."""

    version: Digits


@router.get(TOKENS, operation_id="page_portal_tokens")
async def show_tokens(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show an agency's tokens, and the form of one more."""
    form: Form[Any] = Form({"client": CLIENT})
    return await _page(request, caller, agency_id, year, form, done=DONE.get(selesai, ""))


@router.post(TOKENS, operation_id="page_create_portal_token")
async def create_token(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath
) -> HTMLResponse:
    """Make a token and show it; the page is not kept, and the very form sent again shows the same."""
    form = await read_form(request, TokenForm)
    if form.data is None:
        return await _page(request, caller, agency_id, year, form, UNPROCESSABLE)
    sent = form.data

    async def work(session: AsyncSession) -> Issued:
        return await tokens.create_token(
            session, caller, agency_id, client=sent.client, expires_on=sent.expires_on
        )

    try:
        issued = await told_once(request, caller, form, work, IssuedOut.of_issued)
    except (NotFoundError, ForbiddenError):
        raise
    except DomainError as refused:
        form.refuse(refused)
        return await _page(request, caller, agency_id, year, form, status_of(request, refused.code))
    return await _page(request, caller, agency_id, year, Form({"client": CLIENT}), shown=issued["token"])


@router.get(ONE, operation_id="page_ask_revoke_portal_token")
async def ask_revoke(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, token_id: UUID
) -> HTMLResponse:
    """Say what revoking a token does."""
    return await _revoke_page(request, caller, agency_id, year, token_id, Form())


@router.post(ONE, operation_id="page_revoke_portal_token")
async def revoke(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, token_id: UUID
) -> Response:
    """Revoke a token."""
    form = await read_form(request, RevokeForm)
    if form.data is None:
        return await _revoke_page(request, caller, agency_id, year, token_id, form, UNPROCESSABLE)
    sent = form.data

    async def work(session: AsyncSession) -> object:
        await _token_of(session, caller, agency_id, token_id)
        return await tokens.revoke_token(session, caller, token_id, sent.version)

    status = await refusal_of(request, caller, form, work)
    if status is not None:
        return await _revoke_page(request, caller, agency_id, year, token_id, form, status)
    return RedirectResponse(f"{proposal_page(agency_id, year, 'portalrb', 'token')}?selesai=cabut", SEE_OTHER)


async def _token_of(session: AsyncSession, caller: Principal, agency_id: str, token_id: UUID) -> Token:
    """Return a token of this agency; raises `NotFoundError`."""
    found = await tokens.get_token(session, caller, token_id)
    if found.agency_id != agency_id:
        raise NotFoundError("Token tidak ditemukan.")
    return found


async def _page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    form: Form[Any],
    status: int = 200,
    *,
    done: str = "",
    shown: str = "",
) -> HTMLResponse:
    async def look(session: AsyncSession) -> tuple[list[Token], date]:
        found = await tokens.list_tokens(session, caller, agency_id)
        return found, portal_day(await database_now(session))

    found, today = await state_of(request.app).db.read(look)
    here = proposal_page(agency_id, year)
    valid = sum(one.is_valid(today) for one in found)
    return PAGES.page(
        request,
        "portal_tokens.html",
        status=status,
        agency_id=agency_id,
        year=year,
        here=here,
        done=done,
        shown=shown,
        verdict=f"{valid} token PortalRB berlaku" if valid else "Belum ada token PortalRB yang berlaku",
        most=MOST_VALID,
        base=f"{state_of(request.app).settings.base_url}{api_of('planning')}{BASE}",
        rows=[(one, token_mark(one, today), f"{here}/portalrb/token/{one.token_id}/cabut") for one in found],
        form=form,
        labels=LABELS,
    )


async def _revoke_page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    token_id: UUID,
    form: Form[Any],
    status: int = 200,
) -> HTMLResponse:
    async def look(session: AsyncSession) -> tuple[Token, date]:
        found = await _token_of(session, caller, agency_id, token_id)
        return found, portal_day(await database_now(session))

    found, today = await state_of(request.app).db.read(look)
    here = proposal_page(agency_id, year)
    return PAGES.page(
        request,
        "portal_token_revoke.html",
        status=status,
        agency_id=agency_id,
        year=year,
        here=here,
        token=found,
        is_valid=found.is_valid(today),
        action=f"{here}/portalrb/token/{token_id}/cabut",
        form=form,
        labels=LABELS,
    )
