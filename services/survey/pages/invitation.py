"""The public questionnaire: consent first, then the questions, and a way back. No log-in, no script."""

import re
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from services.survey.domain.answers import InvalidAnswersError
from services.survey.domain.campaign import State
from services.survey.domain.consent import Decision
from services.survey.domain.invitation import TokenUnknownError
from services.survey.domain.release import FEWEST, WAIT
from services.survey.guessing import counting_misses
from services.survey.pages.frame import COOKIE, PAGES, SEE_OTHER
from services.survey.usecases import answering, visits, withdrawing
from services.survey.usecases.visits import Sheet
from shared.http.crosssite import OWN_FORM, TOKEN_FIELD
from shared.http.pages.forms import Form
from shared.http.pages.rendering import FORGET
from shared.http.problem import given_back, status_of
from shared.http.state import state_of
from shared.kernel import DomainError, read_uuid

MAX_AGE_SECONDS = 12 * 3600
WAIT_HOURS = WAIT // timedelta(hours=1)
_CHOICES = {choice.value: choice for choice in (Decision.WILLING, Decision.LATER, Decision.REFUSED)}
"""A withdrawal has a page of its own, which also takes the answers back."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_INVITATION = "invitation"
"""Whom a form was made for: another invitation may have been opened in this browser since."""
_RESPONSE_ID = "response_id"
_DIGITS = frozenset("0123456789")

router = APIRouter()


@router.get("/s/tarik-diri", operation_id="page_confirm_withdrawal")
async def confirm_withdrawal(request: Request) -> Response:
    """Say what withdrawing does before it happens."""
    sheet = await _sheet(request)
    if not sheet.can_withdraw:
        return _back()
    return PAGES.page(request, "withdraw.html", sheet=sheet, wait_hours=WAIT_HOURS)


@router.get("/s/{token}", operation_id="page_invitation")
async def take_invitation(request: Request, token: str) -> Response:
    """Put the token into a cookie and lead on to an address without it, so that no history keeps it.

    A link that was cut short opens nothing: not the invitation either that somebody opened here before.
    """
    response = _back()
    if _TOKEN.fullmatch(token) is not None:
        is_secure = _is_https(request)
        response.set_cookie(
            _cookie(request), token, max_age=MAX_AGE_SECONDS, secure=is_secure, httponly=True, samesite="lax"
        )
    else:
        _forget(request, response)
    return response


@router.get("/s", operation_id="page_sheet")
async def show_sheet(request: Request) -> Response:
    """Show what the token stands at."""
    return _page(request, await _sheet(request))


@router.post("/s/persetujuan", operation_id="page_consent", dependencies=[OWN_FORM])
async def send_consent(request: Request) -> Response:
    """Take the decision; a refusal of the rules leads back to the page that explains it."""
    sent, token = await request.form(), _token(request)
    if not await _is_theirs(request, sent.get(_INVITATION)):
        return _other_invitation(request)
    try:
        decision = _CHOICES[str(sent.get("decision", ""))]
    except KeyError:
        form = Form[BaseModel](errors={"decision": "Pilih salah satu."})
        return _page(request, await _sheet(request), form, status=422)
    try:
        async with counting_misses(request):
            version = str(sent.get("text_version", ""))
            await state_of(request.app).db.run(
                lambda session: answering.decide_consent(
                    session, token, decision, text_version=version, channel="form"
                )
            )
    except TokenUnknownError:
        raise
    except DomainError as error:
        form = Form[BaseModel](values={"decision": decision.value}, message=error.message)
        return await _form_again(request, "consent.html", form, error)
    return _back()


@router.post("/s/jawaban", operation_id="page_answers", dependencies=[OWN_FORM])
async def send_answers(request: Request) -> Response:
    """Take the answers; nothing chosen is lost when something is missing."""
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    sent.pop(TOKEN_FIELD, None)
    token = _token(request)
    if not await _is_theirs(request, sent.pop(_INVITATION, None)):
        return _other_invitation(request)
    response_id = _uuid(sent.pop(_RESPONSE_ID, ""))
    typed = sent | {_RESPONSE_ID: str(response_id)}
    scores = {
        name: int(value) if len(value) == 1 and value in _DIGITS else value for name, value in sent.items()
    }
    try:
        async with counting_misses(request):
            await state_of(request.app).db.run(
                lambda session: answering.submit_response(session, token, response_id, scores)
            )
    except TokenUnknownError:
        raise
    except InvalidAnswersError as error:
        faults: list[Mapping[str, str]] = error.details["errors"]
        form = Form[BaseModel](values=typed, errors={fault["field"]: fault["message"] for fault in faults})
        return await _form_again(request, "questions.html", form, error)
    except DomainError as error:
        form = Form[BaseModel](values=typed, message=error.message)
        return await _form_again(request, "questions.html", form, error)
    return _back()


@router.post("/s/tarik-diri", operation_id="page_withdraw", dependencies=[OWN_FORM])
async def send_withdrawal(request: Request) -> Response:
    """Take consent and answers back."""
    token = _token(request)
    if not await _is_theirs(request, (await request.form()).get(_INVITATION)):
        return _other_invitation(request)
    async with counting_misses(request):
        await state_of(request.app).db.run(
            lambda session: withdrawing.withdraw(session, token, channel="form")
        )
    return _back()


@router.post("/s/keluar", operation_id="page_leave", dependencies=[OWN_FORM])
async def leave(request: Request) -> Response:
    """Forget the invitation in this browser: the next person at a shared one starts afresh."""
    response = RedirectResponse("/", SEE_OTHER, headers=FORGET)
    _forget(request, response)
    return response


async def _sheet(request: Request) -> Sheet:
    async with counting_misses(request):
        token = _token(request)
        return await state_of(request.app).db.read(lambda session: visits.look_up(session, token))


async def _is_theirs(request: Request, named: object) -> bool:
    """Tell whether a form was made for the person whom the browser's token stands for now."""
    return named == str((await _sheet(request)).participant_id)


