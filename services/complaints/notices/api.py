"""Answers whose notice came back, and the letters that went in their place."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import RowMapping

from services.complaints.deadlines.api import engine_of
from services.complaints.notices import returning
from services.complaints.notices.schemas import AnswerToPostOut, PostingIn
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageParameters, identity, moment, paged
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()
ToPostPage = Annotated[PageParameters, paged(moment, identity)]
"""Answers to be posted, by since when."""


def key_of(one: RowMapping) -> tuple[str, str]:
    """Return the place of an answer to be posted in their list."""
    return one["since"].isoformat(), str(one["id"])


@router.get("/answers/to-post", operation_id="list_answers_to_post")
async def list_answers_to_post(request: Request, actor: Caller, page: ToPostPage) -> Page[AnswerToPostOut]:
    """Return the cases whose answer is to be posted, because its notice came back, the oldest first."""
    async with state_of(request.app).db.reading() as session:
        found = await returning.to_post(session, actor, after=page.after or None, limit=page.limit + 1)
    return Page[AnswerToPostOut].of(found, page.limit, key=key_of, item=AnswerToPostOut.model_validate)


@router.post(
    "/cases/{case_id}/post-answer",
    operation_id="post_answer",
    status_code=204,
    responses=refusals(404, 409),
)
async def post_answer(request: Request, case_id: UUID, body: PostingIn, cmd: Commands) -> Response:
    """Note by which letter the answer was posted. Silence counts from now on; the case's version stays."""
    engine = engine_of(request)
    return await cmd.run(
        lambda session: returning.note_posting(
            session, engine, cmd.actor, case_id, body.posted_on, body.letter
        ),
        status=204,
        reply=lambda _: None,
    )
