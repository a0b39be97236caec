"""What the lists of every kind share: their query, and their pages by the time left."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from sqlalchemy import RowMapping

from services.complaints.duties.domain.lives import Kind
from services.complaints.duties.usecases.acting import duty_page
from services.complaints.matters.api import ByTimeLeft
from services.complaints.matters.schemas import due_of
from shared.http.api.paging import Page
from shared.http.authorization import Caller
from shared.http.fields import UnitId
from shared.http.state import state_of

T = TypeVar("T", bound=BaseModel)


class Asked:
    """Which duties a list is to hold."""

    def __init__(
        self,
        page: ByTimeLeft,
        unit: Annotated[UnitId | None, Query(description="Only this unit")] = None,
        state: Annotated[Literal["open", "closed"], Query()] = "open",
        late: Annotated[bool, Query(description="Only open ones with a breached clock")] = False,
    ) -> None:
        self.page, self.unit, self.state, self.late = page, unit, state, late


AskedFor = Annotated[Asked, Depends()]


async def listed(request: Request, actor: Caller, kind: Kind, asked: Asked, model: type[T]) -> "Page[T]":
    """Return a page of duties of a kind within sight, open ones by the time left."""
    rows = await state_of(request.app).db.read(
        lambda session: duty_page(
            session,
            actor,
            kind=kind,
            unit_id=asked.unit,
            is_open=asked.state == "open",
            is_late=asked.late,
            after=asked.page.after,
            limit=asked.page.limit + 1,
        )
    )
    return Page[model].of(  # type: ignore[valid-type]
        rows,
        asked.page.limit,
        key=_key,
        item=lambda row: model.model_validate(due_of(row)),
    )


def _key(row: RowMapping) -> Sequence[str]:
    return row["runs_out_at"].isoformat(), str(row["id"])
