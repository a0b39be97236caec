"""Come back with a receipt, and leave again."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.complaints.frame import COOKIE, PAGES, SEE_OTHER
from services.complaints.intake.data import intake_rules
from services.complaints.intake.reporters import UNAVAILABLE, close_receipt, open_receipt
from shared.http.crosssite import OWN_FORM
from shared.http.fields import Body
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.limits.waiting import WaitFirstError
from shared.http.pages.forms import Form, read_form
from shared.http.pages.rendering import FORGET
from shared.http.problem import status_of
from shared.kernel import DomainError

router = APIRouter(dependencies=[FROM_ANYBODY])


class ReceiptForm(Body):
    """A receipt as typed."""

    receipt: Annotated[str, Field(max_length=60)]
    wait: Annotated[str, Field(max_length=100)] = ""


@router.get("/lacak", operation_id="page_track")
async def show_track(request: Request) -> Response:
    """Ask for the receipt."""
    return PAGES.page(request, "track.html", form=Form[ReceiptForm]())


@router.post("/lacak", operation_id="page_open_case")
async def open_case(request: Request) -> Response:
    """Open the case behind a receipt."""
    form = await read_form(request, ReceiptForm)
    if form.data is None:
        return PAGES.page(request, "track.html", form=form, status=422)
    try:
        token = await open_receipt(request, form.data.receipt, form.data.wait)
    except UNAVAILABLE:
        raise
    except WaitFirstError as error:
        form.values = {**form.values, "wait": error.token or ""}
        headers = error.details["headers"]
        return PAGES.page(request, "track.html", form=form, status=429, headers=headers, wait=error)
    except DomainError as error:
        form.errors["receipt"] = error.message
        status, headers = status_of(request, error.code), error.details.get("headers")
        return PAGES.page(request, "track.html", form=form, status=status, headers=headers)
    response = RedirectResponse("/lacak/pengaduan", SEE_OTHER)
    remember(response, token)
    return response


def remember(response: Response, token: str) -> None:
    """Let the browser keep a receipt session as long as it lasts."""
    minutes = intake_rules().receipt_session_minutes
    response.set_cookie(COOKIE, token, max_age=minutes * 60, secure=True, httponly=True, samesite="lax")


@router.post("/lacak/keluar", operation_id="page_leave", dependencies=[OWN_FORM])
async def leave(request: Request) -> Response:
    """End the receipt session, on the server too: whoever copied the cookie has nothing."""
    await close_receipt(request, request.cookies.get(COOKIE))
    response = RedirectResponse("/lacak", SEE_OTHER, headers=FORGET)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return response
