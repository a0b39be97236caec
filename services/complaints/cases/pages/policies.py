"""The deadlines that are in force, as officers read them: how long, from when, by which source."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.complaints.cases.pages import words
from services.complaints.cases.why import STARTS
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import KindUnknownError
from services.complaints.deadlines.words import length
from services.complaints.frame import PAGES
from services.complaints.matters import words as of_others
from shared.http.addresses import CASE_RULES
from shared.http.authorization import PageCaller

router = APIRouter()


@router.get(CASE_RULES, operation_id="page_policies")
async def show(
    request: Request, _actor: PageCaller, jenis: Annotated[str, Query(max_length=60)] = "pengaduan"
) -> HTMLResponse:
    """Show the deadlines of one kind, each with its source and whether somebody has read it."""
    kinds = {**words.KINDS, **of_others.KINDS}
    if jenis not in kinds:
        raise KindUnknownError(kinds)
    rules = [rule for rule in engine_of(request).policies.rules if jenis in rule.kinds]
    return PAGES.page(
        request,
        "policies.html",
        kind=jenis,
        kinds=kinds,
        rules=rules,
        unread=sum(not rule.is_confirmed for rule in rules),
        classes=words.CLASSES,
        starts={**STARTS, **of_others.STARTS},
        length=length,
    )
