"""Ended cases that are kept long enough, for who has to have them erased."""

from typing import Annotated

from fastapi import APIRouter, Request

from services.complaints.cases.schemas.deadlines import RetentionDueOut
from services.complaints.cases.usecases import queries, retention
from shared.http.api.paging import Page, PageParameters, identity, moment, paged
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()
RetentionPage = Annotated[PageParameters, paged(moment, identity)]


@router.get("/retention-due", operation_id="list_retention_due")
async def list_retention_due(request: Request, actor: Caller, page: RetentionPage) -> Page[RetentionDueOut]:
    """Return ended cases whose time of being kept is over, the longest first; nothing of their content."""
    async with state_of(request.app).db.reading() as session:
        rows = await retention.due_page(
            session, actor, after=page.after or queries.OLDEST, limit=page.limit + 1
        )
    return Page[RetentionDueOut].of(
        rows,
        page.limit,
        key=lambda row: (row["due_at"].isoformat(), str(row["id"])),
        item=RetentionDueOut.model_validate,
    )
