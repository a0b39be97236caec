"""Keep the register of predicates: awarded, revoked, and those from before the system."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.predicates import (
    Award,
    DecreeDateError,
    Giver,
    PredicateKnownError,
    PredicateMissingError,
    PredicateOfAssessmentError,
)
from services.planning.nomination.store import predicates
from services.planning.nomination.usecases.documents import get_document
from services.planning.refusals import check_version
from services.planning.stages.domain.decrees import Decree
from services.planning.units.domain import Unit
from services.planning.units.usecases import get_unit
from shared import audit
from shared.db.clock import database_now
from shared.kernel import NotFoundError, Predicate, new_id
from shared.security import Principal


async def add_predicate(
    session: AsyncSession,
    actor: Principal,
    unit_id: str,
    predicate: Predicate,
    giver: Giver,
    decree: Decree,
) -> Award:
    """Enter a predicate with its decree.

    Raises `NotFoundError` for a unit outside the scope or a file that is not its agency's,
    `PredicateKnownError` for the same decree again, `DecreeDateError` for one of the future.
    """
    unit = await get_unit(session, actor, unit_id)
    await _check_decree(session, actor, unit, decree)
    award = Award(new_id(), unit_id, predicate, giver, decree)
    if not await predicates.insert(session, award, actor.subject):
        raise PredicateKnownError("SK ini sudah tercatat bagi unit ini.", field="decree.number")
    await _audit(session, actor, "add_predicate", award)
    return award


async def revoke_predicate(
    session: AsyncSession, actor: Principal, predicate_id: UUID, expected: int, decree: Decree, because: str
) -> Award:
    """Enter that a predicate was taken back, by which decree and why; the unit waits from its date.

    Raises `NotFoundError`, `StaleVersionError`, `PredicateOfAssessmentError`, `PredicateRevokedError`,
    `DecreeDateError`.
    """
    found = await predicates.get(session, actor.scope, predicate_id)
    if found is None:
        raise NotFoundError("Predikat tidak ditemukan.")
    check_version(found.version, expected)
    if found.assessed_year is not None:
        raise PredicateOfAssessmentError(
            f"Predikat ini hasil penilaian {found.assessed_year}; TPN mencabutnya pada tahap penilaian itu.",
            year=found.assessed_year,
        )
    unit = await get_unit(session, actor, found.unit_id)
    revoked = found.revoked_by(decree, because)
    await _check_decree(session, actor, unit, decree)
    await predicates.save_revocation(session, revoked, decree)
    await _audit(session, actor, "revoke_predicate", revoked)
    return revoked


async def enter_award(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, predicate: Predicate, decree: Decree
) -> Award:
    """Enter what the assessment of a year gave; an entry of the same decree that people made becomes it.

    Raises `NotFoundError`, `DecreeDateError`, and `PredicateRevokedError` or `PredicateKnownError` where the
    register says otherwise of this decree.
    """
    unit = await get_unit(session, actor, unit_id)
    await _check_decree(session, actor, unit, decree)
    known = (await predicates.of_units(session, [unit_id])).get(unit_id, [])
    same = [one for one in known if (one.predicate, one.decree.number) == (predicate, decree.number)]
    if same:
        award = same[0].given_by(year, decree)
        await predicates.save_award(session, award)
    else:
        award = Award(new_id(), unit_id, predicate, Giver.TPN, decree, assessed_year=year)
        await predicates.insert(session, award, actor.subject)
    await _audit(session, actor, "award_predicate", award)
    return award


async def take_back(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, decree: Decree, because: str
) -> Award:
    """Enter the revocation of what the assessment of a year gave; the unit waits from its date.

    Raises `NotFoundError`, `PredicateMissingError`, `PredicateRevokedError`, `DecreeDateError`.
    """
    unit = await get_unit(session, actor, unit_id)
    known = (await predicates.of_units(session, [unit_id])).get(unit_id, [])
    own = [award for award in known if award.assessed_year == year]
    if not own:
        raise PredicateMissingError(
            f"Predikat dari penilaian {year} tidak ada di daftar predikat unit ini.", year=year
        )
    revoked = own[0].revoked_by(decree, because)
    await _check_decree(session, actor, unit, decree)
    await predicates.save_revocation(session, revoked, decree)
    await _audit(session, actor, "revoke_predicate", revoked)
    return revoked


async def list_predicates(session: AsyncSession, actor: Principal, unit_id: str) -> Sequence[Award]:
    """Return a unit's predicates, the newest decree first; raises `NotFoundError`."""
    await get_unit(session, actor, unit_id)
    return (await predicates.of_units(session, [unit_id])).get(unit_id, [])


async def _check_decree(session: AsyncSession, actor: Principal, unit: Unit, decree: Decree) -> None:
    if decree.dated_on > (await database_now(session)).astimezone(unit.zone.tz).date():
        raise DecreeDateError("Tanggal SK belum tiba.", field="decree.dated_on")
    if decree.document_id is not None:
        document = await get_document(session, actor, decree.document_id)
        if document.agency_id != unit.agency_id:
            raise NotFoundError("Dokumen tidak ditemukan.", field="decree.document_id")


async def _audit(session: AsyncSession, actor: Principal, operation: str, award: Award) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="predicate",
        entity_id=str(award.predicate_id),
        version=award.version,
        changes={
            "unit_id": award.unit_id,
            "predicate": award.predicate,
            "giver": award.giver.value,
            "assessed_year": award.assessed_year,
            "decree_on": award.decree.dated_on.isoformat(),
            "revoked_on": award.revoked.dated_on.isoformat() if award.revoked else None,
        },
    )
