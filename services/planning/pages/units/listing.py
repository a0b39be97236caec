"""All units of an agency: searched, page by page."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.planning.pages.frame import PAGES
from services.planning.pages.units.words import address, count_of, state_of_unit
from services.planning.units import register as facts
from services.planning.units import store
from shared.http.addresses import UNITS
from shared.http.api.paging import PageParameters, encode_cursor, paged, unit
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter()


@router.get(UNITS, operation_id="page_units")
async def list_units(
    request: Request,
    caller: PageCaller,
    page: Annotated[PageParameters, paged(unit)],
    cari: Annotated[str, Query(max_length=100)] = "",
    tanpa_program: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """Show the units in scope by their ids, narrowed to what a word occurs in."""
    year = datetime.now(UTC).astimezone(Zone.WIB.tz).year
    async with state_of(request.app).db.reading() as session:
        found = await facts.summary(session, caller.scope, year)
        rows = await store.page(
            session,
            caller.scope,
            after=page.after[0] if page.after else "",
            limit=page.limit + 1,
            search=cari.strip(),
            without_programme=year if tanpa_program else None,
        )
        names = await store.names(session, [row.parent_id for row in rows if row.parent_id])
    shown = rows[: page.limit]
    return PAGES.page(
        request,
        "units.html",
        rows=[(row, address(row.unit_id), state_of_unit(row)) for row in shown],
        names=names,
        found=found,
        sentence=_sentence(found),
        search=cari.strip(),
        without_programme=tanpa_program,
        year=year,
        next=encode_cursor((shown[-1].unit_id,)) if len(rows) > page.limit else None,
    )


def _sentence(found: facts.Summary) -> str:
    if not found.units:
        return "Belum ada unit yang terdaftar"
    told = f"{count_of(found.units)} unit terdaftar, {count_of(found.active)} aktif"
    return f"{told}, {count_of(found.merged)} digabung" if found.merged else told
