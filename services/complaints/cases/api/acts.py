"""What officers do to a case: one route for each act."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Answer, Case
from services.complaints.cases.schemas import (
    AdviceIn,
    ApproveIn,
    AskIn,
    CaseState,
    CompleteIn,
    ConfirmDismissalIn,
    ConfirmIn,
    ConfirmTransferIn,
    DismissIn,
    DisposeIn,
    ExtendIn,
    FollowUpIn,
    InspectIn,
    ProceedIn,
    ReassignIn,
    ReclassifyIn,
    RefuseIn,
    RejectAppealIn,
    ReopenIn,
    RespondIn,
    SortedIn,
    TransferIn,
    UpholdAppealIn,
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


@officers_act("answer-in-person")
async def answer_in_person(act: OfficersAct, body: AdviceIn) -> Case:
    """Note what was answered face to face; the consultation ends."""
    return await acts.answer_in_person(*act, text=body.text)


@officers_act("order-inspection")
async def order_inspection(act: OfficersAct, body: InspectIn) -> Case:
    """Order an inspection; its own time replaces that of the answer."""
    return await acts.order_inspection(*act, **body.model_dump())


@officers_act("extend")
async def extend_case(act: OfficersAct, body: ExtendIn) -> Case:
    """Extend the time to answer once; after 80 % of it this is only proposed: somebody else confirms it."""
    return await acts.extend(*act, reason=body.reason)


@officers_act("confirm-extension")
async def confirm_extension(act: OfficersAct, body: ExtendIn) -> Case:
    """Confirm a proposed extension, by its reason."""
    return await acts.confirm_extension(*act, reason=body.reason)


@officers_act("transfer")
async def transfer_case(act: OfficersAct, body: TransferIn) -> Case:
    """Hand the case to another unit of its agency, which names a handler of its own.

    After 80 % of a clock's time one that lengthens it is only proposed: somebody else confirms it.
    """
    return await acts.transfer(*act, **body.model_dump())


@officers_act("confirm-transfer")
async def confirm_transfer(act: OfficersAct, body: ConfirmTransferIn) -> Case:
    """Confirm a transfer that gives more time after 80 % of it, by the unit that was proposed."""
    return await acts.confirm_transfer(*act, unit_id=body.unit_id)


@officers_act("reclassify")
async def reclassify_case(act: OfficersAct, body: ReclassifyIn) -> Case:
    """Handle the case as another kind, stream or class.

    After 80 % of a clock's time one that lengthens it is only proposed: somebody else confirms it.
    """
    sorted_as = acts.Sorted(body.kind, body.stream, body.case_class)
    return await acts.reclassify(*act, sorted_as=sorted_as, reason=body.reason)


@officers_act("confirm-reclassification")
async def confirm_reclassification(act: OfficersAct, body: SortedIn) -> Case:
    """Confirm what somebody else proposed to handle the case as, by its words."""
    return await acts.confirm_reclassification(*act, sorted_as=acts.Sorted(**body.model_dump()))


@officers_act("propose-dismissal")
async def propose_dismissal(act: OfficersAct, body: DismissIn) -> Case:
    """Propose to end the case without an answer; the state stays until somebody else decides."""
    return await acts.propose_dismissal(*act, body.dismissal())


@officers_act("confirm-dismissal")
async def confirm_dismissal(act: OfficersAct, body: ConfirmDismissalIn) -> Case:
    """End the case as somebody else proposed."""
    return await acts.confirm_dismissal(*act, to=body.to, note=body.note)


@officers_act("refuse-dismissal")
async def refuse_dismissal(act: OfficersAct, body: RefuseIn) -> Case:
    """Keep the case open against a proposal to end it."""
    return await acts.refuse_dismissal(*act, reason=body.reason)


@officers_act("reopen")
async def reopen_case(act: OfficersAct, body: ReopenIn) -> Case:
    """Take up a closed case again because of new evidence."""
    return await acts.reopen_on_evidence(*act, reason=body.reason)


@officers_act("uphold-appeal")
async def uphold_appeal(act: OfficersAct, body: UpholdAppealIn) -> Case:
    """Decide that the reporter's appeal is right; the case is worked on anew."""
    return await acts.uphold_appeal(*act, **body.model_dump())


@officers_act("reject-appeal")
async def reject_appeal(act: OfficersAct, body: RejectAppealIn) -> Case:
    """Decide that the case stays ended."""
    return await acts.reject_appeal(*act, decision=body.decision)
