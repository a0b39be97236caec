"""Put units forward, hand the proposal in, change it, take it back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.nomination.domain.changing import Contents
from services.planning.nomination.domain.nominations import (
    Candidacy,
    Nomination,
    NominationExistsError,
    NominationRefusedError,
    NominationState,
    NominationStateError,
    ReasonNeededError,
)
from services.planning.nomination.events import nomination_fact
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import documents, packages, proposals
from services.planning.nomination.usecases.documents import check_known_agency
from services.planning.nomination.usecases.examining import (
    Finding,
    examine_papers,
    members_of,
    refusals_of,
)
from services.planning.refusals import check_version
from shared.kernel import NotFoundError, new_id
from shared.recording import record
from shared.security import Principal

_MOST_A_YEAR = 100


async def propose(
    session: AsyncSession,
    actor: Principal,
    agency_id: str,
    year: int,
    contents: Contents,
) -> Nomination:
    """Put an agency's units forward for a year.

    Raises `ForbiddenError` (another agency), `NotFoundError`, `NominationRefusedError` with every reason
    against every unit, `NominationExistsError` for a second proposal of the year.
    """
    await check_known_agency(session, actor, agency_id)
    units, kawasan = tuple(contents.units), tuple(contents.kawasan)
    made = Nomination(new_id(), agency_id, year, NominationState.PROPOSED, units, kawasan)
    await _check_units(session, made)
    if not await proposals.insert(session, made):
        raise NominationExistsError(
            f"Instansi ini sudah punya usulan tahun {year}; tambahkan unit pada usulan itu.", field="year"
        )
    places = await proposals.save_units(session, made)
    await tell(session, actor, "propose_units", made, places)
    return made


async def change(
    session: AsyncSession,
    actor: Principal,
    nomination_id: UUID,
    expected: int,
    contents: Contents,
    *,
    reason: str | None,
    stages: Stages,
) -> Nomination:
    """Put other units forward in the same proposal; what was frozen stays until the next package.

    A unit that was frozen already is left out with a reason only, and as its stage allows; its category and
    kawasan change while proposals are open and until it passes pre-evaluation. Faults that the proposal had
    before keep nobody from mending others: freezing asks for all. What changes nothing does nothing.
    Raises `NotFoundError`, `StaleVersionError`, `NominationStateError`, `NominationRefusedError`,
    `ReasonNeededError`, and what the stages refuse.
    """
    found = await taken(session, actor, nomination_id, expected)
    changed = found.changed(*contents)
    if (changed.units, changed.kawasan) == (found.units, found.kawasan):
        return found
    await _check_units(session, changed, before=found)
    kept = {unit.unit_id for unit in changed.units}
    left_out = [unit for unit in found.units if unit.unit_id not in kept]
    before = await proposals.places(session, nomination_id)
    gone = [unit.unit_id for unit in left_out if before[unit.unit_id].package_version]
    if gone and not reason:
        raise ReasonNeededError(
            "Melepas unit dari paket yang sudah dibekukan memerlukan alasan.", field="reason"
        )
    await check_settled(session, changed, stages)
    await _check_added(session, found, changed, stages)
    for unit_id in gone:
        await stages.withdraw(session, actor, unit_id, found.year, reason or "")
    await proposals.update(session, changed)
    places = await proposals.save_units(session, changed, left_out)
    await tell(session, actor, "change_proposal", changed, places, reason=reason)
    return changed


async def check_settled(session: AsyncSession, nomination: Nomination, stages: Stages) -> None:
    """Raise `NominationStateError` where a unit would become another one than its package says too late."""
    packaged = await packages.proposed_units(session, nomination.nomination_id, nomination.package_version)
    moved = [unit for unit in nomination.units if packaged.get(unit.unit_id, unit) != unit]
    reasons = [
        reason.said
        for unit in moved
        for reason in await stages.settled(session, unit.unit_id, nomination.year)
    ]
    if reasons:
        raise NominationStateError(
            "Kategori dan kawasan unit dalam paket yang dibekukan tidak dapat diubah lagi: "
            + " ".join(dict.fromkeys(reasons))
        )


async def _check_added(session: AsyncSession, found: Nomination, changed: Nomination, stages: Stages) -> None:
    """Raise `NominationStateError` for a unit that joins a frozen proposal once no package can hold it."""
    if not changed.package_version:
        return
    added = {unit.unit_id for unit in changed.units} - {unit.unit_id for unit in found.units}
    reasons = [
        reason.said
        for unit_id in sorted(added)
        for reason in await stages.obstacles(session, unit_id, changed.year, is_proposed=True)
    ]
    if reasons:
        raise NominationStateError(" ".join(dict.fromkeys(reasons)))


async def submit(
    session: AsyncSession,
    actor: Principal,
    nomination_id: UUID,
    expected: int,
    *,
    letter_id: UUID,
    sptjm_id: UUID,
) -> Nomination:
    """Hand a proposal in with its letter and SPTJM.

    Raises `NotFoundError`, `StaleVersionError`, `NominationStateError`, `NominationRefusedError` for papers
    that are not the agency's, of another kind, or without number and date. The same papers again do nothing.
    """
    found = await taken(session, actor, nomination_id, expected)
    handed_in = found.submitted(letter_id, sptjm_id)
    if (found.letter_id, found.sptjm_id) == (letter_id, sptjm_id):
        return found
    papers = await documents.of_agency(session, found.agency_id, {letter_id, sptjm_id})
    refuse(list(examine_papers(handed_in, papers)))
    await proposals.update(session, handed_in)
    places = await proposals.save_units(session, handed_in)
    await tell(session, actor, "submit_proposal", handed_in, places)
    return handed_in


async def withdraw(
    session: AsyncSession,
    actor: Principal,
    nomination_id: UUID,
    expected: int,
    reason: str,
    stages: Stages,
) -> Nomination:
    """Take a proposal back; its packages stay.

    Raises `NotFoundError`, `StaleVersionError`, `NominationStateError`, and what the stages refuse.
    """
    found = await taken(session, actor, nomination_id, expected)
    withdrawn = found.withdrawn(reason)
    before = await proposals.places(session, nomination_id)
    for unit in found.units:
        if before[unit.unit_id].package_version:
            await stages.withdraw(session, actor, unit.unit_id, found.year, reason)
    await proposals.update(session, withdrawn)
    places = await proposals.save_units(session, withdrawn)
    await tell(session, actor, "withdraw_proposal", withdrawn, places, reason=reason)
    return withdrawn


async def get_nomination(session: AsyncSession, actor: Principal, nomination_id: UUID) -> Nomination:
    """Return a proposal in scope; raises `NotFoundError`."""
    found = await proposals.get(session, actor.scope, nomination_id)
    if found is None:
        raise NotFoundError("Usulan tidak ditemukan.")
    return found


async def proposals_of(
    session: AsyncSession, actor: Principal, agency_id: str, year: int
) -> list[Nomination]:
    """Return an agency's proposals of a year, the newest first: all but that one were withdrawn.

    Whoever sees single units sees what proposes these. Raises `ForbiddenError`, `NotFoundError`.
    """
    if actor.scope.level != "unit":
        await check_known_agency(session, actor, agency_id)
    found = await proposals.page(
        session, actor.scope, agency_id=agency_id, year=year, after=UUID(int=0), limit=_MOST_A_YEAR
    )
    if not found and actor.scope.level == "unit":
        raise NotFoundError("Usulan tidak ditemukan.")
    return sorted(found, key=_stands_first, reverse=True)


def _stands_first(one: Nomination) -> tuple[bool, UUID]:
    return one.state is not NominationState.WITHDRAWN, one.nomination_id


async def taken(session: AsyncSession, actor: Principal, nomination_id: UUID, expected: int) -> Nomination:
    """Return a proposal of an agency in scope and lock it; raises `NotFoundError`, `StaleVersionError`."""
    found = await proposals.get(session, actor.scope, nomination_id, lock=True)
    if found is None or not actor.scope.covers("", found.agency_id):
        raise NotFoundError("Usulan tidak ditemukan.")
    check_version(found.version, expected)
    return found


def refuse(findings: Sequence[Finding]) -> None:
    """Raise `NominationRefusedError` with every finding, if there is any."""
    if findings:
        raise NominationRefusedError(
            f"Usulan belum dapat diterima: {findings[0].message}"
            + (f" Dan {len(findings) - 1} sebab lain." if len(findings) > 1 else ""),
            errors=[finding.as_error() for finding in findings],
        )


async def tell(
    session: AsyncSession,
    actor: Principal,
    operation: str,
    nomination: Nomination,
    places: Sequence[Candidacy],
    *,
    reason: str | None = None,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Publish the place of every unit, and note the act."""
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="nomination",
        entity_id=nomination.nomination_id,
        version=nomination.version,
        facts=[nomination_fact(place) for place in places],
        changes={
            "agency_id": nomination.agency_id,
            "year": nomination.year,
            "state": nomination.state.value,
            "units": {unit.unit_id: unit.category.value for unit in nomination.units},
            "package_version": nomination.package_version,
            **(beside or {}),
        },
        reason=reason,
    )


async def _check_units(
    session: AsyncSession, nomination: Nomination, *, before: Nomination | None = None
) -> None:
    """Refuse what stands in the way of the units and groups, but for what did before."""
    found = list(refusals_of(nomination, await members_of(session, nomination)))
    if found and before is not None:
        known = {
            (one.code, one.unit_id, one.message)
            for one in refusals_of(before, await members_of(session, before))
        }
        found = [one for one in found if (one.code, one.unit_id, one.message) not in known]
    refuse(found)
