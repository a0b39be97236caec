"""Declarations of conflicts of interest: one route for each act."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.integrity.api.gifts import UnitQuery
from services.complaints.integrity.domain.conflicts import Conflict
from services.complaints.integrity.schemas import (
    AssessIn,
    ConflictDetail,
    ConflictIn,
    ConflictSummary,
    DecideIn,
    conflict_out,
    suspended,
)
from services.complaints.integrity.usecases import conflicts
from services.complaints.integrity.usecases.conflicts import Conflicts
from services.complaints.matters.api import ByTimeLeft, acts_on
from services.complaints.matters.schemas import DossierOut, NoteIn
from services.complaints.matters.store import Dossier
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()


@router.post(
    "/coi-declarations",
    operation_id="declare_conflict",
    responses=refusals(404),
    status_code=201,
    response_model=DossierOut,
)
async def declare_conflict(request: Request, body: ConflictIn, cmd: Commands) -> Response:
    """Declare a conflict of interest; what the declarant would decide is suspended from now on."""
    engine = engine_of(request)
    conflict = Conflict(**body.model_dump(exclude={"unit_id"}))
    return await cmd.run(
        lambda session: conflicts.declare(session, engine, cmd.actor, body.unit_id, conflict),
        status=201,
        reply=DossierOut,
        location=lambda made: f"/coi-declarations/{made.id}",
    )


@router.get("/coi-declarations", operation_id="list_conflicts")
async def list_conflicts(
    request: Request,
    actor: Caller,
    page: ByTimeLeft,
    unit: UnitQuery = None,
    state: Annotated[Literal["open", "closed"], Query()] = "open",
) -> Page[ConflictSummary]:
    """Return declarations within sight: all of the scope for superiors, else the own ones."""
    async with state_of(request.app).db.reading() as session:
        rows = await conflicts.conflict_page(
            session, actor, unit_id=unit, is_open=state == "open", after=page.after, limit=page.limit + 1
        )
    return Page[ConflictSummary].of(
        rows,
        page.limit,
        key=lambda row: (row["runs_out_at"].isoformat(), str(row["id"])),
        item=lambda row: ConflictSummary.model_validate(suspended(row)),
    )


@router.get("/coi-declarations/{conflict_id}", operation_id="show_conflict", responses=refusals(404))
async def show_conflict(
    request: Request, response: Response, actor: Caller, conflict_id: UUID
) -> ConflictDetail:
    """Return a declaration with its acts and clocks."""
    async with state_of(request.app).db.reading() as session:
        found = await conflicts.conflict_detail(session, actor, conflict_id)
    etag(response, found["version"])
    return conflict_out(found, engine_of(request).policies)


act_on_conflict = acts_on(router, "/coi-declarations", "conflict_id", Conflicts)


@act_on_conflict("assess")
async def assess_conflict(act: Conflicts, body: AssessIn) -> Dossier:
    """Note what was found out; never by the declarant or who stands in for them."""
    return await act.assess(body.note)


@act_on_conflict("decide")
async def decide_conflict(act: Conflicts, body: DecideIn) -> Dossier:
    """Decide whether there is a conflict, and how it is controlled; never by the declarant."""
    return await act.decide(is_conflict=body.is_conflict, control=body.control, reason=body.reason)


@act_on_conflict("finish")
async def finish_conflict(act: Conflicts, body: NoteIn) -> Dossier:
    """End it, e.g. as the declarant left the position."""
    return await act.finish(body.note)
