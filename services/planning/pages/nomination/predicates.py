"""The predicates of a unit: awarded by which decree, revoked by which, also from before this system."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.fields import Line
from services.planning.nomination.domain.nominations import Document, DocumentKind
from services.planning.nomination.domain.predicates import Award, Giver, waits_until
from services.planning.nomination.domain.rules import rules_for
from services.planning.nomination.schemas import ReasonText
from services.planning.nomination.usecases import documents, predicates
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.papers import MOST_CHOICES
from services.planning.pages.nomination.proposal import DoneQuery
from services.planning.pages.nomination.reading import may, refusal_of
from services.planning.pages.nomination.words import DONE, GIVERS, paper_words
from services.planning.parameters import UnitPath
from services.planning.stages.domain.decrees import Decree
from services.planning.units.domain import Unit
from services.planning.units.usecases import get_unit
from shared.db.clock import database_now
from shared.http.addresses import PREDICATES, predicates_page, proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day, Digits
from shared.http.once import OnceBody
from shared.http.pages.forms import Form, read_form
from shared.http.state import state_of
from shared.indonesian import day
from shared.kernel import NotFoundError, Predicate
from shared.security import Principal

PATH = f"{PREDICATES}/{{unit_id}}"
AT = {"decree.number": "number", "decree.dated_on": "dated_on", "decree.document_id": "document"}
router = APIRouter()


class DecreeForm(OnceBody):
    """A decree with its file, where there is one."""

    number: Line
    dated_on: Day
    signatory: Line
    document: UUID | None = None

    def decree(self) -> Decree:
        return Decree(self.number, self.dated_on, self.signatory, self.document)


class AwardForm(DecreeForm):
    """A predicate that a decree awarded."""

    predicate: Predicate
    giver: Giver


class RevokeForm(DecreeForm):
    """Why a predicate was taken back."""

    version: Digits
    reason: ReasonText


@router.get(PATH, operation_id="page_predicates")
async def show_predicates(
    request: Request, caller: PageCaller, unit_id: UnitPath, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show a unit's predicates, and the form of one more."""
    return await _page(request, caller, unit_id, Form({"giver": Giver.TPN.value}), done=DONE.get(selesai, ""))


@router.post(PATH, operation_id="page_add_predicate")
async def add_predicate(request: Request, caller: PageCaller, unit_id: UnitPath) -> Response:
    """Enter a predicate."""
    form = await read_form(request, AwardForm)
    if form.data is None:
        return await _page(request, caller, unit_id, form, UNPROCESSABLE)
    sent = form.data

    async def work(session: AsyncSession) -> object:
        return await predicates.add_predicate(
            session, caller, unit_id, sent.predicate, sent.giver, sent.decree()
        )

    status = await refusal_of(request, caller, form, work, at=AT)
    if status is not None:
        return await _page(request, caller, unit_id, form, status)
    return RedirectResponse(f"{predicates_page(unit_id)}?selesai=predikat", SEE_OTHER)


@router.get(f"{PATH}/{{predicate_id}}/cabut", operation_id="page_ask_revoke")
async def ask_revoke(
    request: Request, caller: PageCaller, unit_id: UnitPath, predicate_id: UUID
) -> HTMLResponse:
    """Say what revoking does, and ask by which decree."""
    return await _revoke_page(request, caller, unit_id, predicate_id, Form())


@router.post(f"{PATH}/{{predicate_id}}/cabut", operation_id="page_revoke_predicate")
async def revoke(request: Request, caller: PageCaller, unit_id: UnitPath, predicate_id: UUID) -> Response:
    """Enter that a predicate was revoked."""
    form = await read_form(request, RevokeForm)
    if form.data is None:
        return await _revoke_page(request, caller, unit_id, predicate_id, form, UNPROCESSABLE)
    sent = form.data

    async def work(session: AsyncSession) -> object:
        await _award(session, caller, unit_id, predicate_id)
        return await predicates.revoke_predicate(
            session, caller, predicate_id, sent.version, sent.decree(), sent.reason
        )

    status = await refusal_of(request, caller, form, work, at=AT)
    if status is not None:
        return await _revoke_page(request, caller, unit_id, predicate_id, form, status)
    return RedirectResponse(f"{predicates_page(unit_id)}?selesai=cabut", SEE_OTHER)


