"""Freeze a proposal as a package, and find packages again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import Nomination, NominationStateError
from services.planning.nomination.domain.package import Package
from services.planning.nomination.domain.package import freeze as frozen_package
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import packages, proposals
from services.planning.nomination.store.packages import Frozen
from services.planning.nomination.usecases.examining import Examination, Finding, examine
from services.planning.nomination.usecases.proposals import check_settled, get_nomination, refuse, taken, tell
from shared.db.clock import database_now
from shared.kernel import NotFoundError
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Preview:
    """A proposal with what its next package would hold, and all that stands in its way."""

    nomination: Nomination
    examination: Examination


async def preview(session: AsyncSession, actor: Principal, nomination_id: UUID, stages: Stages) -> Preview:
    """Return what freezing would do now, and why it could not; raises `NotFoundError`."""
    found = await get_nomination(session, actor, nomination_id)
    before = await proposals.places(session, nomination_id)
    examined = await examine(session, found, before, stages)
    try:
        await check_settled(session, found, stages)
    except NominationStateError as refused:
        settled = Finding("units", refused.code, refused.message)
        examined = replace(examined, refusals=(*examined.refusals, settled))
    return Preview(found, examined)


async def freeze(
    session: AsyncSession,
    actor: Principal,
    nomination_id: UUID,
    expected: int,
    *,
    reason: str | None,
    stages: Stages,
) -> Nomination:
    """Freeze the next package of a proposal, and move every unit that was not proposed before.

    Raises `NotFoundError`, `StaleVersionError`, `NominationStateError` without letter and SPTJM,
    `ReasonNeededError` for a further package, `NominationRefusedError` with all that stands in the way, and
    what the stages refuse.
    """
    found = await taken(session, actor, nomination_id, expected)
    frozen = found.frozen(reason)
    before = await proposals.places(session, nomination_id)
    looked = await examine(session, frozen, before, stages, hold=True)
    refuse(looked.refusals)
    await check_settled(session, found, stages)
    now = (await database_now(session)).astimezone(UTC)
    earlier = await packages.versions(session, nomination_id)
    package = frozen_package(
        frozen,
        looked.sheets,
        looked.members.eligible,
        looked.agency,
        looked.documents,
        reason=reason,
        frozen_at=now.isoformat().replace("+00:00", "Z"),
        previous_sha256=earlier[0].sha256 if earlier else None,
    )
    await proposals.update(session, frozen)
    await packages.insert(
        session,
        nomination_id,
        frozen.package_version,
        package,
        reason=reason,
        frozen_by=actor.subject,
        frozen_at=now,
    )
    places = await proposals.save_units(session, frozen)
    for unit in frozen.units:
        if not before[unit.unit_id].package_version:
            await stages.propose(session, actor, unit.unit_id, frozen.year)
    beside = {"sha256": package.sha256}
    await tell(session, actor, "freeze_proposal", frozen, places, reason=reason, beside=beside)
    return frozen


async def list_packages(session: AsyncSession, actor: Principal, nomination_id: UUID) -> Sequence[Frozen]:
    """Return what was frozen of a proposal, the newest first; raises `NotFoundError`."""
    await get_nomination(session, actor, nomination_id)
    return await packages.versions(session, nomination_id)


async def get_package(session: AsyncSession, actor: Principal, nomination_id: UUID, version: int) -> Package:
    """Return a package whole; raises `NotFoundError`."""
    await get_nomination(session, actor, nomination_id)
    found = await packages.get(session, nomination_id, version)
    if found is None:
        raise NotFoundError("Paket ini belum pernah dibekukan.")
    return found
