"""Open the identity behind a case: what that means, why, and the name once."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.schemas.fields import Reason
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.secrecy.domain import Reading
from services.complaints.secrecy.serving import identities_of
from services.complaints.secrecy.store.doors import Behind
from services.complaints.secrecy.usecases import opening
from services.complaints.secrecy.usecases.opening import Person
from shared.http.addresses import IDENTITIES, identity_page
from shared.http.authorization import PageCaller
from shared.http.fields import Body
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError, Zone
from shared.security import Principal
from shared.security.roles import CASE_READERS, ROLE_NAMES

router = APIRouter()
PATH = "/pengaduan/{tracking_id}/identitas"
_UNPROCESSABLE = 422


class OpenForm(Body):
    """Why somebody opens an identity; each sending opens it, and counts."""

    reason: Reason


@router.get(IDENTITIES, operation_id="page_identities")
async def find(
    request: Request, actor: PageCaller, nomor: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Let a custodian name a case by its number, and lead to the door of its identity."""
    form = Form[Body]({"nomor": nomor} if nomor else {})
    if named := nomor.strip():
        try:
            found = await state_of(request.app).db.read(lambda session: opening.behind(session, actor, named))
        except NotFoundError as missing:
            form.refuse(missing, {"not_found": "nomor"})
        else:
            return RedirectResponse(identity_page(found.tracking_id), SEE_OTHER)
    return PAGES.page(request, "identities.html", status=404 if form.errors else 200, form=form)


@router.get(PATH, operation_id="page_ask_identity")
async def ask(request: Request, actor: PageCaller, tracking_id: str) -> HTMLResponse:
    """Say what opening means before it happens, and who did it before."""
    return await _page(request, actor, tracking_id, Form[OpenForm]())


@router.post(PATH, operation_id="page_show_identity")
async def show(request: Request, actor: PageCaller, tracking_id: str) -> HTMLResponse:
    """Show who reported, once, for the reason that the log has kept before."""
    form = await read_form(request, OpenForm)
    if (data := form.data) is None:
        return await _page(request, actor, tracking_id, form, _UNPROCESSABLE)
    db = state_of(request.app).db
    found = await db.read(lambda session: opening.behind(session, actor, tracking_id))
    try:
        person = await opening.open_reporter(db, identities_of(request), actor, found.id, data.reason, db.run)
    except NotFoundError:
        raise
    except DomainError as refused:
        form.refuse(refused)
        return await _page(request, actor, tracking_id, form, status_of(request, refused.code))
    return await _page(request, actor, tracking_id, form, person=person)


async def _page(
    request: Request,
    actor: Principal,
    tracking_id: str,
    form: Form[OpenForm],
    status: int = 200,
    person: Person | None = None,
) -> HTMLResponse:
    async def look(session: AsyncSession) -> tuple[Behind, bool, list[Reading], Zone]:
        found = await opening.behind(session, actor, tracking_id)
        may = found.identity_kind != "anonymous" and await opening.may_open(session, actor, found)
        unit = None if found.unit_id is None else await units.get(session, found.unit_id)
        zone = Zone.WIB if unit is None else Zone(unit.zone)
        return found, may, await opening.readings(session, actor, found.id), zone

    found, may_open, readings, zone = await state_of(request.app).db.read(look)
    return PAGES.page(
        request,
        "identity.html",
        status=status,
        case=found,
        may_open=may_open,
        sees_case=actor.has(*CASE_READERS),
        readings=readings,
        roles_of=_roles_of,
        zone=zone,
        form=form,
        person=person,
    )


def _roles_of(one: Reading) -> str:
    """Return the offices in which somebody opened an identity, as people call them."""
    return ", ".join(ROLE_NAMES.get(role, role) for role in one.roles.split(","))
