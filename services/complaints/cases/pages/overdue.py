"""The overdue board: which deadlines ran out and still run, by unit, by age, and by who has been told."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.pages import words
from services.complaints.cases.store.overdue import Overdue
from services.complaints.cases.usecases import queries
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES
from shared.db.clock import database_now
from shared.http.addresses import CASES, case_page
from shared.http.api.paging import PageParameters, encode_cursor, identity, moment, paged
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.pages import lists
from shared.http.state import state_of
from shared.indonesian import duration, until
from shared.kernel import Zone
from shared.security import Principal
from shared.security.roles import CASE_READERS

router = APIRouter()
PATH = f"{CASES}/lewat-waktu"
BoardPage = Annotated[PageParameters, paged(moment, identity)]
COLUMNS = (
    ("age", "Terlambat"),
    ("due", "Jatuh tempo"),
    ("tracking_id", "Nomor lacak"),
    ("unit", "Unit"),
    ("clock", "Tenggat"),
    ("state", "Tahap"),
    ("told", "Sudah diberi tahu"),
)
AGES = {"1": "Lebih dari 1 hari", "7": "Lebih dari 7 hari", "30": "Lebih dari 30 hari"}
RUNGS = {
    "due": "pemegang tugas",
    "plus1": "atasan",
    "plus3": "aparat pengawasan",
    "plus5": "pimpinan instansi",
}
AGAIN = "pimpinan instansi, diingatkan lagi"
"""What comes after the last rung of a ladder, again and again."""


class Filters:
    """What the board is narrowed to; an empty field narrows nothing."""

    def __init__(
        self,
        unit: Annotated[UnitId | Literal[""], Query()] = "",
        umur: Annotated[Literal["1", "7", "30", ""], Query()] = "",
        jenjang: Annotated[Literal["due", "plus1", "plus3", "plus5", "again", ""], Query()] = "",
    ) -> None:
        given = {"unit": unit, "umur": umur, "jenjang": jenjang}
        self.values = {name: value for name, value in given.items() if value}
        self._days = int(umur) if umur else 0
        self._unit, self._rung = unit or None, jenjang or None

    def wanted(self, now: datetime) -> Overdue:
        """Return what the board asks for now."""
        before = now - timedelta(days=self._days) if self._days else None
        return Overdue(self._unit, before, self._rung, tuple(RUNGS))

    def address(self, path: str = PATH, **changed: str) -> str:
        """Return the address of the board with these filters, and with those that are `changed`."""
        return lists.address(path, self.values | changed)


@router.get(PATH, operation_id="page_overdue")
async def show(
    request: Request, actor: PageCaller, page: BoardPage, filters: Annotated[Filters, Depends()]
) -> HTMLResponse:
    """Show what is overdue: first how much in which unit, then each deadline, the oldest first.

    Costs two walks over the late clocks in sight, along their index.
    """
    async with state_of(request.app).db.reading() as session:
        now = await database_now(session)
        by_unit = await queries.overdue_by_unit(session, actor)
        rows, following = await _rows(session, actor, page, filters, now)
    late = sum(one["late"] for one in by_unit)
    return PAGES.page(
        request,
        "overdue.html",
        verdict=_verdict(late, len(by_unit)),
        by_unit=[_unit(one, now, filters) for one in by_unit],
        lines=[_line(row, request, now) for row in rows],
        may_open=_may_open(actor),
        filters=filters,
        units=[(one["unit_id"], one["unit_name"] or one["unit_id"]) for one in by_unit if one["unit_id"]],
        ages=AGES,
        rungs=RUNGS | {"again": AGAIN},
        here=PATH,
        file=filters.address(f"{PATH}/daftar.csv", **lists.place(request)),
        next=following,
        more=filters.address(),
    )


@router.get(f"{PATH}/daftar.csv", operation_id="page_overdue_file")
async def file(
    request: Request, actor: PageCaller, page: BoardPage, filters: Annotated[Filters, Depends()]
) -> Response:
    """Return what the board shows under the same address, as a file."""
    async with state_of(request.app).db.reading() as session:
        now = await database_now(session)
        rows, _ = await _rows(session, actor, page, filters, now)
    lines = [_line(row, request, now) for row in rows]
    columns = [one for one in COLUMNS if one[0] != "tracking_id" or _may_open(actor)]
    cells = [[line[name] for name, _ in columns] for line in lines]
    return await lists.csv_answer("lewat-waktu", [heading for _, heading in columns], cells)


def _may_open(actor: Principal) -> bool:
    """Tell whether somebody may read cases: who may not is told no number, which opens one to the public."""
    return actor.has(*CASE_READERS)


async def _rows(
    session: AsyncSession, actor: Principal, page: PageParameters, filters: Filters, now: datetime
) -> tuple[list[RowMapping], str | None]:
    after: tuple[datetime, UUID] = page.after or queries.OLDEST
    found = await queries.overdue_board(
        session, actor, filters.wanted(now), after=after, limit=page.limit + 1
    )
    shown = list(found[: page.limit])
    if len(found) <= page.limit:
        return shown, None
    return shown, encode_cursor((shown[-1]["due_at"].isoformat(), str(shown[-1]["deadline_id"])))


def _verdict(late: int, in_units: int) -> str:
    if not late:
        return "Tidak ada tenggat yang terlewati."
    return f"{late} tenggat terlewati di {in_units} unit."


def _unit(row: RowMapping, now: datetime, filters: Filters) -> dict[str, Any]:
    return {
        "name": row["unit_name"] or row["unit_id"] or "Belum ditentukan",
        "href": filters.address(unit=row["unit_id"]) if row["unit_id"] else None,
        "late": row["late"],
        "oldest": duration(now - row["oldest"]),
    }


def _line(row: RowMapping, request: Request, now: datetime) -> dict[str, str]:
    titles = {rule.id: rule.title for rule in engine_of(request).policies.rules}
    return {
        "age": duration(now - row["due_at"]),
        "due": until(row["due_at"], Zone(row["due_zone"])),
        "tracking_id": row["tracking_id"],
        "href": case_page(row["tracking_id"]),
        "unit": row["unit_name"] or row["unit_id"] or "Belum ditentukan",
        "clock": titles.get(row["rule"], row["rule"]),
        "state": words.STATES[row["state"]],
        "told": RUNGS.get(row["rung"], AGAIN) if row["rung"] else "belum ada",
    }
