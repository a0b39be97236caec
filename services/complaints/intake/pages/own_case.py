"""The reporter's own case: read it, complete it, accept the answer or object to it, withdraw."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import DISMISSED, OPEN, ActName, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.refusals import IllegalActError
from services.complaints.cases.schemas.fields import Text
from services.complaints.cases.usecases import acts, queries
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.usecases import read_as_reporter
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import COOKIE, PAGES, SEE_OTHER
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.reporters import (
    REPORTER,
    UNAVAILABLE,
    ReportersAct,
    act_of_reporter,
    case_behind,
)
from services.complaints.intake.schemas import MOST_CYCLES
from services.complaints.secrecy.usecases.opening import opened
from shared.http.api.command import Command, KeyReusedError
from shared.http.crosssite import bound_form
from shared.http.fields import Body
from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.pages.forms import Form, read_form
from shared.http.problem import given_back
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError

router = APIRouter(dependencies=[FROM_ANYBODY])


class ActForm(Body):
    """An act of the reporter: on which case, whichever is open now; by its key, pressed twice it is one."""

    case: Annotated[str, Field(max_length=36)] = ""
    key: Annotated[str, Field(min_length=20, max_length=100)] = ""


class AnswerForm(ActForm):
    """What the reporter thinks of an answer: of the one that was there to read, by its cycle."""

    answer: Annotated[int, Field(ge=0, le=MOST_CYCLES)] = 0


class ObjectionForm(AnswerForm):
    """What the reporter objects to in the answer."""

    text: Text


class CompletionForm(ActForm):
    """What was missing: of the request that was there to read, by its number."""

    question: Annotated[int, Field(ge=0, le=MOST_CYCLES)] = 0
    text: Text


class PleaForm(ActForm):
    """Why the ended case should be looked at once more."""

    text: Text


F = TypeVar("F", bound=ActForm)
_MADE_ANEW = frozenset({"answer", "question", "key"})


async def _count_look(request: Request) -> None:
    await count_in_session(request, request.cookies.get(COOKIE))


_LOOK = Depends(_count_look)
OWN_CASE = bound_form("case")


@router.get("/lacak/pengaduan", operation_id="page_my_case", dependencies=[_LOOK])
async def show_my_case(request: Request) -> Response:
    """Show the reporter's case."""
    return await case_page(request, "my_case.html", Form[CompletionForm]())


@router.post("/lacak/pengaduan/lengkapi", operation_id="page_complete", dependencies=[OWN_CASE])
async def complete(request: Request) -> Response:
    """Take the missing facts."""
    return await _act(
        request,
        CompletionForm,
        lambda act, data: acts.complete(*act, None, note=data.text, is_reporter=True, read=data.question),
        act="complete",
    )


@router.get("/lacak/pengaduan/terima", operation_id="page_confirm_accept", dependencies=[_LOOK])
async def confirm_accept(request: Request) -> Response:
    """Say what accepting means before it happens."""
    return await case_page(request, "accept.html", Form[AnswerForm](), act="close")


@router.post("/lacak/pengaduan/terima", operation_id="page_accept", dependencies=[OWN_CASE])
async def accept(request: Request) -> Response:
    """Close the case because its reporter accepts the answer."""
    return await _act(request, AnswerForm, lambda act, data: acts.accept(*act, read=data.answer))


@router.get("/lacak/pengaduan/keberatan", operation_id="page_object", dependencies=[_LOOK])
async def show_objection(request: Request) -> Response:
    """Ask what the reporter objects to, and say what follows."""
    return await case_page(request, "object.html", Form[ObjectionForm](), act="object")


@router.post("/lacak/pengaduan/keberatan", operation_id="page_send_objection", dependencies=[OWN_CASE])
async def send_objection(request: Request) -> Response:
    """Take the objection to the answer."""
    return await _act(
        request,
        ObjectionForm,
        lambda act, data: acts.object_to_answer(*act, reason=data.text, read=data.answer),
        "object.html",
        "object",
    )


@router.get("/lacak/pengaduan/cabut", operation_id="page_confirm_withdraw", dependencies=[_LOOK])
async def confirm_withdraw(request: Request) -> Response:
    """Say what withdrawing means before it happens."""
    return await case_page(request, "withdraw.html", Form[ActForm](), act="withdraw")


@router.post("/lacak/pengaduan/cabut", operation_id="page_withdraw", dependencies=[OWN_CASE])
async def withdraw(request: Request) -> Response:
    """End the case because its reporter takes it back."""
    return await _act(request, ActForm, lambda act, _: acts.withdraw(*act))


@router.get("/lacak/pengaduan/buka-kembali", operation_id="page_reopen", dependencies=[_LOOK])
async def show_reopening(request: Request) -> Response:
    """Ask why the closed case should be taken up again, and say what follows."""
    return await case_page(request, "reopen.html", Form[PleaForm](), act="reopen")


