"""Show what the portal gets of a proposal and how its units' reviews stand there, and say so of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.package import UNIT, Package
from services.planning.nomination.store import packages, proposals
from services.planning.nomination.usecases.documents import check_known_agency
from services.planning.portal.domain.pulls import NoPackageError, Source, UnitNotPackagedError
from services.planning.portal.domain.reviews import (
    Review,
    ReviewCause,
    ReviewState,
    Said,
    UnpulledError,
    names_in,
    review_of,
)
from services.planning.portal.store import pulls, reviews
from services.planning.portal.usecases.pulling import present_source
from services.planning.refusals import check_version
from shared import audit
from shared.db.clock import database_now
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class ReviewedUnit:
    """A unit of a package with its review; blanks are numbers of the portal's questions."""

    unit_id: str
    name: str
    category: str
    is_affirmation: bool
    review: Review
    blank_unit: int
    blank_tpi: int

    @property
    def is_complete(self) -> bool:
        """Whether the unit answered everything: `jawaban_unit` is the one answer that the guide demands."""
        return not self.blank_unit

    @property
    def is_ready(self) -> bool:
        return self.is_complete and self.review.state is ReviewState.SESUAI


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest package of an agency's proposal; `answers_portal` when the portal gets it now."""

    agency_id: str
    source: Source
    answers_portal: bool
    units: Sequence[ReviewedUnit]

    @property
    def is_ready(self) -> bool:
        """Whether nothing of it is pending or incomplete. Source: portalrb.md, Freezing, 4."""
        return all(one.is_ready for one in self.units)

    def unit(self, unit_id: str) -> ReviewedUnit:
        """Return a unit; raises `UnitNotPackagedError`."""
        for one in self.units:
            if one.unit_id == unit_id:
                return one
        raise UnitNotPackagedError(f"Unit {unit_id} tidak ada dalam paket usulan {self.source.year}.")


async def overview(session: AsyncSession, actor: Principal, agency_id: str, year: int) -> Overview:
    """Return what the portal gets of an agency's year.

    Raises `ForbiddenError`, `NotFoundError`, `NoPackageError` before the first package.
    """
    await check_known_agency(session, actor, agency_id)
    return await overview_of(session, agency_id, await source_of(session, agency_id, year))


async def source_of(session: AsyncSession, agency_id: str, year: int) -> Source:
    """Return the newest package of an agency's year, whoever asks; raises `NoPackageError`."""
    for source in await pulls.sources(session, agency_id):
        if source.year == year:
            return source
    raise NoPackageError(f"Instansi ini belum membekukan paket usulan {year}.")


async def overview_of(session: AsyncSession, agency_id: str, source: Source) -> Overview:
    """Return what the portal gets of a package, whoever asks."""
    present = await present_source(session, agency_id, await database_now(session))
    blanks = await reviews.blanks(session, source.nomination_id, source.version)
    units = [
        ReviewedUnit(one["id"], one["nama"], one["kategori"], one["afirmasi"], review, *blanks[one["id"]])
        for one, review in await packaged_reviews(session, source)
    ]
    return Overview(agency_id, source, source == present, units)


async def packaged_reviews(session: AsyncSession, source: Source) -> list[tuple[Mapping[str, Any], Review]]:
    """Return every unit of a package, as it is proposed there, with its review."""
    versions = await reviews.proposals(session, source.nomination_id)
    names = names_in(versions)
    served = await pulls.served(session, source.nomination_id)
    said = await reviews.last_said(session, source.nomination_id)
    _, _, newest = versions[-1]
    return [
        (one, review_of(names[one["id"]], served.get(one["id"]), said.get(one["id"])))
        for one in newest["units"]
    ]


async def set_review(
    session: AsyncSession,
    actor: Principal,
    agency_id: str,
    year: int,
    unit_id: str,
    expected: int,
    state: ReviewState,
) -> ReviewedUnit:
    """Say of a unit of the newest package that its review in the portal is done, or that it is not.

    What stands so already is left alone. Raises `ForbiddenError`, `NotFoundError`, `NoPackageError`,
    `UnitNotPackagedError`, `StaleVersionError`, and `UnpulledError` for `sesuai` of what was never pulled.
    """
    await check_known_agency(session, actor, agency_id)
    nomination_id = (await source_of(session, agency_id, year)).nomination_id
    await proposals.get(session, actor.scope, nomination_id, lock=True)  # one package or word at a time
    source = await source_of(session, agency_id, year)
    unit = (await overview_of(session, agency_id, source)).unit(unit_id)
    check_version(unit.review.version, expected)
    if state is ReviewState.SESUAI and not unit.review.pulls:
        raise UnpulledError("Unit ini belum pernah ditarik PortalRB, jadi belum dapat ditandai Sesuai.")
    if (unit.review.state, unit.review.cause) == (state, ReviewCause.SAID):
        return unit
    before = (await reviews.last_said(session, nomination_id)).get(unit_id)
    said = Said(
        number=1 if before is None else before.number + 1,
        version=source.version,
        pulls=unit.review.pulls,
        state=state,
        said_by=actor.subject,
        said_at=await database_now(session),
    )
    await reviews.insert(session, nomination_id, unit_id, said)
    await audit.record(
        session,
        actor=actor,
        operation="set_portal_review",
        entity="portal_review",
        entity_id=f"{nomination_id}:{unit_id}",
        version=said.number,
        changes={"state": state.value, "package_version": said.version, "pulls": said.pulls},
    )
    return (await overview_of(session, agency_id, source)).unit(unit_id)


async def lost_reviews(
    session: AsyncSession, agency_id: str, year: int, named: Mapping[str, tuple[str, bool]]
) -> list[str]:
    """Return the units whose `sesuai` a package would take back that names them so: name, and is it afirmasi.

    None before the first package.
    """
    try:
        source = await source_of(session, agency_id, year)
    except NoPackageError:
        return []
    return [
        one["id"]
        for one, review in await packaged_reviews(session, source)
        if review.state is ReviewState.SESUAI
        and named.get(one["id"], (one["nama"], one["afirmasi"])) != (one["nama"], one["afirmasi"])
    ]


async def packaged_unit(session: AsyncSession, source: Source, unit_id: str) -> Package:
    """Return the part of a unit of a package; raises `UnitNotPackagedError`."""
    found = await packages.part(session, source.nomination_id, source.version, f"{UNIT}{unit_id}")
    if found is None:
        raise UnitNotPackagedError(f"Unit {unit_id} tidak ada dalam paket usulan {source.year}.")
    return found
