"""Where assessments stand, the acts that move them, their frozen rounds and findings."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.parameters import Db, Seen, UnitPath, YearPath, after_id
from services.planning.stages.domain.acts import Act
from services.planning.stages.schemas import (
    ActIn,
    FindingAnswerIn,
    FindingIn,
    FindingOut,
    FrozenRoundOut,
    RoundsOut,
    StageOut,
)
from services.planning.stages.store import findings as findings_store
from services.planning.stages.usecases import findings, reading
from services.planning.stages.usecases.acts import ActHook, perform
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.fields import read_digits

RoundPath = Annotated[
    int, Field(ge=1, le=10_000, description="Round, 1 first"), BeforeValidator(read_digits), Path()
]


def router(hooks: Mapping[Act, ActHook]) -> APIRouter:
    """Return the routes; `hooks` are what other subjects do within an act."""
    routes = APIRouter(tags=["stages"])

    @routes.get("/units/{unit_id}/stages/{year}", operation_id="show_stage")
    async def show_stage(
        unit_id: UnitPath, year: YearPath, caller: Caller, db: Db, response: Response
    ) -> StageOut:
        async with db.reading() as session:
            shown = StageOut.of(await reading.show(session, caller, unit_id, year))
        etag(response, shown.version)
        return shown

    @routes.post(
        "/units/{unit_id}/stages/{year}/acts/{act}",
        operation_id="act_on_stage",
        responses=refusals(404, 409),
        response_model=StageOut,
    )
    async def act_on_stage(
        unit_id: UnitPath, year: YearPath, act: Act, body: ActIn, seen: Seen, cmd: Commands
    ) -> Response:
        async def work(session: AsyncSession) -> reading.Shown:
            await perform(
                session, cmd.actor, unit_id, year, act, seen=seen, given=body.given(), hook=hooks.get(act)
            )
            return await reading.show(session, cmd.actor, unit_id, year)

        return await cmd.run(work, reply=StageOut.of)

    @routes.get("/units/{unit_id}/stages/{year}/rounds", operation_id="list_rounds")
    async def list_rounds(unit_id: UnitPath, year: YearPath, caller: Caller, db: Db) -> RoundsOut:
        async with db.reading() as session:
            return RoundsOut.of(await reading.list_rounds(session, caller, unit_id, year))

    @routes.get("/units/{unit_id}/stages/{year}/rounds/{layer}/{number}", operation_id="show_round")
    async def show_round(
        unit_id: UnitPath, year: YearPath, layer: Layer, number: RoundPath, caller: Caller, db: Db
    ) -> FrozenRoundOut:
        async with db.reading() as session:
            found, answers = await reading.read_round(session, caller, unit_id, year, layer, number)
        return FrozenRoundOut.of_answers(found, answers)

    @routes.get("/units/{unit_id}/stages/{year}/findings", operation_id="list_findings")
    async def list_findings(
        unit_id: UnitPath, year: YearPath, caller: Caller, db: Db, page: PageById
    ) -> Page[FindingOut]:
        async with db.reading() as session:
            await reading.check_there(session, caller, unit_id, year)
            rows = await findings_store.page(
                session, unit_id, year, after=after_id(page), limit=page.limit + 1
            )
        return Page[FindingOut].of(
            rows, page.limit, key=lambda row: (str(row.finding_id),), item=FindingOut.of
        )

    @routes.post(
        "/units/{unit_id}/stages/{year}/findings",
        operation_id="raise_finding",
        responses=refusals(404, 409),
        status_code=201,
        response_model=FindingOut,
    )
    async def raise_finding(unit_id: UnitPath, year: YearPath, body: FindingIn, cmd: Commands) -> Response:
        return await cmd.run(
            lambda session: findings.raise_finding(
                session, cmd.actor, unit_id, year, body.item_code, body.text
            ),
            status=201,
            reply=FindingOut.of,
        )

    @routes.post(
        "/findings/{finding_id}/answer",
        operation_id="answer_finding",
        responses=refusals(404, 409),
        response_model=FindingOut,
    )
    async def answer_finding(finding_id: UUID, body: FindingAnswerIn, seen: Seen, cmd: Commands) -> Response:
        return await cmd.run(
            lambda session: findings.answer_finding(session, cmd.actor, finding_id, seen, body.answer),
            reply=FindingOut.of,
        )

    return routes
