"""Which acts one person may do on an assessment now, and what is in the way of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import UNIT_ROLES, Layer
from services.planning.stages.domain.acts import Act, Row, Side
from services.planning.stages.domain.assessment import CLEARERS, Given, Standing, check_needs
from services.planning.stages.store import assessments
from services.planning.stages.store.assessments import Hand
from services.planning.stages.usecases.acts import check_hand, check_side
from services.planning.stages.usecases.reading import check_there
from shared.kernel import DomainError
from shared.security import Principal
from shared.security.access import is_wide_enough

_ALL_GIVEN = Given("-", is_awarded=True, cleared=frozenset(CLEARERS))


@dataclass(frozen=True, slots=True)
class Offered:
    """An act that leads on from here and is this person's; `refusal` is why not now, None where it is open.

    What the worksheet lacks is told by who has it.
    """

    row: Row
    refusal: DomainError | None

    @property
    def act(self) -> Act:
        return self.row.act


async def offer(
    session: AsyncSession, actor: Principal, unit_id: str, year: int
) -> tuple[Standing, Sequence[Offered]]:
    """Return how an assessment stands and the acts that are this person's, in the order of the table.

    Whoever is of the other side, or was not given the unit, has none. Raises `NotFoundError`,
    `ProgrammeMissingError`.
    """
    await check_there(session, actor, unit_id, year)
    told, hand = await assessments.standing(session, unit_id, year, actor.subject, Side.AGENCY, Layer.TPI)
    hands = {Side.AGENCY: hand}
    found = []
    for row in told.rows():
        if not (actor.has(*row.roles) and is_wide_enough(actor, row.reach)):
            continue
        if row.side not in hands:
            _, hands[row.side] = await assessments.standing(
                session, unit_id, year, actor.subject, row.side, Layer.TPI
            )
        if _is_theirs(actor, row, told, hands[row.side]):
            found.append(Offered(row, _refusal(row, told)))
    return told, found


def _is_theirs(actor: Principal, row: Row, told: Standing, hand: Hand) -> bool:
    if row.side is Side.REVIEW and not UNIT_ROLES.isdisjoint(actor.roles):
        return False
    try:
        check_side(row.side, hand)
        check_hand(row, told, hand)
    except DomainError:
        return False
    return True


def _refusal(row: Row, told: Standing) -> DomainError | None:
    try:
        if row.window is not None:
            told.check_open(row.window)
        check_needs(row, told, _ALL_GIVEN)
    except DomainError as refused:
        return refused
    return None
