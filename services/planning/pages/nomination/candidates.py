"""Who could be proposed, why not, by what proofs; and the form that proposes those that are chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.changing import joined
from services.planning.nomination.domain.eligibility import Standing
from services.planning.nomination.domain.nominations import Document
from services.planning.nomination.domain.rules import Category, State
from services.planning.nomination.schemas import MOST_UNITS
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import documents
from services.planning.nomination.usecases import proposals
from services.planning.nomination.usecases.candidates import Candidate, page_candidates
from services.planning.nomination.usecases.examining import Finding
from services.planning.nomination.usecases.proposals import refuse
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.fields import told_words
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, head_of
from services.planning.pages.nomination.reading import (
    Proposal,
    may,
    open_nomination,
    read_proposal,
    refusal_of,
)
from services.planning.pages.nomination.standing import days_words
from services.planning.pages.nomination.words import CATEGORIES, OUTCOMES, STATES, paper_words, unnamed
from services.planning.parameters import YearPath
from services.planning.units.usecases import check_agency
from shared.http.addresses import predicates_page, proposal_page
from shared.http.api.paging import (
    MAX_CURSOR,
    CursorInvalidError,
    PageParameters,
    encode_cursor,
    paged,
    read_key,
    unit,
)
from shared.http.authorization import PageCaller
from shared.http.fields import Digits, UnitId
from shared.http.once import OnceBody
from shared.http.pages.forms import Form, read_form
from shared.http.state import state_of
from shared.kernel import StaleVersionError
from shared.security import Principal

UNITS_A_PAGE = 20
PATH = f"{PLACE}/calon"


class ProposeForm(OnceBody):
    """The units that are put forward for a category; `version` 0 makes the proposal.

    `cursor` says which page of the list they were chosen on.
    """

    version: Digits
    category: Category
    chosen: list[UnitId] = Field(min_length=1, max_length=UNITS_A_PAGE)
    cursor: str = Field(default="", max_length=MAX_CURSOR)


@dataclass(frozen=True, slots=True)
class At:
    """Which candidates: of an agency's year, for a category, after which unit of the list."""

    agency_id: str
    year: int
    category: Category
    after: str = ""
    limit: int = UNITS_A_PAGE

    @property
    def cursor(self) -> str:
        return encode_cursor((self.after,)) if self.after else ""


def _sent_at(agency_id: str, year: int, values: Mapping[str, Any]) -> At:
    """Return which page of the list a form was sent from, as far as it tells."""
    known = [one for one in Category if one.value == values.get("category")]
    try:
        (after,) = read_key(values["cursor"], (unit,)) if values.get("cursor") else ("",)
    except CursorInvalidError:
        after = ""
    return At(agency_id, year, known[0] if known else Category.WBK, after)


@dataclass(frozen=True, slots=True)
class Line:
    """A candidate as its page shows it; `proposed` is what it is proposed for already."""

    unit_id: str
    name: str
    mark: tuple[str, str]
    reasons: Sequence[str]
    rows: Sequence["Asked"]
    proposed: str
    may_choose: bool
    preconditions: str
    predicates: str

    @property
    def met(self) -> str:
        return f"{sum(row.is_met for row in self.rows)} dari {len(self.rows)} terpenuhi"


@dataclass(frozen=True, slots=True)
class Asked:
    """A precondition as it stands for a candidate, with the links of its proofs."""

    title: str
    required: str
    told: str
    mark: tuple[str, str]
    is_met: bool
    proofs: Sequence[tuple[str, str]]


def router(stages: Stages) -> APIRouter:
    """Return the pages; `stages` is asked what changing a frozen proposal needs."""
    routes = APIRouter()

    @routes.get(PATH, operation_id="page_candidates")
    async def show_candidates(
        request: Request,
        caller: PageCaller,
        agency_id: AgencyPath,
        year: YearPath,
        page: Annotated[PageParameters, paged(unit)],
        kategori: Annotated[Category, Query()] = Category.WBK,
    ) -> HTMLResponse:
        """Show who could be proposed."""
        after = page.after[0] if page.after else ""
        at = At(agency_id, year, kategori, after, min(page.limit, UNITS_A_PAGE))
        return await _page(request, caller, at, Form())

    @routes.post(PATH, operation_id="page_propose")
    async def propose(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath
    ) -> Response:
        """Put the chosen units forward, in a new proposal or in the one there is."""
        form = await read_form(request, ProposeForm)
        at = _sent_at(agency_id, year, form.values)
        if form.data is None:
            if "chosen" in form.errors and not form.values.get("chosen"):
                form.errors["chosen"] = "Pilih paling sedikit satu unit."
            return await _page(request, caller, at, form, UNPROCESSABLE)
        sent = form.data

        async def work(session: AsyncSession) -> object:
            found = await open_nomination(session, caller, at.agency_id, at.year)
            contents = joined(found, sent.chosen, sent.category)
            if (count := len(contents.units)) > MOST_UNITS:
                said = f"Satu usulan memuat paling banyak {MOST_UNITS} unit; dengan pilihan ini {count}."
                refuse([Finding("units", "too_many_units", said)])
            if found is None and sent.version:
                raise StaleVersionError
            if found is None or not sent.version:
                return await proposals.propose(session, caller, at.agency_id, at.year, contents)
            return await proposals.change(
                session, caller, found.nomination_id, sent.version, contents, reason=None, stages=stages
            )

        status = await refusal_of(request, caller, form, work, at={"units.*": "chosen"})
        if status is not None:
            return await _page(request, caller, at, form, status)
        here = proposal_page(at.agency_id, at.year)
        return RedirectResponse(f"{here}?selesai=usul", SEE_OTHER)

    return routes


