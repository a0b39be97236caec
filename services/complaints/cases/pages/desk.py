"""The desk: cases by the time left, filtered in the address, and the same as a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Stream
from services.complaints.cases.pages import words
from services.complaints.cases.schemas import with_due
from services.complaints.cases.store import desk as store
from services.complaints.cases.store.desk import Wanted
from services.complaints.cases.usecases import queries
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.frame import PAGES
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
HEADINGS = ("Sisa waktu", "Jatuh tempo", "Nomor lacak", "Unit", "Jenis", "Tahap", "Giliran", "Diterima")


class Filters:
    """What a list is narrowed to, as the form sends it: an empty field narrows nothing."""

    def __init__(
        self,
        state: Annotated[Literal["open", "closed", ""], Query()] = "",
        unit: Annotated[UnitId | Literal[""], Query()] = "",
        stream: Annotated[Stream | Literal[""], Query()] = "",
        late: Annotated[Literal["1", ""], Query()] = "",
    ) -> None:
        self.values = {
            name: value
            for name, value in {"state": state, "unit": unit, "stream": stream, "late": late}.items()
            if value not in ("", "open")
        }
        self.wanted = Wanted(
            is_open=state != "closed",
            unit_id=unit or None,
            stream=stream or None,
            is_late=bool(late) and state != "closed",
        )

    def address(self, path: str = CASES, **changed: str) -> str:
        """Return the address of a list with these filters, and with those that are `changed`."""
        return lists.address(path, self.values | changed)


@router.get("/pengaduan", operation_id="page_desk")
async def desk(
    request: Request, actor: PageCaller, page: DeskPage, filters: Annotated[Filters, Depends()]
) -> HTMLResponse:
    """Show the cases in scope, what burns first."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows, following = await _rows(session, policies, actor, page, filters)
        found = await queries.desk_summary(session, policies, actor)
        units = await queries.desk_units(session, actor, filters.wanted.unit_id)
    return PAGES.page(
        request,
        "desk.html",
        lines=[_line(row) for row in rows],
        found=found,
        verdict=words.verdict(found),
        filters=filters,
        chips=_chips(filters, found),
        units=units,
        streams=words.STREAMS,
        is_filtered=bool(filters.values.keys() - {"state"}),
        file=filters.address(f"{CASES}/daftar.csv", **lists.place(request)),
        next=following,
        more=filters.address(),
        may_report=actor.has(*CASE_READERS - {"case_handler"}),
    )


@router.get("/pengaduan/daftar.csv", operation_id="page_desk_file")
async def desk_file(
    request: Request, actor: PageCaller, page: DeskPage, filters: Annotated[Filters, Depends()]
) -> Response:
    """Return what the desk shows under the same address, as a file."""
    async with state_of(request.app).db.reading() as session:
        rows, _ = await _rows(session, engine_of(request).policies, actor, page, filters)
    return await lists.csv_answer("pengaduan", HEADINGS, [_cells(_line(row)) for row in rows])


async def _rows(
    session: AsyncSession, policies: PolicyBook, actor: Principal, page: PageParameters, filters: Filters
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the cases of a page, each with whose step it is, and the cursor of the next page."""
    after: tuple[datetime, UUID] | None = page.after
    found = await queries.desk(session, policies, actor, filters.wanted, after=after, limit=page.limit + 1)
    shown = found[: page.limit]
    following = None
    if len(found) > page.limit:
        following = encode_cursor((shown[-1]["runs_out_at"].isoformat(), str(shown[-1]["id"])))
    return [with_due(row, policies) for row in shown], following


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a case as a line of the desk."""
    kind, left = words.left(row, waits_for=row["waits_for"])
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


def _chips(filters: Filters, found: store.Summary) -> list[tuple[str, str, int | None, bool]]:
    """Return the three lists as links: open, late, closed; the other filters stay as they are."""
    wanted = filters.wanted
    return [
        (
            "Terbuka",
            filters.address(state="", late=""),
            found.opened,
            wanted.is_open and not wanted.is_late,
        ),
        ("Lewat waktu", filters.address(state="", late="1"), found.late, wanted.is_late),
        ("Selesai", filters.address(state="closed", late=""), None, not wanted.is_open),
    ]
