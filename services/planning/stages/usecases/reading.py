"""Show an assessment: where it stands, what leads on, who has it, and what was handed in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.plan.usecases import no_programme
from services.planning.stages.domain.acts import Act, Side
from services.planning.stages.domain.assessment import Standing, acts_for
from services.planning.stages.domain.assessors import Assignment
from services.planning.stages.domain.rounds import GivenAnswer, Round
from services.planning.stages.domain.writing import is_writable
from services.planning.stages.store import assessments, assessors, findings, rounds
from services.planning.stages.store.assessments import Move
from shared.kernel import NotFoundError
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Shown:
    """An assessment with all that its page and its next act ask for.

    `changed_items` are those of the unit layer written since it was last handed in, None before that.
    """

    standing: Standing
    acts: tuple[Act, ...]
    writable: tuple[Layer, ...]
    moves: Sequence[Move]
    assignments: Sequence[Assignment]
    open_findings: int
    changed_items: Sequence[str] | None


async def show(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> Shown:
    """Return an assessment in scope; raises `NotFoundError`, `ProgrammeMissingError`."""
    await check_there(session, actor, unit_id, year)
    told = await standing_of(session, unit_id, year)
    return Shown(
        standing=told,
        acts=acts_for(told, actor.roles),
        writable=tuple(layer for layer in Layer if is_writable(told, layer)),
        moves=await assessments.moves(session, unit_id, year),
        assignments=await assessors.get_assignments(session, unit_id, year),
        open_findings=len(await findings.still_open(session, unit_id, year)),
        changed_items=await rounds.changed_since_submission(session, unit_id, year),
    )


async def standing_of(session: AsyncSession, unit_id: str, year: int) -> Standing:
    """Return how a unit's assessment stands, whoever asks; for other subjects' rules."""
    told, _ = await assessments.standing(session, unit_id, year, "", Side.AGENCY, Layer.TPI)
    return told


async def check_there(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> None:
    """Raise `NotFoundError` or `ProgrammeMissingError` unless the unit in scope has the year's worksheet."""
    if not await assessments.is_there(session, actor.scope, unit_id, year):
        raise await no_programme(session, actor, unit_id, year)


async def list_rounds(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> list[Round]:
    """Return every frozen round; raises `NotFoundError`, `ProgrammeMissingError`."""
    await check_there(session, actor, unit_id, year)
    return await rounds.all_of(session, unit_id, year)


async def read_round(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, layer: Layer, number: int
) -> tuple[Round, list[GivenAnswer]]:
    """Return a frozen round and its answers; raises `NotFoundError`, `ProgrammeMissingError`."""
    await check_there(session, actor, unit_id, year)
    found = await rounds.get(session, unit_id, year, layer, number)
    if found is None:
        raise NotFoundError("Putaran ini belum pernah dibekukan.")
    return found, await rounds.answers(session, unit_id, year, layer, found.cut)