async def _page(
    request: Request, caller: Principal, at: At, form: Form[Any], status: int = 200
) -> HTMLResponse:
    opens = may(request, caller, "page_open_paper")
    may_tell = may(request, caller, "page_unit_preconditions")
    sees_agency = may(request, caller, "page_agency_preconditions")

    async def look(session: AsyncSession) -> tuple[Proposal | None, list[Candidate], Mapping[UUID, Document]]:
        check_agency(caller, at.agency_id)
        found = None
        if caller.scope.level != "unit":
            found = await read_proposal(session, caller, at.agency_id, at.year)
        rows = await page_candidates(
            session,
            caller,
            agency_id=at.agency_id,
            year=at.year,
            category=at.category,
            after=at.after,
            limit=at.limit + 1,
        )
        wanted = {id_ for row in rows for one in row.found.standings for id_ in one.told.document_ids}
        if not wanted or not opens:
            return found, rows, {}
        return found, rows, await documents.of_agency(session, at.agency_id, wanted)

    found, rows, papers = await state_of(request.app).db.read(look)
    shown = [row for row in rows[: at.limit] if row.unit.agency_id == at.agency_id]
    proposed = {} if found is None or found.open is None else {
        one.unit_id: one.category for one in found.open.units
    }  # fmt: skip
    here = proposal_page(at.agency_id, at.year)
    is_late = found is not None and found.is_late

    def asked(one: Standing) -> Asked:
        kind = ("plain", "ditunda (afirmasi)") if one.is_deferred else STATES[one.state]
        is_shown = sees_agency or one.precondition.subject == "unit"
        proofs = [papers[id_] for id_ in one.told.document_ids if id_ in papers]
        return Asked(
            one.precondition.title,
            one.words,
            (told_words(one.precondition, one.told.value) or "–") if is_shown else "tidak ditampilkan",
            kind,
            one.state is State.YES,
            [(paper_words(paper), f"{here}/dokumen/{paper.document_id}") for paper in proofs]
            if opens
            else unnamed(one.told.document_ids if is_shown else ()),
        )

    lines = [
        Line(
            unit_id=row.unit.unit_id,
            name=row.unit.name,
            mark=OUTCOMES[row.found.outcome],
            reasons=[reason.said for reason in row.found.reasons],
            rows=[asked(one) for one in row.found.standings],
            proposed=CATEGORIES[proposed[row.unit.unit_id]] if row.unit.unit_id in proposed else "",
            may_choose=row.found.outcome == "eligible" and row.unit.unit_id not in proposed,
            preconditions=f"{here}/prasyarat/{row.unit.unit_id}" if may_tell else "",
            predicates=predicates_page(row.unit.unit_id),
        )
        for row in shown
    ]
    return PAGES.page(
        request,
        "candidates.html",
        status=status,
        **(head_of(found) if found else {"agency_id": at.agency_id, "year": at.year, "here": here}),
        category=at.category,
        name=CATEGORIES[at.category],
        chips=[(words, f"{here}/calon?kategori={one.value}", None, one is at.category)
               for one, words in CATEGORIES.items()],
        lines=lines,
        eligible=sum(row.found.outcome == "eligible" for row in shown),
        is_whole=not at.after and len(rows) <= at.limit,
        action=f"{here}/calon",
        cursor=at.cursor,
        version=0 if found is None else found.version,
        may_propose=may(request, caller, "page_propose")
        and any(line.may_choose for line in lines)
        and not is_late,
        late=days_words(found.days, found.today) if found is not None and is_late else "",
        next=encode_cursor((rows[at.limit - 1].unit.unit_id,)) if len(rows) > at.limit else None,
        form=form,
        labels=LABELS,
    )  # fmt: skip
