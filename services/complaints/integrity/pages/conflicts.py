"""Conflicts of interest as pages: declarations in sight, the form of one, one with its decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.integrity.domain.conflicts import Conflict, ConflictType
from services.complaints.integrity.pages import words
from services.complaints.integrity.pages.gifts import UnitQuery
from services.complaints.integrity.pages.offers import steps
from services.complaints.integrity.schemas import conflict_out, suspended
from services.complaints.integrity.usecases import conflicts
from services.complaints.matters.api import ByTimeLeft
from services.complaints.matters.schemas import Text, Words, clocks_of, due_title
from services.complaints.matters.store import Dossier
from services.complaints.matters.words import zone_of
from services.complaints.units import units_within
from shared.db.clock import database_now
from shared.http.addresses import CONFLICTS, conflict_page
from shared.http.api.paging import encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.once import OnceBody, told_once
from shared.http.pages import lists
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError

router = APIRouter()
DECLARE = f"{CONFLICTS}/deklarasi"
LABELS = {
    "office": "Unit Anda",
    "activity": "Kegiatan",
    "position": "Jabatan Anda dalam kegiatan itu",
    "conflict_type": "Jenis benturan",
    "decision": "Keputusan yang terkait",
}


class DeclarationForm(OnceBody):
    """What somebody of the unit declares."""

    office: UnitId
    activity: Words
    position: Words
    conflict_type: ConflictType
    decision: Text
    concerns_superior: bool = False


@router.get(CONFLICTS, operation_id="page_conflicts")
async def show_list(
    request: Request,
    actor: PageCaller,
    page: ByTimeLeft,
    state: Annotated[Literal["open", "closed", ""], Query()] = "",
) -> HTMLResponse:
    """Show the declarations in sight, what burns first."""
    after: tuple[datetime, UUID] | None = page.after
    is_open, policies = state != "closed", engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await conflicts.conflict_page(
            session, actor, unit_id=None, is_open=is_open, after=after, limit=page.limit + 1
        )
        now = await database_now(session)
    shown = rows[: page.limit]
    following = None
    if len(rows) > page.limit:
        following = encode_cursor((shown[-1]["runs_out_at"].isoformat(), str(shown[-1]["id"])))
    return PAGES.page(
        request,
        "conflicts.html",
        lines=[
            suspended(row) | {"left": words.left(row, now), "due_title": due_title(row, policies)}
            for row in shown
        ],
        is_open=is_open,
        sees_others=actor.has(*conflicts.OFFICES),
        chips=[
            ("Terbuka", CONFLICTS, None, is_open),
            ("Selesai", f"{CONFLICTS}?state=closed", None, not is_open),
        ],
        words=words,
        next=following,
        more=lists.address(CONFLICTS, {"state": "" if is_open else "closed"}),
    )


@router.get(DECLARE, operation_id="page_declare")
async def show_form(request: Request, actor: PageCaller, unit: UnitQuery = "") -> HTMLResponse:
    """Show the form of a declaration."""
    return await _form(request, actor, Form[DeclarationForm]({"office": unit} if unit else {}), 200)


@router.post(DECLARE, operation_id="page_send_declaration")
async def send(request: Request, actor: PageCaller) -> Response:
    """Take a declaration and lead on to it; sent twice, the same form declares once."""
    form = await read_form(request, DeclarationForm)
    if (data := form.data) is None:
        return await _form(request, actor, form, 422)
    engine = engine_of(request)
    said = Conflict(**data.model_dump(exclude={"office", "key"}))

    def reply(made: Dossier) -> Mapping[str, Any]:
        return {"id": str(made.id)}

    try:
        told = await told_once(
            request,
            actor,
            form,
            lambda session: conflicts.declare(session, engine, actor, data.office, said),
            reply,
        )
    except DomainError as refused:
        form.refuse(refused, {"not_found": "office", "unit_id": "office"})
        return await _form(request, actor, form, status_of(request, refused.code))
    return RedirectResponse(conflict_page(told["id"]), SEE_OTHER)


@router.get(f"{CONFLICTS}/{{conflict_id}}", operation_id="page_conflict")
async def show(request: Request, actor: PageCaller, conflict_id: UUID) -> HTMLResponse:
    """Show one declaration: whether its decision is suspended, what may be done, what was done."""
    engine = engine_of(request)
    policies = engine.policies
    async with state_of(request.app).db.reading() as session:
        found = await conflicts.conflict_detail(session, actor, conflict_id)
        now = await database_now(session)
        offered = await steps(session, engine, actor, found, words.CONFLICT_STEPS, now)
    return PAGES.page(
        request,
        "conflict.html",
        conflict=conflict_out(found, policies),
        left=words.left(found, now),
        due_title=due_title(found, policies),
        steps=offered,
        clocks=clocks_of(found, policies),
        zone=zone_of(found),
        words=words,
    )


async def _form(
    request: Request, actor: PageCaller, form: Form[DeclarationForm], status: int
) -> HTMLResponse:
    db = state_of(request.app).db
    units = await db.read(lambda session: units_within(session, actor, form.values.get("office")))
    if len(units) == 1 and "office" not in form.values:
        form.values = {**form.values, "office": units[0][0]}
    return PAGES.page(
        request, "declaration.html", status=status, form=form, labels=LABELS, units=units, words=words
    )
