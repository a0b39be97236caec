"""What `main.build` put on the application to seal and open identities, and how a page opens one."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.complaints.secrecy.domain import IdentityBrokenError
from services.complaints.secrecy.usecases.keeping import Identities
from shared.http.fields import Body
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.security.keys import KeysAwayError

T = TypeVar("T")


def identities_of(request: Request) -> Identities:
    """Return what seals and opens identities."""
    return cast("Identities", request.app.state.identities)


async def show_once(
    request: Request,
    kind: type[Body],
    opened: Callable[[Any], Awaitable[T]],
    page: Callable[[Form[Any], int], Awaitable[HTMLResponse]],
    told: Callable[[Form[Any], T], Awaitable[HTMLResponse]],
) -> HTMLResponse:
    """Open who is behind a matter for the reason in a form, and show it; refused, `page` says why."""
    form = await read_form(request, kind)
    if (data := form.data) is None:
        return await page(form, 422)
    try:
        found = await opened(data)
    except (KeysAwayError, IdentityBrokenError) as refused:
        form.refuse(refused)
        return await page(form, status_of(request, refused.code))
    return await told(form, found)
