"""The desk: cases by the time left, filtered in the address, and the same as a file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Stream
from services.complaints.cases.pages import listing, reasons, words
from services.complaints.cases.pages.beside import beside_of
from services.complaints.cases.pages.bulk import PATH as BULK
from services.complaints.cases.pages.bulk import acts_in_bulk
from services.complaints.cases.pages.case import DeedPath, told_of, view_of
from services.complaints.cases.schemas.deadlines import with_due
from services.complaints.cases.store import desk as store
from services.complaints.cases.store.desk import Wanted
from services.complaints.cases.usecases import queries
from services.complaints.cases.why import why
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.frame import PAGES
from shared.db.clock import database_now
from shared.http.addresses import CASES, case_page
from shared.http.api.paging import PageParameters, encode_cursor, identity, moment, paged
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.pages import lists
from shared.http.state import state_of
from shared.indonesian import moment as written
from shared.kernel import Zone
from shared.security import Principal
from shared.security.roles import CASE_READERS

router = APIRouter()
DeskPage = Annotated[PageParameters, paged(moment, identity)]
MOST_URGENT, FIRST_ONE = PageParameters(10, None), PageParameters(1, None)
HEADINGS = ("Sisa waktu", "Jatuh tempo", "Nomor lacak", "Unit", "Jenis", "Tahap", "Giliran", "Diterima")


class Filters:
    """What a list is narrowed to, as the form sends it: an empty field narrows nothing.

    Without any the desk shows the most urgent, and the case of the reader's next act beside them.
    """

    def __init__(
        self,
        state: Annotated[Literal["open", "closed", ""], Query()] = "",
        unit: Annotated[UnitId | Literal[""], Query()] = "",
        stream: Annotated[Stream | Literal[""], Query()] = "",
        late: Annotated[Literal["1", ""], Query()] = "",
        giliran: Annotated[Literal["saya", "pelapor", ""], Query()] = "",
    ) -> None:
        given = {"state": state, "unit": unit, "stream": stream, "late": late, "giliran": giliran}
        self.values = {name: value for name, value in given.items() if value}
        is_open = state != "closed"
        self.is_own_turn = giliran == "saya" and is_open
        self.wanted = Wanted(
            is_open=is_open,
            unit_id=unit or None,
            stream=stream or None,
            is_late=bool(late) and is_open,
            is_theirs=giliran == "pelapor" and is_open,
        )

    def address(self, path: str = CASES, **changed: str) -> str:
        """Return the address of a list with these filters, and with those that are `changed`."""
        return lists.address(path, self.values | changed)


OWN = Filters(giliran="saya")


@router.get("/pengaduan", operation_id="page_desk")
async def desk(
    request: Request,
    actor: PageCaller,
    page: DeskPage,
    filters: Annotated[Filters, Depends()],
    selesai: DeedPath = "",
) -> HTMLResponse:
    """Show the cases in scope, what burns first.

    Costs some 15 small questions and one count over the open cases (measured: `make bench`, IN).
    """
    engine = engine_of(request)
    policies, view, urgent = engine.policies, None, []
    is_urgent = not filters.values and not lists.place(request)
    async with state_of(request.app).db.reading() as session:
        now = await database_now(session)
        found = await queries.desk_summary(session, policies, actor)
        own = await queries.count_own_turns(session, policies, actor)
        first = await _rows(session, policies, actor, FIRST_ONE, OWN) if own else ([], None)
        if is_urgent:
            rows, following = await _rows(session, policies, actor, MOST_URGENT, filters)
            urgent = [listing.line(row, policies, now, actor.subject) for row in rows]
            shown = [*first[0], *rows][:1]
        else:
            rows, following = await _rows(session, policies, actor, page, filters)
            shown = first[0]
        if shown:
            view = await view_of(session, engine, actor, shown[0]["tracking_id"], beside_of(request))
        units = await queries.desk_units(session, actor, filters.wanted.unit_id)
    return PAGES.page(
        request,
        "desk.html",
        is_urgent=is_urgent,
        in_bulk=acts_in_bulk(request, actor) if filters.wanted.is_open else (),
        groups=listing.grouped(urgent),
        view=view,
        told=told_of(None, selesai, ""),
        lines=[] if is_urgent else [_line(row, now) for row in rows],
        found=found,
        own=own,
        verdict=words.verdict(found),
        filters=filters,
        chips=_chips(filters, found, own, urgent if is_urgent else None),
        units=units,
        streams=words.STREAMS,
        is_filtered=bool(filters.values.keys() - {"state"}),
        file=filters.address(f"{CASES}/daftar.csv", **lists.place(request)),
        next=following,
        more=filters.address(),
        words=words,
        why=why,
        may_import=actor.has("complaint_officer", "complaint_supervisor") and actor.scope.level != "unit",
        may_report=actor.has(*CASE_READERS - {"case_handler"}),
        bulk=BULK,
        sight=reasons.sight(actor),
        calls=reasons.calls(actor),
    )


@router.get("/pengaduan/daftar.csv", operation_id="page_desk_file")
async def desk_file(
    request: Request, actor: PageCaller, page: DeskPage, filters: Annotated[Filters, Depends()]
) -> Response:
    """Return what the desk shows under the same address, as a file."""
    async with state_of(request.app).db.reading() as session:
        now = await database_now(session)
        rows, _ = await _rows(session, engine_of(request).policies, actor, page, filters)
    return await lists.csv_answer("pengaduan", HEADINGS, [_cells(_line(row, now)) for row in rows])


async def _rows(
    session: AsyncSession, policies: PolicyBook, actor: Principal, page: PageParameters, filters: Filters
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the cases of a page, each with whose step it is, and the cursor of the next page."""
    after: tuple[datetime, UUID] | None = page.after
    found = await queries.desk(
        session,
        policies,
        actor,
        filters.wanted,
        after=after,
        limit=page.limit + 1,
        is_own_turn=filters.is_own_turn,
    )
    shown = found[: page.limit]
    following = None
    if len(found) > page.limit:
        following = encode_cursor((shown[-1]["runs_out_at"].isoformat(), str(shown[-1]["id"])))
    return [with_due(row, policies) for row in shown], following