async def _award(session: AsyncSession, caller: Principal, unit_id: str, predicate_id: UUID) -> Award:
    """Return one of a unit's predicates; raises `NotFoundError`."""
    for award in await predicates.list_predicates(session, caller, unit_id):
        if award.predicate_id == predicate_id:
            return award
    raise NotFoundError("Predikat tidak ditemukan.")


async def _files(
    session: AsyncSession, caller: Principal, unit: Unit, *, may_choose: bool, linked: set[UUID]
) -> tuple[Mapping[UUID, Document], list[tuple[UUID, str]]]:
    """Return the papers that are linked, and those that a form lets choose."""
    found = await documents.known_documents(session, unit.agency_id, linked)
    if not may_choose:
        return found, []
    newest = await documents.newest_documents(
        session, caller, unit.agency_id, limit=MOST_CHOICES, kinds=(DocumentKind.DECREE,)
    )
    return found, [(one.document_id, paper_words(one)) for one in newest]


async def _page(
    request: Request, caller: Principal, unit_id: str, form: Form[Any], status: int = 200, *, done: str = ""
) -> HTMLResponse:
    may_add, opens = may(request, caller, "page_add_predicate"), may(request, caller, "page_open_paper")

    async def look(session: AsyncSession) -> tuple[Any, ...]:
        unit = await get_unit(session, caller, unit_id)
        awards = await predicates.list_predicates(session, caller, unit_id)
        today = (await database_now(session)).astimezone(unit.zone.tz).date()
        linked = {
            decree.document_id
            for award in awards
            for decree in (award.decree, award.revoked)
            if decree is not None and decree.document_id is not None
        }
        papers, choices = await _files(session, caller, unit, may_choose=may_add, linked=linked)
        return unit, awards, today, papers, choices

    unit, awards, today, papers, choices = await state_of(request.app).db.read(look)
    here, year = proposal_page(unit.agency_id, today.year), today.year
    waits = waits_until(awards, rules_for(year).revoked_wait_years)
    standing = [award for award in awards if award.revoked is None]

    def link(decree: Decree) -> tuple[str, str] | None:
        paper = papers.get(decree.document_id) if decree.document_id else None
        if paper is None:
            return None
        return (paper.file_name, f"{here}/dokumen/{paper.document_id}") if opens else ("berkasnya ada", "")

    return PAGES.page(
        request,
        "predicates.html",
        status=status,
        done=done,
        unit=unit,
        year=year,
        here=here,
        action=predicates_page(unit_id),
        verdict=_verdict(unit, awards, standing),
        waits=f"Unit ini baru dapat diusulkan lagi mulai {day(waits)}." if waits and today < waits else "",
        rows=[(award, GIVERS[award.giver], link(award.decree), link(award.revoked) if award.revoked else None,
               f"{predicates_page(unit_id, str(award.predicate_id))}/cabut") for award in awards],
        may_add=may_add,
        may_revoke=may(request, caller, "page_revoke_predicate"),
        choices=choices,
        givers=[(giver.value, words) for giver, words in GIVERS.items()],
        form=form,
        labels=LABELS,
    )  # fmt: skip


def _verdict(unit: Unit, awards: Any, standing: list[Award]) -> str:
    if standing:
        told = ", ".join(f"{one.predicate} sejak {day(one.decree.dated_on)}" for one in standing)
        return f"{unit.name}: {told}"
    return f"{unit.name}: predikatnya sudah dicabut" if awards else f"{unit.name} belum berpredikat"


async def _revoke_page(
    request: Request,
    caller: Principal,
    unit_id: str,
    predicate_id: UUID,
    form: Form[Any],
    status: int = 200,
) -> HTMLResponse:

    async def look(session: AsyncSession) -> tuple[Unit, Award, list[tuple[UUID, str]]]:
        unit = await get_unit(session, caller, unit_id)
        award = await _award(session, caller, unit_id, predicate_id)
        _, choices = await _files(session, caller, unit, may_choose=True, linked=set())
        return unit, award, choices

    unit, award, choices = await state_of(request.app).db.read(look)
    return PAGES.page(
        request,
        "predicate_revoke.html",
        status=status,
        unit=unit,
        award=award,
        back=predicates_page(unit_id),
        action=f"{predicates_page(unit_id, str(predicate_id))}/cabut",
        years=rules_for(award.year).revoked_wait_years,
        choices=choices,
        version=award.version,
        form=form,
        labels=LABELS,
    )