@router.post("/lacak/pengaduan/buka-kembali", operation_id="page_send_reopening", dependencies=[OWN_CASE])
async def send_reopening(request: Request) -> Response:
    """Take up the closed case again."""
    return await _act(
        request, PleaForm, lambda act, data: acts.reopen(*act, reason=data.text), "reopen.html", "reopen"
    )


@router.get("/lacak/pengaduan/banding", operation_id="page_appeal", dependencies=[_LOOK])
async def show_appeal(request: Request) -> Response:
    """Ask what the reporter appeals against, and say what follows."""
    return await case_page(request, "appeal.html", Form[PleaForm](), act="appeal")


@router.post("/lacak/pengaduan/banding", operation_id="page_send_appeal", dependencies=[OWN_CASE])
async def send_appeal(request: Request) -> Response:
    """Take the appeal."""
    return await _act(
        request, PleaForm, lambda act, data: acts.appeal(*act, reason=data.text), "appeal.html", "appeal"
    )


async def _act(
    request: Request,
    model: type[F],
    do: Callable[[ReportersAct, F], Awaitable[Case]],
    template: str = "my_case.html",
    act: ActName | None = None,
) -> Response:
    """Do an act of the reporter once; refused, `template` says why and keeps what was typed for `act`.

    Another case may have been opened since the form was: it is refused, and never done to that one.
    """
    form, token = await read_form(request, model), request.cookies.get(COOKIE)
    db = state_of(request.app).db
    try:
        opened = await db.read(lambda session: case_behind(session, token))
        if form.values.get("case") != str(opened):
            return other_case(request, form)
        if (data := form.data) is None:
            return await case_page(request, template, form, status=422, act=act)

        await act_of_reporter(
            request,
            Command(request, db, REPORTER, data.key or None),
            token,
            lambda opened: do(opened, data),
            fingerprint=data.model_dump_json().encode(),
        )
    except NotFoundError:
        if form.values.get("text"):
            raise  # the page of the refusal gives back what was typed
        return RedirectResponse("/lacak", SEE_OTHER)
    except (*UNAVAILABLE, RateLimitedError):
        raise
    except DomainError as error:
        form.refuse(error)
        if isinstance(error, KeyReusedError):
            form.message = (
                "Formulir ini sudah pernah terkirim dengan isi lain. Bila isian ini baru, kirim sekali lagi."
            )
        # the page shows the newest answer and request, and what it sends is another command
        form.values = {name: value for name, value in form.values.items() if name not in _MADE_ANEW}
        return await case_page(request, template, form, status=409, act=act, refused=error)
    return RedirectResponse("/lacak/pengaduan", SEE_OTHER)


def other_case(request: Request, form: Form[F]) -> Response:
    told = (
        "Formulir ini bukan untuk pengaduan yang sekarang terbuka di peramban ini. Tidak ada yang tercatat. "
    )
    told += "Buka pengaduan yang Anda maksud dengan kode tanda terimanya"
    told += " di tab baru." if form.values.get("text") else ", lalu ulangi dari sana."
    return PAGES.error(
        request, status=409, title="Pengaduan lain sedang terbuka", detail=told, typed=given_back(request)
    )


async def case_page(
    request: Request,
    template: str,
    form: Form[Any],
    *,
    status: int = 200,
    act: ActName | None = None,
    refused: DomainError | None = None,
) -> Response:
    """Show a page about the reporter's case; with `act` only while that act is possible."""

    async def look(session: AsyncSession) -> Any:
        case_id = await case_behind(session, request.cookies.get(COOKIE))
        found = await queries.my_case(session, engine_of(request), case_id)
        return found, await read_as_reporter(session, case_id), await opened(session, case_id)

    try:
        found, messages, readings = await state_of(request.app).db.read(look)
    except NotFoundError:
        if form.values.get("text"):
            raise
        return RedirectResponse("/lacak", SEE_OTHER)
    if act is not None and act not in found["may"]:
        if form.values.get("text"):  # the case's page has no form that could give them back
            raise refused or IllegalActError(
                "Status pengaduan sudah berubah; isian ini tidak diperlukan lagi."
            )
        return RedirectResponse("/lacak/pengaduan", SEE_OTHER)
    return PAGES.page(
        request,
        template,
        steps=engine_of(request).policies.steps,
        status=status,
        form=form,
        key=form.values.get("key") or secrets.token_urlsafe(24),
        question=form.values.get("question") or found["question"] or 0,
        answer=form.values.get("answer") or max((made["cycle"] for made in found["answers"]), default=0),
        case=found,
        zone=found["zone"] or "WIB",
        State=State,
        is_open=State(found["state"]) in OPEN,
        is_dismissed=State(found["state"]) in DISMISSED,
        messages=messages,
        readings=readings,
        may_write=State(found["state"]) in OPEN or bool(found["may"]),
        rules=conversation_rules(),
    )