def _other_invitation(request: Request) -> Response:
    """Refuse a form of another invitation: nothing of it may land at this one."""
    return PAGES.error(
        request,
        status=409,
        title="Undangan lain sedang terbuka",
        detail="Formulir ini bukan untuk undangan yang sekarang terbuka di peramban ini. Tidak ada yang "
        "tercatat. Buka undangan yang Anda maksud dengan tautannya di tab baru, lalu ulangi dari sana.",
        typed=given_back(request),
    )


def _page(
    request: Request, sheet: Sheet, form: Form[BaseModel] | None = None, *, status: int = 200
) -> Response:
    shown = form or Form[BaseModel]()
    response_id = shown.values.get(_RESPONSE_ID) or str(uuid4())
    return PAGES.page(
        request,
        _template(sheet),
        status=status,
        sheet=sheet,
        fewest=FEWEST,
        wait_hours=WAIT_HOURS,
        form=shown,
        response_id=response_id,
    )


async def _form_again(request: Request, template: str, form: Form[BaseModel], error: DomainError) -> Response:
    """Show the refused form as it was filled in; where it has no place now, the refusal gives it back."""
    sheet = await _sheet(request)
    if _template(sheet) != template:
        raise error
    return _page(request, sheet, form, status=status_of(request, error.code))


def _template(sheet: Sheet) -> str:
    if sheet.decision is Decision.WITHDRAWN:
        return "withdrawn.html"
    if sheet.is_finished:
        return "thanks.html"
    if not sheet.is_open:
        return "not_yet.html" if sheet.campaign.state is State.DRAFT else "closed.html"
    return "questions.html" if sheet.decision is Decision.WILLING else "consent.html"


def _back() -> RedirectResponse:
    return RedirectResponse("/s", SEE_OTHER)


def _token(request: Request) -> str:
    token = request.cookies.get(_cookie(request))
    if token is None:
        raise TokenUnknownError(
            "Buka survei melalui tautan undangan yang Anda terima, sampai huruf terakhirnya."
        )
    return token


def _forget(request: Request, response: Response) -> None:
    response.delete_cookie(_cookie(request), secure=_is_https(request), httponly=True, samesite="lax")


def _cookie(request: Request) -> str:
    return f"{'__Host-' if _is_https(request) else ''}{COOKIE}"


def _is_https(request: Request) -> bool:
    return state_of(request.app).settings.base_url.startswith("https://")


def _uuid(text: str) -> UUID:
    try:
        return read_uuid(text)
    except ValueError:
        return uuid4()
