"""What an act would do, found out by doing it and taking it back: what is foretold is what will be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines
from shared.db import Database
from shared.db.database import InTransaction

Change = Literal["met", "late_done", "gone", "paused", "moved", "begun"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The case after an act, and each deadline that it would change, as it would stand then."""

    case: Case
    changes: Sequence[tuple[Change, Deadline]]


class _TakenBackError(Exception):
    """Ends a transaction that is to leave nothing behind."""

    def __init__(self, foreseen: Foreseen) -> None:
        super().__init__("taken back")
        self.foreseen = foreseen


async def foresee(db: Database, case_id: UUID, act: InTransaction[Case]) -> Foreseen:
    """Return what an act would change. Raises what the act would raise."""

    async def tried(session: AsyncSession) -> NoReturn:
        before = {one.id: one for one in await deadlines.of_case(session, case_id)}
        case = await act(session)
        after = await deadlines.of_case(session, case_id)
        found = [(change, one) for one in after if (change := _change(before.get(one.id), one)) is not None]
        raise _TakenBackError(Foreseen(case, found))

    try:
        return await db.run(tried)
    except _TakenBackError as done:
        return done.foreseen


def _change(before: Deadline | None, after: Deadline) -> Change | None:
    if before is None:
        return "begun" if after.is_running else None
    if before.status == after.status:
        return "moved" if before.due_at != after.due_at else None
    match after.status:
        case "met" | "late_done" | "paused":
            return after.status
        case "cancelled" | "superseded":
            return "gone"
    return "moved"
