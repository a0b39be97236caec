"""Answers whose notice came back: which are to be posted, and the form of the letter."""

from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.complaints.cases.usecases import queries
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.notices import returning
from services.complaints.notices.api import ToPostPage, key_of
from services.complaints.notices.schemas import Letter
from shared.http.addresses import TO_POST
from shared.http.api.paging import encode_cursor
from shared.http.authorization import PageCaller
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
PATH = "/pengaduan/{tracking_id}/kirim-pos"
POSTERS = ("complaint_officer", "complaint_supervisor")
"""Who posts answers, as the access matrix says."""
_UNPROCESSABLE = 422


class PostingForm(OnceBody):
    """By which letter an answer was posted."""

    posted_on: date
    letter: Letter


@router.get("/pengaduan/tanggapan-kembali", operation_id="page_answers_to_post")
async def show_answers_to_post(request: Request, actor: PageCaller, page: ToPostPage) -> HTMLResponse:
    """Show the cases whose answer is to be posted, the oldest first."""
    async with state_of(request.app).db.reading() as session:
        found = await returning.to_post(session, actor, after=page.after or None, limit=page.limit + 1)
    shown = found[: page.limit]
    following = encode_cursor(key_of(shown[-1])) if len(found) > page.limit else None
    may_post = actor.has(*POSTERS)
    return PAGES.page(request, "to_post.html", cases=shown, following=following, may_post=may_post)


@router.get(PATH, operation_id="page_post_answer")
async def show_posting(request: Request, actor: PageCaller, tracking_id: str) -> HTMLResponse:
    """Show the form of the letter that carries an answer."""
    return await _page(request, actor, tracking_id, Form[PostingForm]())


@router.post(PATH, operation_id="page_note_posting")
async def note_posting(request: Request, actor: PageCaller, tracking_id: str) -> Response:
    """Note the letter; refused, the page says why and keeps what was typed."""
    form = await read_form(request, PostingForm)
    if (data := form.data) is None:
        return await _page(request, actor, tracking_id, form, _UNPROCESSABLE)
    engine = engine_of(request)
    policies = engine.policies
    found = await state_of(request.app).db.read(
        lambda session: queries.tracked_case(session, policies, actor, tracking_id)
    )
    try:
        await do_once(
            request,
            actor,
            form,
            lambda session: returning.note_posting(
                session, engine, actor, found["id"], data.posted_on, data.letter
            ),
        )
    except NotFoundError:
        raise
    except DomainError as error:
        form.refuse(error, {"posted_on": "posted_on"})
        return await _page(request, actor, tracking_id, form, status_of(request, error.code))
    return RedirectResponse(TO_POST, SEE_OTHER)


async def _page(
    request: Request, actor: Principal, tracking_id: str, form: Form[PostingForm], status: int = 200
) -> HTMLResponse:
    policies = engine_of(request).policies
    found = await state_of(request.app).db.read(
        lambda session: queries.tracked_case(session, policies, actor, tracking_id)
    )
    return PAGES.page(request, "post_answer.html", status=status, case=found, form=form)