def _line(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a case as a row of a list."""
    kind, left = words.left(row, waits_for=row["waits_for"], now=now)
    person, act = words.turn(row)
    return {
        "kind": kind,
        "left": left,
        "due": row["due_text"] or "",
        "tracking_id": row["tracking_id"],
        "href": case_page(row["tracking_id"]),
        "unit": row["unit_name"] or row["unit_id"] or "Belum ditentukan",
        "sort": words.sort_of(row),
        "state": words.STATES[row["state"]],
        "who": person,
        "act": act,
        "received": written(row["received_at"], row["zone"] or Zone.WIB),
    }


def _cells(line: Mapping[str, Any]) -> list[str]:
    turn = f"{line['who']}: {line['act']}" if line["act"] else ""
    return [
        *(line[name] for name in ("left", "due", "tracking_id", "unit", "sort", "state")),
        turn,
        line["received"],
    ]


def _chips(
    filters: Filters, found: store.Summary, own: int, urgent: Sequence[listing.Line] | None
) -> list[tuple[str, str, int | None, bool]]:
    """Return the lists as links; the filters by unit and stream stay as they are."""
    wanted = filters.wanted
    none = {"state": "", "late": "", "giliran": ""}
    is_plain = wanted.is_open and not (wanted.is_late or wanted.is_theirs or filters.is_own_turn)
    return [
        ("Mendesak", CASES, min(found.opened, MOST_URGENT.limit), urgent is not None),
        ("Langkah saya", filters.address(**none | {"giliran": "saya"}), own, filters.is_own_turn),
        ("Pelapor", filters.address(**none | {"giliran": "pelapor"}), found.waiting, wanted.is_theirs),
        ("Terbuka", filters.address(**none | {"state": "open"}), found.opened, is_plain and urgent is None),
        ("Lewat waktu", filters.address(**none | {"late": "1"}), found.late, wanted.is_late),
        ("Selesai", filters.address(**none | {"state": "closed"}), None, not wanted.is_open),
    ]
