"""Reads what the worksheet's pages show: a statement for the sheet, one for the evidence of what is shown."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence.store import lines_of_layer
from services.planning.layers import WRITER_ROLE, Layer
from services.planning.pages.worksheets.facts import Beside, SheetFacts
from services.planning.plan.usecases import no_programme
from services.planning.worksheets.whole import WholeSheet, whole_sheet
from shared.security import Principal

BesideReader = Callable[[AsyncSession, str, int], Awaitable[Beside]]
"""Reads what other subjects say beside the answers of a unit and year."""


async def nothing_beside(_: AsyncSession, __: str, ___: int) -> Beside:
    """Say nothing beside the answers."""
    return Beside()


async def read_facts(
    session: AsyncSession,
    caller: Principal,
    unit_id: str,
    year: int,
    beside: BesideReader = nothing_beside,
    *,
    shown: Collection[str] = (),
) -> SheetFacts:
    """Return a worksheet as the caller sees it, with the evidence of the items that are `shown`.

    Raises `NotFoundError` and `ProgrammeMissingError`.
    """
    whole = await whole_sheet(session, caller.scope, unit_id, year)
    if whole is None:
        raise await no_programme(session, caller, unit_id, year)
    linked = {
        evidence_id
        for version in whole.answers
        if version.layer is Layer.UNIT and version.draft.item_code in shown
        for evidence_id in version.draft.evidence_ids
    }
    lines = await lines_of_layer(session, unit_id, Layer.UNIT, only=linked) if linked else []
    return SheetFacts(
        whole=whole,
        reader=caller.subject,
        may_write=may_fill(caller, whole),
        evidence={line.evidence_id: line for line in lines},
        beside=await beside(session, unit_id, year),
    )


def may_fill(caller: Principal, whole: WholeSheet) -> bool:
    """Tell whether the caller's fields are open: the unit's own operator, while the unit works by itself."""
    return caller.has(WRITER_ROLE[Layer.UNIT]) and not whole.is_merged


def head_of(facts: SheetFacts) -> dict[str, Any]:
    """Return what every page of a worksheet says of it."""
    return {"unit_id": facts.whole.unit_id, "year": facts.whole.year, "unit_name": facts.whole.unit_name}
