"""What waits for an assessor: their units, where each stands, until when, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.frame import PAGES
from services.planning.pages.way.stage_words import deadline_words, stage_name
from services.planning.stages.domain.acts import Side
from services.planning.stages.domain.stage import Stage
from services.planning.stages.store import assessments, assessors
from services.planning.stages.store.assessors import Given
from shared.http.addresses import TASKS, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.security import Principal

router = APIRouter()
MINE = {Layer.TPI: frozenset({Stage.PENILAIAN_TPI}), Layer.TPN: frozenset({Stage.DESK, Stage.LAPANGAN})}
"""Stages at which a layer is written."""


@dataclass(frozen=True, slots=True)
class Task:
    """A unit of a year in somebody's hands; `is_mine` while it waits for their layer."""

    given: Given
    stage: str
    deadline: str
    is_mine: bool
    is_late: bool
    href: str

    @property
    def done(self) -> str:
        return f"{self.given.assessed}/{len(lke_instrument().questions)}"

    @property
    def mark(self) -> tuple[str, str]:
        """Kind and words of how far it is."""
        if not self.is_mine:
            return "plain", "bukan giliran Anda"
        if self.is_late:
            return "bad", "lewat waktu"
        full = self.given.assessed == len(lke_instrument().questions)
        return ("good", "siap diakhiri") if full else ("warn", "menunggu Anda")


@router.get(TASKS, operation_id="page_tasks")
async def show_tasks(request: Request, caller: PageCaller) -> HTMLResponse:
    """Show what waits for an assessor, their turn first."""
    async with state_of(request.app).db.reading() as session:
        tasks = await tasks_of(session, caller)
    waiting = [task for task in tasks if task.is_mine]
    return PAGES.page(
        request, "tasks.html", waiting=waiting, others=[task for task in tasks if not task.is_mine]
    )


async def tasks_of(session: AsyncSession, caller: Principal) -> Sequence[Task]:
    """Return the units given to an assessor, the newest year first."""
    found = []
    for given in await assessors.given_to(session, caller.scope, caller.subject):
        told, _ = await assessments.standing(
            session, given.unit_id, given.year, caller.subject, Side.REVIEW, given.layer
        )
        deadline = deadline_words(told)
        found.append(
            Task(
                given,
                stage_name(told.assessment.stage),
                deadline,
                is_mine=told.assessment.stage in MINE[given.layer],
                is_late=deadline.startswith("sudah lewat"),
                href=worksheet_page(given.unit_id, given.year, "penilaian", given.layer.value),
            )
        )
    return found
