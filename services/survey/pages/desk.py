"""Campaigns of operators and readers: has each answers enough; filtered in the address, and as a file."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import consent_versions
from services.survey.domain.campaign import State
from services.survey.pages import words
from services.survey.pages.frame import PAGES
from services.survey.store import units
from services.survey.usecases import campaigns
from services.survey.usecases.campaigns import Status
from shared.http.addresses import CAMPAIGNS
from shared.http.api.paging import PageById, PageParameters, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.pages import lists
from shared.http.state import state_of
from shared.security import Principal

router = APIRouter()
OPERATOR = "survey_operator"
HEADINGS = (
    "Unit", "Jenis", "Periode", "Keadaan", "Diundang", "Bersedia", "Responden", "Minimum", "Indeks",
    "Peluang", "Ditutup",
)  # fmt: skip


class Filters:
    """What the list is narrowed to, as the form sends it: an empty field narrows nothing."""

    def __init__(
        self,
        state: Annotated[Literal["draft", "open", "closed", ""], Query()] = "",
        unit: Annotated[UnitId | Literal[""], Query()] = "",
    ) -> None:
        self.values = {name: value for name, value in {"state": state, "unit": unit}.items() if value}
        self.state = State(state) if state else None
        self.unit_id = unit or None

    def address(self, path: str = CAMPAIGNS, **changed: str) -> str:
        """Return the address of a list with these filters, and with those that are `changed`."""
        return lists.address(path, self.values | changed)


@router.get("/survei", operation_id="page_campaigns")
async def desk(
    request: Request, actor: PageCaller, page: PageById, filters: Annotated[Filters, Depends()]
) -> HTMLResponse:
    """Show the campaigns in scope, the newest first."""
    async with state_of(request.app).db.reading() as session:
        found, following = await _statuses(session, actor, page, filters)
        standing = await campaigns.desk_summary(session, actor)
        known = await units.surveyed(session, actor.scope, filters.unit_id)
    return PAGES.page(
        request,
        "desk.html",
        lines=[words.line(one, may_act=actor.has(OPERATOR)) for one in found],
        standing=standing,
        verdict=words.verdict(standing),
        filters=filters,
        chips=_chips(filters),
        units=known,
        file=filters.address(f"{CAMPAIGNS}/daftar.csv", **lists.place(request)),
        next=following,
        more=filters.address(),
        text_version=consent_versions()[-1],
    )


@router.get("/survei/daftar.csv", operation_id="page_campaigns_file")
async def desk_file(
    request: Request, actor: PageCaller, page: PageById, filters: Annotated[Filters, Depends()]
) -> Response:
    """Return what the desk shows under the same address, as a file."""
    async with state_of(request.app).db.reading() as session:
        found, _ = await _statuses(session, actor, page, filters)
    return await lists.csv_answer("survei", HEADINGS, [_cells(words.line(one)) for one in found])


async def _statuses(
    session: AsyncSession, actor: Principal, page: PageParameters, filters: Filters
) -> tuple[list[Status], str | None]:
    """Return the campaigns of a page, and the cursor of the next page."""
    after: UUID | None = page.after[0] if page.after else None
    found = await campaigns.desk(
        session, actor, unit_id=filters.unit_id, state=filters.state, after=after, limit=page.limit + 1
    )
    shown = found[: page.limit]
    is_more = len(found) > page.limit
    return shown, encode_cursor((str(shown[-1].campaign.campaign_id),)) if is_more else None


def _cells(line: words.Line) -> list[str]:
    return [
        line.unit,
        line.title,
        line.period,
        line.state,
        str(line.invited),
        str(line.willing),
        str(line.finished),
        line.minimum,
        line.indices,
        "; ".join(f"{predicates} {told}" for predicates, _, told in line.outlooks),
        line.closes,
    ]


def _chips(filters: Filters) -> list[tuple[str, str, Any, bool]]:
    """Return the lists by state as links; the other filter stays as it is."""
    states = [("Semua", ""), ("Terbuka", "open"), ("Rancangan", "draft"), ("Ditutup", "closed")]
    return [
        (text, filters.address(state=state), None, (filters.state or "") == state) for text, state in states
    ]
