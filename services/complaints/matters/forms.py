"""What forms about matters share: the present day, the version read, and doing an act once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.frame import SEE_OTHER
from services.complaints.matters.store import Dossier
from services.complaints.matters.words import Step
from shared.db.clock import database_now
from shared.http.fields import Digits
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.kernel import DomainError, NotFoundError, Zone, is_unit_id
from shared.security import Principal


async def today_of(session: AsyncSession, unit_id: str | None) -> date:
    """Return the present day of a unit; Jakarta's while none is known."""
    unit = await units.get(session, unit_id) if unit_id is not None and is_unit_id(unit_id) else None
    zone = Zone.WIB if unit is None else unit.zone
    return (await database_now(session)).astimezone(zone.tz).date()


class VersionedForm(OnceBody):
    """A form that names the version it was made for."""

    version: Digits


@dataclass(frozen=True, slots=True)
class Asked:
    """The form of an act, the fields that it shows, and what is done with it."""

    step: Step
    form: type[VersionedForm]
    fields: Sequence[str]
    do: Callable[[Any, Any], Awaitable[Dossier]]


async def do_act(
    request: Request,
    actor: Principal,
    asked: Asked,
    opening: Callable[[Any], Awaitable[Callable[[AsyncSession], Any]]],
    page: Callable[[Form[Any], int], Awaitable[HTMLResponse]],
    done: str,
) -> Response:
    """Do an act once and lead to `done`; refused, `page` says why and keeps what was typed.

    `opening` does what nobody may wait for in the transaction, and returns how to open the matter in it.
    """
    form = await read_form(request, asked.form)
    if (data := form.data) is None:
        return await page(form, 422)

    try:
        opened = await opening(data)

        async def work(session: AsyncSession) -> Dossier:
            return await asked.do(opened(session), data)

        await do_once(request, actor, form, work)
    except NotFoundError:
        raise
    except DomainError as refused:
        form.refuse(refused)
        return await page(form, status_of(request, refused.code))
    return RedirectResponse(done, SEE_OTHER)
