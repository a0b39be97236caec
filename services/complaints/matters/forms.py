"""What forms about matters share: units to choose from, the version read, and doing an act once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.frame import SEE_OTHER
from services.complaints.matters.store import Dossier
from services.complaints.matters.words import Step
from services.complaints.tables import UNIT
from shared.db.clock import database_now
from shared.http.fields import Digits
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.kernel import DomainError, NotFoundError, Zone, is_unit_id
from shared.security import Principal

MOST_UNITS = 200
"""Nobody reads a longer list through; whoever has more in sight names one in the address."""
STALE = 412


async def units_within(
    session: AsyncSession,
    actor: Principal,
    named: str | None = None,
    *,
    also: ColumnElement[bool] | None = None,
) -> list[tuple[str, str]]:
    """Return id and name of the first active units in scope, by name, and of the one named, if it is one.

    `also` tells of others in scope that are no longer active.
    """
    is_named = UNIT.c.unit_id == (named if named is not None and is_unit_id(named) else "")
    counts = UNIT.c.is_active if also is None else UNIT.c.is_active | also
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        counts, actor.scope.where(UNIT.c.unit_id, UNIT.c.agency_id)
    )
    asked = asked.order_by(is_named.desc(), UNIT.c.name, UNIT.c.unit_id).limit(MOST_UNITS)
    rows = await session.execute(asked)
    return sorted(((row.unit_id, row.name) for row in rows), key=lambda one: (one[1], one[0]))


async def today_of(session: AsyncSession, unit_id: str | None) -> date:
    """Return the present day of a unit; Jakarta's while none is known."""
    unit = await units.get(session, unit_id) if unit_id is not None and is_unit_id(unit_id) else None
    zone = Zone.WIB if unit is None else unit.zone
    return (await database_now(session)).astimezone(zone.tz).date()


def version_of(form: Form[Any], status: int, newest: int) -> Any:
    """Return the version that a form shown again is based on.

    It is what was read, so that nothing is overwritten unseen; the newest once a refusal has said that it is
    another one.
    """
    if status == STALE or "version" in form.errors:
        return newest
    return form.values.get("version", newest)


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
