"""Duties as pages: those in sight by the time left, and one with its clock explained."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.complaints.cases.usecases import clocks
from services.complaints.cases.why import why
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.words import rule_page
from services.complaints.duties.data import grounds
from services.complaints.duties.domain.lives import DATA, State
from services.complaints.duties.kinds import tables
from services.complaints.duties.pages import words
from services.complaints.duties.store.readers import kinds_of
from services.complaints.duties.usecases.acting import duty_detail, duty_page
from services.complaints.frame import PAGES
from services.complaints.matters.api import ByTimeLeft
from services.complaints.matters.schemas import due_of, due_title
from shared.db.clock import database_now
from shared.http.addresses import DUTIES
from shared.http.api.paging import encode_cursor
from shared.http.authorization import PageCaller
from shared.http.pages import lists
from shared.http.state import state_of
from shared.security import Principal
from shared.security.roles import CASE_READERS

router = APIRouter()


def entered_by(actor: Principal) -> list[tuple[str, str]]:
    """Return the words in the address, and the titles, of the forms by which somebody enters duties."""
    return [
        (words.SLUGS[kind], title)
        for kind, (title, _) in words.ENTERING.items()
        if not tables()[kind].receiving.by.isdisjoint(actor.roles)
    ]


def offered(actor: Principal, found: Mapping[str, Any]) -> set[str]:
    """Return the acts that somebody may take on a duty now, as the use cases have it."""
    rows = tables()[found["kind"]].open_to(State(found["state"]))
    taken: set[str] = {row.name for row in rows if not row.by.isdisjoint(actor.roles)}
    if any(one["is_done"] is None for one in found["actions"]):
        taken.discard("report")
    return taken


@router.get(DUTIES, operation_id="page_duties")
async def show_list(
    request: Request,
    actor: PageCaller,
    page: ByTimeLeft,
    jenis: Annotated[Literal["permintaan-data", "insiden-data", "lhp", ""], Query()] = "",
    state: Annotated[Literal["open", "closed", ""], Query()] = "",
    late: Annotated[Literal["1", ""], Query()] = "",
) -> HTMLResponse:
    """Show the duties in sight, what burns first."""
    is_open, policies = state != "closed", engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await duty_page(
            session,
            actor,
            kind=words.BY_SLUG.get(jenis),
            unit_id=None,
            is_open=is_open,
            is_late=bool(late) and is_open,
            after=page.after,
            limit=page.limit + 1,
        )
        now = await database_now(session)
    shown = rows[: page.limit]
    following = None
    if len(rows) > page.limit:
        following = encode_cursor((shown[-1]["runs_out_at"].isoformat(), str(shown[-1]["id"])))
    kept = {"state": "closed" if not is_open else "", "late": late if is_open else ""}
    kinds = kinds_of(actor)
    return PAGES.page(
        request,
        "duties.html",
        lines=[
            due_of(row)
            | {
                "left": words.left(row, now),
                "due_title": due_title(row, policies),
                "title": words.title(row),
            }
            for row in shown
        ],
        is_open=is_open,
        is_late=bool(late) and is_open,
        entered=entered_by(actor),
        kinds=kinds,
        chips=[
            (text, lists.address(DUTIES, {"jenis": jenis, **wanted}), None, wanted == kept)
            for text, wanted in (
                ("Terbuka", {"state": "", "late": ""}),
                ("Lewat waktu", {"state": "", "late": "1"}),
                ("Selesai", {"state": "closed", "late": ""}),
            )
        ],
        kind_chips=[
            (text, lists.address(DUTIES, {"jenis": slug, **kept}), None, slug == jenis)
            for slug, text in (("", "Semua"), *((words.SLUGS[kind], words.KINDS[kind]) for kind in kinds))
        ],
        words=words,
        next=following,
        more=lists.address(DUTIES, {"jenis": jenis, **kept}),
    )


@router.get(f"{DUTIES}/{{duty_id}}", operation_id="page_duty")
async def show(request: Request, actor: PageCaller, duty_id: UUID) -> HTMLResponse:
    """Show one duty: how much time is left and why, what may be done, what it says, what was done."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await duty_detail(session, actor, duty_id)
        now = await database_now(session)
        told = await clocks.explained(session, policies, found)
    taken = offered(actor, found)
    return PAGES.page(
        request,
        "duty.html",
        duty=due_of(found),
        title=words.title(found),
        left=words.left(found, now),
        due_title=due_title(found, policies),
        steps=[step for step in words.STEPS[found["kind"]] if step.act in taken],
        may_read_person=found["kind"] == DATA and found["case_id"] is None,
        clocks=[(clock, list(why(clock, words.STARTS))) for clock in told],
        may_read_rules=actor.has(*CASE_READERS),
        rule_page=lambda rule: rule_page(rule, found["kind"]),
        title_of=lambda clock: policies.title_of(clock.told["rule_id"], clock.told["policy"]),
        grounds=grounds(),
        zone=words.zone_of(found),
        words=words,
    )
