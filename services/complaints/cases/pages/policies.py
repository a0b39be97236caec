"""The deadlines that are in force, as officers read them: how long, from when, by which source."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.complaints.cases.pages import words
from services.complaints.cases.why import STARTS
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import Kind
from services.complaints.deadlines.store import migrations
from services.complaints.deadlines.words import length
from services.complaints.frame import PAGES
from shared.http.addresses import CASE_RULES
from shared.http.authorization import PageCaller
from shared.http.state import state_of

router = APIRouter()


@router.get(CASE_RULES, operation_id="page_policies")
async def show(
    request: Request, _actor: PageCaller, jenis: Annotated[Kind, Query()] = "pengaduan"
) -> HTMLResponse:
    """Show the deadlines of one kind of case, each with its source and whether somebody has read it."""
    async with state_of(request.app).db.reading() as session:
        running = await migrations.running_by_version(session)
    rules = [rule for rule in engine_of(request).policies.rules if jenis in rule.kinds]
    return PAGES.page(
        request,
        "policies.html",
        kind=jenis,
        kinds=words.KINDS,
        rules=rules,
        running=running,
        unread=sum(not rule.is_confirmed for rule in rules),
        classes=words.CLASSES,
        starts=STARTS,
        length=length,
    )
