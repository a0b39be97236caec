"""What is asked beside the score: told by the agency's administrator, row by row, with proofs."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import Document, DocumentKind
from services.planning.nomination.domain.rules import State, Subject
from services.planning.nomination.usecases import documents, preconditions
from services.planning.nomination.usecases.preconditions import Preconditions, PreconditionsRefusedError
from services.planning.pages.frame import PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.fields import TellForm, read_tell_form, views_of
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, DoneQuery
from services.planning.pages.nomination.reading import may
from services.planning.pages.nomination.words import DONE, paper_words
from services.planning.parameters import YearPath
from services.planning.units.domain import Unit
from services.planning.units.usecases import get_unit
from shared.http.addresses import proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.once import do_once
from shared.http.pages.forms import Form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError, Zone
from shared.security import ForbiddenError, Principal

PATH = f"{PLACE}/prasyarat"
UnitPath = Annotated[UnitId, Path()]
MOST_PROOFS = 20
"""Proofs of which each row lets choose, the newest ones, beside those that are linked."""
router = APIRouter()


@router.get(PATH, operation_id="page_agency_preconditions")
async def show_agency(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show what is known of the agency, to be told."""
    return await _page(request, caller, agency_id, year, None, done=DONE.get(selesai, ""))


@router.post(PATH, operation_id="page_tell_agency_preconditions")
async def tell_agency(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath
) -> Response:
    """Keep what is told of the agency."""
    return await _tell(request, caller, agency_id, year, None)


@router.get(f"{PATH}/{{unit_id}}", operation_id="page_unit_preconditions")
async def show_unit(
    request: Request,
    caller: PageCaller,
    agency_id: AgencyPath,
    year: YearPath,
    unit_id: UnitPath,
    selesai: DoneQuery = "",
) -> HTMLResponse:
    """Show what is known of a unit, to be told."""
    return await _page(request, caller, agency_id, year, unit_id, done=DONE.get(selesai, ""))


@router.post(f"{PATH}/{{unit_id}}", operation_id="page_tell_unit_preconditions")
async def tell_unit(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, unit_id: UnitPath
) -> Response:
    """Keep what is told of a unit."""
    return await _tell(request, caller, agency_id, year, unit_id)


def _subject(agency_id: str, unit_id: str | None) -> tuple[Subject, str]:
    found: Literal["agency", "unit"] = "agency" if unit_id is None else "unit"
    return found, agency_id if unit_id is None else unit_id


async def _unit(session: AsyncSession, caller: Principal, agency_id: str, unit_id: str | None) -> Unit | None:
    """Return the unit that an address names; raises `NotFoundError` for one of another agency."""
    if unit_id is None:
        return None
    found = await get_unit(session, caller, unit_id)
    if found.agency_id != agency_id:
        raise NotFoundError("Unit tidak ditemukan.")
    return found


async def _tell(
    request: Request, caller: Principal, agency_id: str, year: int, unit_id: str | None
) -> Response:
    subject, subject_id = _subject(agency_id, unit_id)
    form = await read_tell_form(request, subject, year)
    if not form.errors and not form.words:
        form.message = "Belum ada yang diubah."
    if form.errors or form.message:
        return await _page(request, caller, agency_id, year, unit_id, form, UNPROCESSABLE)

    async def work(session: AsyncSession) -> Preconditions:
        await _unit(session, caller, agency_id, unit_id)
        return await preconditions.tell(
            session, caller, subject, subject_id, year, form.words, expected=form.version
        )

    sent: Form[Any] = Form(form.values)
    try:
        await do_once(request, caller, sent, work, fingerprint=form.fingerprint())
    except (NotFoundError, ForbiddenError):
        raise
    except PreconditionsRefusedError as refused:
        form.refuse_rows(refused)
        return await _page(request, caller, agency_id, year, unit_id, form, status_of(request, refused.code))
    except DomainError as refused:
        form.values = dict(sent.values)
        form.message = refused.message
        return await _page(request, caller, agency_id, year, unit_id, form, status_of(request, refused.code))
    more = ("prasyarat",) if unit_id is None else ("prasyarat", unit_id)
    return RedirectResponse(f"{proposal_page(agency_id, year, *more)}?selesai=prasyarat", SEE_OTHER)


def _verdict(found: Preconditions) -> str:
    """Return the first sentence: how much is met for WBK, which comes first, and what nobody told."""
    rows = found.rows
    met = sum(row.states["WBK"] is State.YES for row in rows)
    unknown = sum(row.value is None for row in rows)
    more = f"; {unknown} belum diketahui" if unknown else ""
    return f"{met} dari {len(rows)} prasyarat WBK terpenuhi{more}"


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    unit_id: str | None,
    form: TellForm | None = None,
    status: int = 200,
    *,
    done: str = "",
) -> HTMLResponse:
    form = form or TellForm()
    subject, subject_id = _subject(agency_id, unit_id)
    operation = "page_tell_agency_preconditions" if unit_id is None else "page_tell_unit_preconditions"
    may_tell = may(request, caller, operation)
    opens = may(request, caller, "page_open_paper")

    async def look(
        session: AsyncSession,
    ) -> tuple[Unit | None, preconditions.Preconditions, Mapping[UUID, Document], list[Document]]:
        unit = await _unit(session, caller, agency_id, unit_id)
        found = await preconditions.read(session, caller, subject, subject_id, year)
        linked = {id_ for row in found.rows for id_ in row.document_ids}
        linked |= {id_ for _, picked in form.typed.values() for id_ in map(_id_of, picked) if id_}
        papers = await documents.known_documents(session, agency_id, linked)
        newest: list[Document] = []
        if may_tell:
            newest = await documents.newest_documents(
                session, caller, agency_id, limit=MOST_PROOFS, kinds=(DocumentKind.PROOF,)
            )
        return unit, found, papers, newest

    unit, found, papers, newest = await state_of(request.app).db.read(look)
    here = proposal_page(agency_id, year)
    rows = views_of(found, form, caller.subject, Zone.WIB if unit is None else unit.zone)
    return PAGES.page(
        request,
        "preconditions.html",
        status=status,
        agency_id=agency_id,
        year=year,
        here=here,
        action=f"{here}/prasyarat" if unit_id is None else f"{here}/prasyarat/{unit_id}",
        unit_name=None if unit is None else unit.name,
        verdict=_verdict(found),
        whose=f"instansi {agency_id}" if unit is None else unit.name,
        rows=rows,
        papers={id_: paper_words(paper) for id_, paper in papers.items()},
        proofs=[(one.document_id, paper_words(one)) for one in newest],
        most=MOST_PROOFS,
        opens=opens,
        may_tell=may_tell,
        version=found.version,
        form=form,
        labels={name: row.title for row in rows for name in (f"value-{row.code}", f"proof-{row.code}")},
        done=done,
    )
