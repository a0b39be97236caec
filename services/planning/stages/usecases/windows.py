"""Announce windows, and say what kind an agency is."""

from datetime import date
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.stages.domain.refusals import ActIncompleteError
from services.planning.stages.domain.stage import OF_AGENCIES, STAGE_NAMES, Window
from services.planning.stages.domain.windows import AnnouncedWindow, Days, check_days, in_force
from services.planning.stages.practice import practice
from services.planning.stages.store import windows
from services.planning.units.usecases import check_agency
from shared import audit
from shared.kernel import DomainError, StaleVersionError, new_id
from shared.security import ForbiddenError, Principal


class AgencyTypeUnknownError(DomainError):
    """The type is none of the data's; `types` names them."""

    code: ClassVar[str] = "agency_type_unknown"


async def announce_window(
    session: AsyncSession,
    actor: Principal,
    *,
    year: int,
    window: Window,
    agency_id: str | None,
    opens_on: date | None,
    closes_on: date | None,
    reason: str | None,
    seen: int | None,
) -> AnnouncedWindow:
    """Announce a window of a year, or move it; both days are within, in each unit's own zone.

    What the national team sets a term for takes somebody whose scope is national, as `agency_id` None does,
    which is for all agencies: nobody moves the last day of their own proposal or objection. `seen` is the
    version the caller has read, 0 for none, None for whatever it is. Moving needs a reason.
    Raises `ForbiddenError`, `WindowInvalidError`, `StaleVersionError`, `ActIncompleteError`.
    """
    _check_reach(actor, window, agency_id)
    check_days(Days(opens_on, closes_on))
    await windows.lock(session, year, window, agency_id)
    found = await windows.get(session, year, window, agency_id)
    version = 0 if found is None else found.version
    if seen is not None and seen != version:
        raise StaleVersionError(version=version)
    if found is not None and not reason:
        raise ActIncompleteError("reason", "Memindahkan masa yang sudah diumumkan memerlukan alasan.")
    window_id = new_id() if found is None else found.window_id
    announced = AnnouncedWindow(window_id, year, window, agency_id, opens_on, closes_on, reason, version + 1)
    await windows.save(session, announced)
    await audit.record(
        session,
        actor=actor,
        operation="announce_window",
        entity="window",
        entity_id=str(window_id),
        version=announced.version,
        changes={
            "year": year,
            "window": window.value,
            "agency_id": agency_id,
            "opens_on": opens_on and opens_on.isoformat(),
            "closes_on": closes_on and closes_on.isoformat(),
        },
    )
    return announced


async def days_for(session: AsyncSession, agency_id: str, year: int, window: Window) -> Days:
    """Return the days of a window for the units of an agency, whoever asks."""
    announced = [await windows.get(session, year, window, whose) for whose in (agency_id, None)]
    told = [(window, one.agency_id, one.days) for one in announced if one is not None]
    return in_force(told, window, practice().default_days(window, year))


async def set_agency_type(
    session: AsyncSession, actor: Principal, agency_id: str, agency_type: str, *, seen: int | None
) -> int:
    """Say what kind an agency is and return the version; kinds are data.

    Raises `ForbiddenError`, `AgencyTypeUnknownError`, `StaleVersionError`.
    """
    check_agency(actor, agency_id)
    if agency_type not in practice().agency_types:
        known = list(practice().agency_types)
        raise AgencyTypeUnknownError(
            f"Jenis instansi salah satu dari {', '.join(known)}.", field="agency_type", types=known
        )
    _, version = await windows.agency(session, agency_id, lock=True)
    if seen is not None and seen != version:
        raise StaleVersionError(version=version)
    if not await windows.save_agency(session, agency_id, agency_type, version + 1):
        raise StaleVersionError
    await audit.record(
        session,
        actor=actor,
        operation="set_agency_type",
        entity="agency",
        entity_id=agency_id,
        version=version + 1,
        changes={"agency_type": agency_type},
    )
    return version + 1


def _check_reach(actor: Principal, window: Window, agency_id: str | None) -> None:
    if agency_id is not None:
        check_agency(actor, agency_id)
    if actor.scope.level == "national":
        return
    if agency_id is None:
        raise ForbiddenError("Masa untuk semua instansi diumumkan oleh administrator nasional.")
    if window not in OF_AGENCIES:
        raise ForbiddenError(f"Masa {STAGE_NAMES[window]} diumumkan oleh administrator nasional.")
