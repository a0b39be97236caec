"""Where proposals begin: an agency's present year, or all proposals that somebody may read."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import NominationState
from services.planning.nomination.store import listed
from services.planning.nomination.usecases.documents import check_known_agency
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.reading import may
from services.planning.pages.nomination.words import STATE_NAMES, state_mark
from shared.http.addresses import PROPOSALS, proposal_page
from shared.http.api.paging import PageById, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import YearText
from shared.http.pages.forms import Form
from shared.http.pages.lists import address
from shared.http.state import state_of
from shared.kernel import NotFoundError, Zone, is_unit_id
from shared.security import ForbiddenError, Principal

router = APIRouter()


def _given(sent: Any) -> Any:
    """Return None for a field of the form that was left empty."""
    return sent or None


@router.get(PROPOSALS, operation_id="page_proposals")
async def list_proposals(
    request: Request,
    caller: PageCaller,
    page: PageById,
    instansi: Annotated[str, Query(max_length=64)] = "",
    tahun: Annotated[YearText | None, BeforeValidator(_given), Query()] = None,
    keadaan: Annotated[NominationState | None, BeforeValidator(_given), Query()] = None,
) -> Response:
    """Lead whoever has one agency to its year; show the proposals in scope, the newest first, to others."""
    year, typed = tahun or datetime.now(UTC).astimezone(Zone.WIB.tz).year, instansi.strip()
    agencies = sorted(caller.scope.agencies) if caller.scope.level == "agency" else []
    meant = typed or (agencies[0] if len(agencies) == 1 else "")
    form: Form[Any] = Form({"instansi": typed, "tahun": tahun or ""})
    async with state_of(request.app).db.reading() as session:
        if typed and not await _is_known(session, caller, typed):
            form.errors["instansi"] = "Instansi ini tidak dikenal, atau bukan wewenang Anda."
        elif is_unit_id(meant) and page.after is None:
            return RedirectResponse(proposal_page(meant, year), SEE_OTHER)
        rows = await listed.newest(
            session,
            caller.scope,
            year=tahun,
            state=keadaan,
            before=page.after[0] if page.after else None,
            limit=page.limit + 1,
        )
    shown = rows[: page.limit]
    narrowed = {"tahun": str(tahun or ""), "keadaan": "" if keadaan is None else keadaan.value}
    here = address(PROPOSALS, narrowed)
    return PAGES.page(
        request,
        "proposals.html",
        status=UNPROCESSABLE if form.errors else 200,
        form=form,
        labels=LABELS,
        year=year,
        agencies=[(agency, proposal_page(agency, year)) for agency in agencies],
        rows=[
            (one, proposal_page(one.agency_id, one.year), len(one.units), state_mark(one)) for one in shown
        ],
        is_first=page.after is None,
        is_narrowed=any(narrowed.values()),
        level=caller.scope.level,
        may_open=may(request, caller, "page_papers"),
        states=[(state.value, words) for state, words in STATE_NAMES.items()],
        state=narrowed["keadaan"],
        following=f"{here}{'&' if '?' in here else '?'}",
        next=encode_cursor((str(shown[-1].nomination_id),)) if len(rows) > page.limit else None,
    )


async def _is_known(session: AsyncSession, caller: Principal, agency_id: str) -> bool:
    """Tell whether an agency that was typed has units and is this person's to read.

    Who sees single units is told so by the proposal itself.
    """
    if caller.scope.level == "unit":
        return True
    if not is_unit_id(agency_id):
        return False
    try:
        await check_known_agency(session, caller, agency_id)
    except (NotFoundError, ForbiddenError):
        return False
    return True
