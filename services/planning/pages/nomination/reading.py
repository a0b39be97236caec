"""What all pages of a proposal read and offer: the proposal, its units and papers, who may do what."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import (
    Document,
    Nomination,
    NominationState,
    NominationStateError,
)
from services.planning.nomination.store import candidates, documents
from services.planning.nomination.usecases import proposals
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.stage import DECIDED, UNSETTLED, Window
from services.planning.stages.domain.windows import Days
from services.planning.stages.store import assessments
from services.planning.stages.usecases import windows
from services.planning.units import store as units
from services.planning.units.domain import Unit
from shared.db.clock import database_now
from shared.http.addresses import proposal_page
from shared.http.once import do_once
from shared.http.pages.forms import AS_NAMED, Form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError, Zone
from shared.security import ForbiddenError, Principal


@dataclass(frozen=True, slots=True)
class Proposal:
    """An agency's proposal of a year as its pages read it; `present` is None before the first.

    One that was withdrawn is present until another is made. `papers` are its letter and SPTJM.
    """

    agency_id: str
    year: int
    present: Nomination | None
    earlier: Sequence[Nomination]
    units: Mapping[str, Unit]
    papers: Mapping[UUID, Document]
    days: Days
    zone: Zone
    today: date
    assessments: Mapping[str, Assessment]
    """Those of the present proposal's units that somebody moved, by unit."""

    @property
    def open(self) -> Nomination | None:
        """The proposal that can be changed, None before the first and after a withdrawal."""
        found = self.present
        return None if found is None or found.state is NominationState.WITHDRAWN else found

    @property
    def is_early(self) -> bool:
        """Whether the days of proposals have not begun."""
        return self.days.opens_on is not None and self.today < self.days.opens_on

    @property
    def is_late(self) -> bool:
        """Whether the days of proposals are over."""
        return self.days.are_over(self.today)

    def is_decided(self, unit_id: str) -> bool:
        """Tell whether what became of a unit was decided: nobody takes that back here."""
        found = self.assessments.get(unit_id)
        return found is not None and found.stage in DECIDED

    def fixed_by(self, unit_id: str, packaged: int) -> str:
        """Return why category and kawasan of a unit stay as they are, "" while they can be changed.

        `packaged` is the version of the frozen package that holds it, 0 for none.
        """
        found = self.assessments.get(unit_id)
        if self.is_decided(unit_id):
            return "hasil penilaiannya sudah ditetapkan"
        if self.is_late:
            return "masa pengusulan berakhir"
        if packaged and found is not None and found.stage not in UNSETTLED:
            return "unit ini sudah melewati pra-evaluasi"
        return ""

    @property
    def has_decided(self) -> bool:
        """Whether any unit of it was decided, so that it is no longer withdrawn."""
        return self.present is not None and any(self.is_decided(one.unit_id) for one in self.present.units)

    @property
    def version(self) -> int:
        """What forms carry: the version of what they change, 0 where a proposal would be made."""
        return 0 if self.open is None else self.open.version

    @property
    def here(self) -> str:
        return proposal_page(self.agency_id, self.year)

    def name(self, unit_id: str) -> str:
        """Return a unit's name, its code where the register has none."""
        return self.units[unit_id].name if unit_id in self.units else unit_id

    def needed(self) -> Nomination:
        """Return the proposal that can be changed; raises as the function `needed`."""
        return _open_one([] if self.present is None else [self.present])


async def read_proposal(session: AsyncSession, caller: Principal, agency_id: str, year: int) -> Proposal:
    """Return what stands of an agency's year; raises `ForbiddenError`, `NotFoundError`."""
    found = await proposals.proposals_of(session, caller, agency_id, year)
    present = found[0] if found else None
    members = await candidates.units(session, [unit.unit_id for one in found for unit in one.units])
    wanted = {id_ for id_ in (present.letter_id, present.sptjm_id) if id_ is not None} if present else set()
    ids = [unit.unit_id for unit in present.units] if present else []
    assessed = await assessments.of_units(session, ids, year) if ids else []
    zone = next((unit.zone for unit in members.values()), Zone.WIB)
    return Proposal(
        agency_id=agency_id,
        year=year,
        present=present,
        earlier=found[1:],
        units=members,
        papers=await documents.of_agency(session, agency_id, wanted) if wanted else {},
        days=await windows.days_for(session, agency_id, year, Window.PENGUSULAN),
        zone=zone,
        today=(await database_now(session)).astimezone(zone.tz).date(),
        assessments={one.unit_id: one for one in assessed},
    )


async def open_nomination(
    session: AsyncSession, caller: Principal, agency_id: str, year: int
) -> Nomination | None:
    """Return the proposal that acts are done on, None where there is none; raises as `proposals_of`."""
    found = await proposals.proposals_of(session, caller, agency_id, year)
    return next((one for one in found if one.state is not NominationState.WITHDRAWN), None)


async def needed(session: AsyncSession, caller: Principal, agency_id: str, year: int) -> Nomination:
    """Return the proposal that an act is done on.

    Raises `NotFoundError` before the first, `NominationStateError` after a withdrawal.
    """
    return _open_one(await proposals.proposals_of(session, caller, agency_id, year))


def _open_one(found: Sequence[Nomination]) -> Nomination:
    for one in found:
        if one.state is not NominationState.WITHDRAWN:
            return one
    if found:
        raise NominationStateError("Usulan ini sudah ditarik.")
    raise NotFoundError("Belum ada usulan yang dapat diubah.")


def may(request: Request, caller: Principal, operation: str) -> bool:
    """Tell whether the access matrix lets a person do something, so that a page may offer it."""
    try:
        state_of(request.app).matrix.allow(caller, operation)
    except ForbiddenError:
        return False
    return True


async def refusal_of(
    request: Request,
    caller: Principal,
    form: Form[Any],
    work: Callable[[AsyncSession], Awaitable[object]],
    *,
    at: Mapping[str, str] = AS_NAMED,
) -> int | None:
    """Do what a form asks in one transaction; return the status of its refusal, None when it is done.

    The very form that was sent and done before is done, and changes nothing more.
    A refusal stands at the field of the form that `at` names for its field or code, else above the form.
    What is not there or not for this person is the error page's.
    """
    try:
        await do_once(request, caller, form, work)
    except (NotFoundError, ForbiddenError):
        raise
    except DomainError as refused:
        ids = {entry["unit_id"] for entry in refused.details.get("errors", ()) if "unit_id" in entry}
        names = await state_of(request.app).db.read(lambda session: units.names(session, ids)) if ids else {}

        def say(entry: Mapping[str, str]) -> str:
            unit_id = entry.get("unit_id")
            whose = "" if unit_id is None else f"{names.get(unit_id, unit_id)}: "
            return f"{whose}{entry['message']}"

        form.refuse(refused, at, say)
        return status_of(request, refused.code)
    return None
