"""What subjects do for each other as an assessment goes its way: all within the act's own transaction."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.live.usecases import freeze_live
from services.planning.nomination.moving import GUARDS
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.assessment import Given, Standing
from services.planning.stages.usecases.acts import ActHook
from services.planning.worksheets import store as worksheets
from services.planning.worksheets.usecases import write
from shared.kernel import NotFoundError
from shared.security import Principal


async def keep_live(session: AsyncSession, actor: Principal, standing: Standing, _: Given) -> None:
    """Write the facts of items that the unit has not answered into its layer, as it is handed in.

    Source: lke.md section 10.
    """
    mine = standing.assessment
    worksheet = await worksheets.get(session, actor.scope, mine.unit_id, mine.year)
    if worksheet is None:
        raise NotFoundError
    drafts = await freeze_live(session, actor, worksheet)
    if drafts:
        await write(session, actor, worksheet, Layer.UNIT, drafts, operation="freeze_live")


HOOKS: Mapping[Act, ActHook] = MappingProxyType({**GUARDS, Act.SUBMIT: keep_live, Act.RESUBMIT: keep_live})
"""What other subjects do within acts."""
