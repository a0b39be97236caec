"""The register of assessors: teams, people, and which units they have."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer, OwnAssessmentError
from services.planning.plan.usecases import no_programme
from services.planning.refusals import check_version
from services.planning.stages.domain.assessors import (
    Assessor,
    AssessorExistsError,
    AssessorRole,
    AssessorUnknownError,
    Assignment,
    Share,
    Team,
    TeamExistsError,
    TeamUnknownError,
    check_minutes,
    check_room,
    equal_shares,
)
from services.planning.stages.practice import practice
from services.planning.stages.store import assessments, assessors
from services.planning.units.usecases import check_agency, get_unit, get_working_unit
from shared import audit
from shared.kernel import NotFoundError, StaleVersionError, new_id
from shared.security import ForbiddenError, Principal


async def create_team(session: AsyncSession, actor: Principal, team: Team) -> Team:
    """Enter a team of assessors; a national one takes somebody whose scope is national.

    Raises `ForbiddenError`, `TeamExistsError`.
    """
    _check_reach(actor, team)
    if not await assessors.insert_team(session, team):
        raise TeamExistsError("Kode tim ini sudah terdaftar.", field="team_id")
    await _note(session, actor, "create_assessor_team", team.team_id, 1, {"layer": team.layer.value})
    return team


async def register_assessor(
    session: AsyncSession,
    actor: Principal,
    *,
    team_id: str,
    subject: str,
    organisation: str,
    role: AssessorRole,
    unit_id: str | None,
) -> Assessor:
    """Enter a person into a team.

    Raises `TeamUnknownError`, `ForbiddenError`, `NotFoundError` for a unit of theirs that is not there,
    `AssessorExistsError`.
    """
    await _team(session, actor, team_id)
    if unit_id is not None:
        await get_unit(session, actor, unit_id)
    made = Assessor(new_id(), team_id, subject, organisation, role, unit_id, is_active=True, version=1)
    if not await assessors.insert_assessor(session, made):
        raise AssessorExistsError("Orang ini sudah menjadi anggota tim.", field="subject")
    await _note(session, actor, "register_assessor", made.assessor_id, 1, _changes(made))
    return made


async def change_assessor(
    session: AsyncSession, actor: Principal, assessor_id: UUID, expected: int, fields: dict[str, Any]
) -> Assessor:
    """Change organisation, role, unit or activity; raises as `register_assessor`, `StaleVersionError`."""
    found = await assessors.get_assessor(session, actor.scope, assessor_id)
    if found is None:
        raise NotFoundError("Penilai tidak ditemukan.")
    await _team(session, actor, found.team_id)
    check_version(found.version, expected)
    changed = replace(found, **fields)
    if changed == found:
        return found
    if changed.unit_id is not None and changed.unit_id != found.unit_id:
        await get_unit(session, actor, changed.unit_id)
    changed = replace(changed, version=found.version + 1)
    await assessors.update_assessor(session, changed)
    await _note(session, actor, "change_assessor", assessor_id, changed.version, _changes(changed))
    return changed


async def assign_team(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str,
    year: int,
    team_id: str,
    members: Sequence[Share] | None,
    seen: int | None,
) -> Assignment:
    """Give a unit of a year to a team, in place of who had it; without `members` to all of it, evenly.

    `seen` is the version of the layer's assignment that the caller has read, 0 for none, None for whatever.
    Raises `NotFoundError`, `ProgrammeMissingError`, `UnitMergedError`, `TeamUnknownError`, `ForbiddenError`,
    `StaleVersionError`, `AssessorUnknownError`, `OwnAssessmentError` for people of the unit,
    `UnitOverworkedError`, `TeamFullError`.
    """
    locked = await assessments.lock(session, actor.scope, unit_id, year, actor.subject)
    if locked is None:
        raise await no_programme(session, actor, unit_id, year)
    unit = await get_working_unit(session, actor, unit_id)
    team = await _team(session, actor, team_id, lock=True)
    if team.layer is Layer.TPI and team.agency_id != unit.agency_id:
        raise TeamUnknownError("Tim ini bukan tim instansi unit tersebut.", field="team_id")
    before = [
        one for one in await assessors.get_assignments(session, unit_id, year) if one.layer is team.layer
    ]
    version = before[0].version if before else 0
    if seen is not None and seen != version:
        raise StaleVersionError(version=version)
    active = await assessors.active_members(session, team_id)
    limits = practice()
    shares = equal_shares(active, limits.unit_minutes) if members is None else tuple(members)
    chosen = _chosen(active, shares)
    await _refuse_own(session, unit_id, chosen)
    check_minutes(shares, limits.unit_minutes)
    check_room(await assessors.units_of_team(session, team_id, year, but=unit_id), limits.team_units)
    given = Assignment(unit_id, year, team.layer, team_id, shares, version + 1)
    await assessors.save_assignment(session, given)
    await audit.record(
        session,
        actor=actor,
        operation="assign_team",
        entity="assignment",
        entity_id=f"{unit_id}:{year}:{team.layer.value}",
        version=given.version,
        changes={
            "team_id": team_id,
            "members": [
                {"assessor_id": str(one.assessor_id), "areas": list(one.areas), "minutes": one.minutes}
                for one in shares
            ],
        },
    )
    return given


def _chosen(active: Sequence[Assessor], shares: Sequence[Share]) -> list[Assessor]:
    """Return the people of the shares; raises `AssessorUnknownError` naming every one who is not there."""
    known = {one.assessor_id: one for one in active}
    ids = [share.assessor_id for share in shares]
    errors = [
        {
            "field": f"members.{place}.assessor_id",
            "code": "unknown" if id_ not in known else "duplicate",
            "message": "bukan anggota aktif tim ini" if id_ not in known else "disebut lebih dari sekali",
        }
        for place, id_ in enumerate(ids)
        if id_ not in known or id_ in ids[:place]
    ]
    if errors or not ids:
        raise AssessorUnknownError(
            "Ada penilai yang tidak dapat ditugasi." if errors else "Tim ini belum punya anggota aktif.",
            errors=errors
            or [{"field": "team_id", "code": "too_short", "message": "tim tanpa anggota aktif"}],
        )
    return [known[id_] for id_ in ids]


async def _refuse_own(session: AsyncSession, unit_id: str, chosen: Sequence[Assessor]) -> None:
    own = await assessors.of_the_unit(session, unit_id, [one.subject for one in chosen])
    errors = [
        {
            "field": f"members.{place}.assessor_id",
            "code": "own_assessment",
            "message": "bekerja untuk unit ini",
        }
        for place, one in enumerate(chosen)
        if one.subject in own
    ]
    if errors:
        raise OwnAssessmentError("Penilai tidak menilai unit tempatnya bekerja.", errors=errors)


async def _team(session: AsyncSession, actor: Principal, team_id: str, *, lock: bool = False) -> Team:
    """Return a team that the caller may change; raises `TeamUnknownError`, `ForbiddenError`."""
    found = await assessors.get_team(session, team_id, lock=lock)
    is_far = found is not None and found.agency_id is not None and not _reaches(actor, found.agency_id)
    if found is None or is_far:
        raise TeamUnknownError("Tim tidak ditemukan.", field="team_id")
    _check_reach(actor, found)
    return found


def _reaches(actor: Principal, agency_id: str) -> bool:
    return actor.scope.level == "national" or agency_id in actor.scope.agencies


def _check_reach(actor: Principal, team: Team) -> None:
    if team.agency_id is not None:
        check_agency(actor, team.agency_id)
    elif actor.scope.level != "national":
        raise ForbiddenError("Tim nasional diatur oleh administrator nasional.")


def _changes(assessor: Assessor) -> dict[str, Any]:
    return {
        "team_id": assessor.team_id,
        "role": assessor.role.value,
        "unit_id": assessor.unit_id,
        "is_active": assessor.is_active,
    }


async def _note(
    session: AsyncSession,
    actor: Principal,
    operation: str,
    id_: object,
    version: int,
    changes: dict[str, Any],
) -> None:
    entity = "assessor_team" if operation == "create_assessor_team" else "assessor"
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity=entity,
        entity_id=str(id_),
        version=version,
        changes=changes,
    )
