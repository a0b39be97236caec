"""What officers do to a case: one route for each act."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.cases.handled import HANDLED, Handled, OfficersAct
from services.complaints.cases.schemas.acts import CaseState
from services.complaints.deadlines.api import engine_of
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.versions import IfMatch

router = APIRouter()


def _route_of(handled: Handled) -> Callable[..., Any]:
    async def route(request: Request, case_id: UUID, body: Any, cmd: Commands, version: IfMatch) -> Response:
        engine = engine_of(request)
        return await cmd.run(
            lambda session: handled.do(OfficersAct(session, engine, cmd.actor, case_id, version), body),
            reply=CaseState,
        )

    route.__annotations__["body"] = handled.body
    route.__doc__ = handled.told
    return route


for _name, _handled in HANDLED.items():
    router.add_api_route(
        f"/cases/{{case_id}}/{_name.replace('_', '-')}",
        _route_of(_handled),
        methods=["POST"],
        name=_handled.operation,
        operation_id=_handled.operation,
        responses=refusals(409),
        response_model=CaseState,
    )
