"""Commands on programmes and the activities of their work plans."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.evidence import store as files
from services.planning.layers import Layer
from services.planning.plan import store as plans
from services.planning.plan.domain import (
    Activity,
    ActivityState,
    EvidenceUnknownError,
    Programme,
    ProgrammeExistsError,
    ProgrammeMissingError,
    Target,
    UnknownIndicatorError,
    YearOutOfReachError,
)
from services.planning.plan.events import activity_fact, programme_created
from services.planning.refusals import check_version
from services.planning.units.usecases import get_unit, get_working_unit
from shared.db.clock import database_now
from shared.instruments.lke import default_policies, edition_for_year, lke_instrument, rule_set_for_year
from shared.kernel import YEARS_AHEAD, YEARS_BACK, DomainError, NotFoundError, may_open_year, new_id
from shared.recording import record
from shared.security import Principal


async def create_programme(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, target: Target
) -> Programme:
    """Open a unit's programme of a year with an empty worksheet; edition, rule set and policies are pinned.

    Raises `NotFoundError` for a unit outside the scope, `YearOutOfReachError` for a year that is not near,
    `ProgrammeExistsError` for a second programme, `UnitMergedError`.
    """
    unit = await get_working_unit(session, actor, unit_id)
    present = (await database_now(session)).astimezone(unit.zone.tz).year
    if not may_open_year(year, present):
        raise YearOutOfReachError(
            f"Program hanya dapat dibuat untuk tahun {present - YEARS_BACK} sampai {present + YEARS_AHEAD}.",
            field="year",
        )
    programme = Programme(
        programme_id=new_id(),
        unit_id=unit_id,
        year=year,
        target=target,
        edition=edition_for_year(year),
        rule_set=rule_set_for_year(year),
        policies=default_policies().id,
        version=1,
    )
    if not await plans.insert_programme(session, programme):
        raise ProgrammeExistsError(f"Unit ini sudah punya program tahun {year}.", field="year")
    await record(
        session,
        actor,
        "create_programme",
        source=SOURCE,
        entity="programme",
        entity_id=programme.programme_id,
        version=1,
        facts=[programme_created(programme)],
        changes={"unit_id": unit_id, "year": year, "target": target.value, "edition": programme.edition},
    )
    return programme


async def get_programme(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> Programme:
    """Return the programme of a unit and year; raises `NotFoundError`, `ProgrammeMissingError`."""
    found = await plans.get_programme(session, actor.scope, unit_id, year)
    if found is None:
        raise await no_programme(session, actor, unit_id, year)
    return found


async def no_programme(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> DomainError:
    """Return the refusal for a programme that is not there; raises `NotFoundError` without its unit."""
    await get_unit(session, actor, unit_id)
    return ProgrammeMissingError(f"Unit ini belum punya program tahun {year}. Buat programnya dahulu.")


async def plan_activity(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str,
    year: int,
    indicator_code: str,
    title: str,
    evidence_kinds: Collection[str],
    due_on: date | None,
) -> Activity:
    """Add an activity for one LKE indicator (or hasil item) to the plan.

    Raises `UnknownIndicatorError`, `NotFoundError`, `ProgrammeMissingError`, `UnitMergedError`.
    """
    programme = await get_programme(session, actor, unit_id, year)
    await get_working_unit(session, actor, unit_id)
    if not lke_instrument().is_plan_code(indicator_code):
        raise UnknownIndicatorError(
            f"{indicator_code} bukan indikator LKE. Contoh: A.I.1.i.", field="indicator_code"
        )
    activity = Activity(
        activity_id=new_id(),
        programme_id=programme.programme_id,
        unit_id=unit_id,
        year=year,
        indicator_code=indicator_code,
        title=title,
        evidence_kinds=frozenset(evidence_kinds),
        due_on=due_on,
        state=ActivityState.PLANNED,
        evidence_ids=(),
        version=1,
    )
    await plans.insert_activity(session, activity)
    await _record(session, actor, "plan_activity", activity)
    return activity


async def complete_activity(
    session: AsyncSession, actor: Principal, activity_id: UUID, expected: int, evidence_ids: Collection[UUID]
) -> Activity:
    """Mark an activity done with evidence of its unit.

    Raises `NotFoundError`, `StaleVersionError`, `EvidenceUnknownError` for evidence that is not the unit's
    own, `ActivityNotPlannedError`, `EvidenceMissingError`, `UnitMergedError`.
    """
    found = await get_activity(session, actor, activity_id, lock=True)
    check_version(found.version, expected)
    await get_working_unit(session, actor, found.unit_id)
    evidence = await files.evidence_of_layer(session, found.unit_id, Layer.UNIT, evidence_ids)
    unknown = set(evidence_ids) - {item.evidence_id for item in evidence}
    if unknown:
        raise EvidenceUnknownError(
            f"Bukti dukung tidak dikenal: {', '.join(sorted(map(str, unknown)))}.", field="evidence_ids"
        )
    done = found.completed(evidence)
    await plans.save_completion(session, done)
    await _record(session, actor, "complete_activity", done)
    return done


async def get_activity(
    session: AsyncSession, actor: Principal, activity_id: UUID, *, lock: bool = False
) -> Activity:
    """Return an activity of a unit in scope; raises `NotFoundError`."""
    found = await plans.get_activity(session, actor.scope, activity_id, lock=lock)
    if found is None:
        raise NotFoundError("Kegiatan tidak ditemukan.")
    return found


async def _record(session: AsyncSession, actor: Principal, operation: str, activity: Activity) -> None:
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="activity",
        entity_id=activity.activity_id,
        version=activity.version,
        facts=[activity_fact(activity)],
        changes={
            "unit_id": activity.unit_id,
            "indicator_code": activity.indicator_code,
            "state": activity.state.value,
            "evidence_ids": [str(id_) for id_ in activity.evidence_ids],
        },
    )
