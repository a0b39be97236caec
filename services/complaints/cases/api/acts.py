"""What officers do to a case: one route for each act."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Answer, Case
from services.complaints.cases.schemas import (
    ApproveIn,
    AskIn,
    CaseState,
    CompleteIn,
    ConfirmIn,
    DisposeIn,
    FollowUpIn,
    ProceedIn,
    ReassignIn,
    RespondIn,
    VerifyIn,
)
from services.complaints.cases.usecases import acts
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.versions import IfMatch
from shared.http.fields import Body
from shared.security import Principal

router = APIRouter()
B = TypeVar("B", bound=Body)


class OfficersAct(NamedTuple):
    """An act that an officer asks for: what every use case of theirs takes first."""

    session: AsyncSession
    engine: DeadlineEngine
    actor: Principal
    case_id: UUID
    version: int


def officers_act(path: str) -> Callable[[Callable[[OfficersAct, B], Awaitable[Case]]], object]:
    """Make a function the act at `/cases/{case_id}/<path>`: its body is that of the request."""

    def made(do: Callable[[OfficersAct, B], Awaitable[Case]]) -> object:
        async def route(
            request: Request, case_id: UUID, body: B, cmd: Commands, version: IfMatch
        ) -> Response:
            engine = engine_of(request)
            return await cmd.run(
                lambda session: do(OfficersAct(session, engine, cmd.actor, case_id, version), body),
                reply=CaseState,
            )

        route.__annotations__["body"] = do.__annotations__["body"]
        route.__doc__ = do.__doc__
        router.add_api_route(
            f"/cases/{{case_id}}/{path}",
            route,
            methods=["POST"],
            name=do.__name__,
            operation_id=do.__name__,
            responses=refusals(409),
            response_model=CaseState,
        )
        return do

    return made


@officers_act("verify")
async def verify_case(act: OfficersAct, body: VerifyIn) -> Case:
    """Settle stream, class and unit."""
    return await acts.verify(*act, **body.model_dump())


@officers_act("dispose")
async def dispose_case(act: OfficersAct, body: DisposeIn) -> Case:
    """Name the handler (disposisi)."""
    return await acts.dispose(*act, **body.model_dump())


@officers_act("reassign")
async def reassign_case(act: OfficersAct, body: ReassignIn) -> Case:
    """Give the case to another handler of its unit, also when nobody knows the present one."""
    return await acts.reassign(*act, **body.model_dump())


@officers_act("follow-up")
async def follow_up_case(act: OfficersAct, body: FollowUpIn) -> Case:
    """Note a substantive act (tindak lanjut)."""
    return await acts.follow_up(
        *act,
        note=body.text,
        evidence=tuple(body.evidence),
        no_evidence_reason=body.no_evidence_reason,
    )


@officers_act("request-completion")
async def request_completion(act: OfficersAct, body: AskIn) -> Case:
    """Ask the reporter for missing facts; the officers' clocks stand still.

    After 80 % of a clock's time the state stays and `proposed_by` is set: somebody else confirms it.
    """
    return await acts.request_completion(*act, missing=body.missing)


@officers_act("confirm-completion")
async def confirm_completion(act: OfficersAct, body: ConfirmIn) -> Case:
    """Confirm a proposed request for missing facts, by its words; the officers' clocks stand still."""
    return await acts.confirm_completion(*act, missing=body.missing)


@officers_act("complete")
async def complete_case(act: OfficersAct, body: CompleteIn) -> Case:
    """Take the missing facts on paper."""
    return await acts.complete(*act, note=body.text, is_reporter=False)


@officers_act("proceed")
async def proceed_case(act: OfficersAct, body: ProceedIn) -> Case:
    """Go on with what is there, once the reporter's time to complete is over."""
    return await acts.proceed(*act, reason=body.reason)


@officers_act("respond")
async def respond_case(act: OfficersAct, body: RespondIn) -> Case:
    """Draft the answer."""
    answer = Answer(
        body.outcome, body.text, tuple(body.evidence), body.no_evidence_reason, body.is_standard_breach
    )
    return await acts.respond(*act, answer)


@officers_act("approve")
async def approve_case(act: OfficersAct, body: ApproveIn) -> Case:
    """Approve the draft and deliver the answer."""
    return await acts.approve(*act, note=body.note)
