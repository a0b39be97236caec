"""Where proposals begin: an agency's present year, or all proposals that somebody may read."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.planning.nomination.store import proposals
from services.planning.pages.frame import PAGES, SEE_OTHER
from services.planning.pages.nomination.reading import may
from services.planning.pages.nomination.words import state_mark
from services.planning.parameters import after_id
from shared.http.addresses import PROPOSALS, proposal_page
from shared.http.api.paging import PageById, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import YearText
from shared.http.state import state_of
from shared.kernel import Zone, is_unit_id

router = APIRouter()


@router.get(PROPOSALS, operation_id="page_proposals")
async def list_proposals(
    request: Request,
    caller: PageCaller,
    page: PageById,
    instansi: Annotated[str, Query(max_length=64)] = "",
    tahun: Annotated[YearText | None, Query()] = None,
) -> Response:
    """Lead whoever has one agency to its year; show the proposals in scope to everybody else."""
    year = tahun or datetime.now(UTC).astimezone(Zone.WIB.tz).year
    agencies = sorted(caller.scope.agencies) if caller.scope.level == "agency" else []
    meant = instansi.strip() or (agencies[0] if len(agencies) == 1 else "")
    if is_unit_id(meant) and page.after is None:
        return RedirectResponse(proposal_page(meant, year), SEE_OTHER)
    async with state_of(request.app).db.reading() as session:
        rows = await proposals.page(
            session, caller.scope, agency_id=None, year=tahun, after=after_id(page), limit=page.limit + 1
        )
    shown = rows[: page.limit]
    return PAGES.page(
        request,
        "proposals.html",
        year=year,
        agencies=[(agency, proposal_page(agency, year)) for agency in agencies],
        rows=[
            (one, proposal_page(one.agency_id, one.year), len(one.units), state_mark(one)) for one in shown
        ],
        is_first=page.after is None,
        may_open=may(request, caller, "page_papers"),
        next=encode_cursor((str(shown[-1].nomination_id),)) if len(rows) > page.limit else None,
    )
