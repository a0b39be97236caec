"""The people of a unit: who works there, under whom, who is acted for, and who left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.planning.pages.frame import PAGES
from services.planning.pages.nomination.reading import may
from services.planning.pages.people import words
from services.planning.pages.people.words import DONE, DoneQuery, person_page, unit_people
from services.planning.parameters import FIRST_ID
from services.planning.people import usecases as people
from services.planning.people.domain import Entry, Identity
from services.planning.units import store as units
from services.planning.units.domain import Unit
from services.planning.units.usecases import get_unit
from shared.http.addresses import PEOPLE
from shared.http.api.paging import MAX_LIMIT, PageParameters, encode_cursor, identity, paged
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.state import state_of
from shared.security import Principal

router = APIRouter()
MOST_UNITS = 20
"""Units that are offered; whoever wants another one adds a letter."""
Filter = Literal["", "keluar", "semua"]
PeoplePage = Annotated[PageParameters, paged(identity)]


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody as the list has them; names of those whom the reader may not know are left out."""

    href: str
    name: str
    position: str
    category: str
    superior: str
    accounts: int
    acting: str
    state: tuple[str, str]
    is_leader: bool


@router.get(PEOPLE, operation_id="page_people")
async def list_people(
    request: Request,
    caller: PageCaller,
    page: PeoplePage,
    unit: Annotated[UnitId | Literal[""], Query()] = "",
    saring: Annotated[Filter, Query()] = "",
    cari: Annotated[str, Query(max_length=100)] = "",
    selesai: DoneQuery = "",
) -> HTMLResponse:
    """Show the people of a unit; whoever has several is asked which."""
    limit = page.limit if "limit" in request.query_params else MAX_LIMIT
    async with state_of(request.app).db.reading() as session:
        own = sorted(caller.scope.units) if caller.scope.level == "unit" else []
        unit = unit or (own[0] if len(own) == 1 else "")
        if not unit:
            found = await units.page(
                session, caller.scope, after="", limit=MOST_UNITS + 1, search=cari.strip()
            )
            return _ask_unit(request, caller, found, cari.strip())
        chosen = await get_unit(session, caller, unit)
        today = words.today(chosen)
        rows = await people.entries(
            session,
            caller,
            unit_id=unit,
            on=today if saring == "" else None,
            after=page.after[0] if page.after else FIRST_ID,
            limit=limit + 1,
            left_before=today if saring == "keluar" else None,
        )
        shown = rows[:limit]
        names = await people.known(session, caller, words.named_in(shown))
        lines = [(entry, _line(entry, names, today)) for entry in shown]
    return PAGES.page(
        request,
        "people.html",
        unit=chosen,
        here=unit_people(unit),
        lines=[line for _, line in sorted(lines, key=_order)],
        sentence=_sentence(chosen, shown, saring, is_whole=not page.after and len(rows) <= limit),
        without_account=sum(not entry.person.subjects for entry in shown) if saring == "" else 0,
        has_leader=any(entry.person.is_leader for entry in shown),
        chips=[
            (text, unit_people(unit, value), None, value == saring)
            for text, value in (("Bertugas", ""), ("Sudah keluar", "keluar"), ("Semua", "semua"))
        ],
        filter=saring,
        next=encode_cursor((str(shown[-1].person.person_id),)) if len(rows) > limit else None,
        more=unit_people(unit, saring),
        done=DONE.get(selesai, ""),
        may_change=may(request, caller, "page_new_person") and chosen.merged_into is None,
        may_import=may(request, caller, "page_people_import"),
        has_units=caller.scope.level != "unit" or len(caller.scope.units) > 1,
    )


def _ask_unit(request: Request, caller: Principal, found: Sequence[Unit], search: str) -> HTMLResponse:
    return PAGES.page(
        request,
        "people_units.html",
        units=[(one, unit_people(one.unit_id)) for one in found[:MOST_UNITS]],
        is_cut=len(found) > MOST_UNITS,
        search=search,
        may_import=may(request, caller, "page_people_import"),
    )


def _line(entry: Entry, names: Mapping[UUID, Identity], today: date) -> Line:
    person, identity_ = entry.person, entry.identity
    acting = words.acting(person, today)
    return Line(
        href=person_page(person.person_id),
        name=identity_.name,
        position=identity_.position or "",
        category=words.CATEGORIES[person.category],
        superior=words.name_of(person.superior_id, names),
        accounts=len(person.subjects),
        acting="" if acting is None else words.name_of(acting.substitute_id, names),
        state=words.state_of(person, today),
        is_leader=person.is_leader,
    )


def _order(one: tuple[Entry, Line]) -> tuple[bool, str, str]:
    """Return where somebody stands in a list: who leads first, then by name."""
    entry, line = one
    return not line.is_leader, line.name.casefold(), str(entry.person.person_id)


def _sentence(unit: Unit, shown: Sequence[Entry], chosen: Filter, *, is_whole: bool) -> str:
    """Return how many the list has, as far as its page knows."""
    what = {"": "bertugas di", "keluar": "sudah keluar dari", "semua": "tercatat di"}[chosen]
    if not is_whole:
        return f"Orang yang {what} {unit.name}"
    return f"{len(shown)} orang {what} {unit.name}" if shown else f"Belum ada yang {what} {unit.name}"
