"""What officers ask for: the body of each act and the use case behind it, the same for programs and pages."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import ActName
from services.complaints.cases.domain.case import Answer, Case
from services.complaints.cases.schemas.acts import (
    AdviceIn,
    ApproveIn,
    AskIn,
    BeginIn,
    CompleteIn,
    ConfirmDismissalIn,
    ConfirmIn,
    ConfirmTransferIn,
    CorrectIn,
    DismissIn,
    DisposeIn,
    ExtendIn,
    FollowUpIn,
    InspectIn,
    LetterIn,
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
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.http.fields import Body
from shared.security import Principal

B = TypeVar("B", bound=Body)


class OfficersAct(NamedTuple):
    """An act that an officer asks for: what every use case of theirs takes first."""

    session: AsyncSession
    engine: DeadlineEngine
    actor: Principal
    case_id: UUID
    version: int


class Handled(NamedTuple):
    """An act of officers: the operation that the matrix knows it by, what it takes, and what does it."""

    operation: str
    body: type[Body]
    do: Callable[[OfficersAct, Any], Awaitable[Case]]

    @property
    def told(self) -> str | None:
        """What the documentation says of it."""
        return self.do.__doc__


HANDLED: dict[ActName, Handled] = {}
"""Every act that officers have, by its name in the tables of acts."""


def handles(
    name: ActName,
) -> Callable[[Callable[[OfficersAct, B], Awaitable[Case]]], Callable[[OfficersAct, B], Awaitable[Case]]]:
    """Make a function the act of this name: its body is that of the request."""

    def made(do: Callable[[OfficersAct, B], Awaitable[Case]]) -> Callable[[OfficersAct, B], Awaitable[Case]]:
        body = cast("type[Body]", do.__annotations__["body"])
        HANDLED[name] = Handled(do.__name__, body, do)
        return do

    return made


@handles("verify")
async def verify_case(act: OfficersAct, body: VerifyIn) -> Case:
    """Settle stream, class and unit."""
    return await acts.verify(*act, **body.model_dump())


@handles("dispose")
async def dispose_case(act: OfficersAct, body: DisposeIn) -> Case:
    """Name the handler (disposisi)."""
    return await acts.dispose(*act, **body.model_dump())


@handles("reassign")
async def reassign_case(act: OfficersAct, body: ReassignIn) -> Case:
    """Give the case to another handler of its unit, also when nobody knows the present one."""
    return await acts.reassign(*act, **body.model_dump())


@handles("follow_up")
async def follow_up_case(act: OfficersAct, body: FollowUpIn) -> Case:
    """Note a substantive act (tindak lanjut)."""
    return await acts.follow_up(
        *act,
        note=body.text,
        evidence=tuple(body.evidence),
        no_evidence_reason=body.no_evidence_reason,
    )


@handles("request_completion")
async def request_completion(act: OfficersAct, body: AskIn) -> Case:
    """Ask the reporter for missing facts; the officers' clocks stand still.

    After 80 % of a clock's time the state stays and `proposed_by` is set: somebody else confirms it.
    """
    return await acts.request_completion(*act, missing=body.missing)


@handles("confirm_completion")
async def confirm_completion(act: OfficersAct, body: ConfirmIn) -> Case:
    """Confirm a proposed request for missing facts, by its words; the officers' clocks stand still."""
    return await acts.confirm_completion(*act, missing=body.missing)


@handles("complete")
async def complete_case(act: OfficersAct, body: CompleteIn) -> Case:
    """Take the missing facts on paper."""
    return await acts.complete(*act, note=body.text, is_reporter=False)


@handles("proceed")
async def proceed_case(act: OfficersAct, body: ProceedIn) -> Case:
    """Go on with what is there, once the reporter's time to complete is over."""
    return await acts.proceed(*act, reason=body.reason)


@handles("respond")
async def respond_case(act: OfficersAct, body: RespondIn) -> Case:
    """Draft the answer."""
    answer = Answer(
        body.outcome, body.text, tuple(body.evidence), body.no_evidence_reason, body.is_standard_breach
    )
    return await acts.respond(*act, answer)


@handles("approve")
async def approve_case(act: OfficersAct, body: ApproveIn) -> Case:
    """Approve the draft and deliver the answer."""
    return await acts.approve(*act, note=body.note)


@handles("answer_in_person")
async def answer_in_person(act: OfficersAct, body: AdviceIn) -> Case:
    """Note what was answered face to face; the consultation ends."""
    return await acts.answer_in_person(*act, text=body.text)


@handles("order_inspection")
async def order_inspection(act: OfficersAct, body: InspectIn) -> Case:
    """Order an inspection; its own time replaces that of the answer."""
    return await acts.order_inspection(*act, **body.model_dump())


@handles("correct_review")
async def correct_review(act: OfficersAct, body: CorrectIn) -> Case:
    """Note what a superior corrected in the review; only where a deadline asks for it (courts)."""
    return await acts.correct_review(*act, text=body.text)


@handles("decide_review")
async def decide_review(act: OfficersAct, body: LetterIn) -> Case:
    """Note the decision about the review, by its letter; only where a deadline asks for it (courts)."""
    return await acts.decide_review(*act, **body.model_dump())


@handles("begin_inspection")
async def begin_inspection(act: OfficersAct, body: BeginIn) -> Case:
    """Note that the inspection began; only where a deadline asks for it (courts)."""
    return await acts.begin_inspection(*act, **body.model_dump())


@handles("report_inspection")
async def report_inspection(act: OfficersAct, body: LetterIn) -> Case:
    """Note the report of the inspection, by its letter; only where a deadline asks for it (courts)."""
    return await acts.report_inspection(*act, **body.model_dump())


@handles("extend")
async def extend_case(act: OfficersAct, body: ExtendIn) -> Case:
    """Extend the time to answer once; after 80 % of it this is only proposed: somebody else confirms it."""
    return await acts.extend(*act, reason=body.reason)


@handles("confirm_extension")
async def confirm_extension(act: OfficersAct, body: ExtendIn) -> Case:
    """Confirm a proposed extension, by its reason."""
    return await acts.confirm_extension(*act, reason=body.reason)


@handles("transfer")
async def transfer_case(act: OfficersAct, body: TransferIn) -> Case:
    """Hand the case to another unit of its agency, which names a handler of its own.

    After 80 % of a clock's time one that lengthens it is only proposed: somebody else confirms it.
    """
    return await acts.transfer(*act, **body.model_dump())


@handles("confirm_transfer")
async def confirm_transfer(act: OfficersAct, body: ConfirmTransferIn) -> Case:
    """Confirm a transfer that gives more time after 80 % of it, by the unit that was proposed."""
    return await acts.confirm_transfer(*act, unit_id=body.unit_id)


@handles("reclassify")
async def reclassify_case(act: OfficersAct, body: ReclassifyIn) -> Case:
    """Handle the case as another kind, stream or class.

    After 80 % of a clock's time one that lengthens it is only proposed: somebody else confirms it.
    """
    sorted_as = acts.Sorted(body.kind, body.stream, body.case_class)
    return await acts.reclassify(*act, sorted_as=sorted_as, reason=body.reason)


@handles("confirm_reclassification")
async def confirm_reclassification(act: OfficersAct, body: SortedIn) -> Case:
    """Confirm what somebody else proposed to handle the case as, by its words."""
    return await acts.confirm_reclassification(*act, sorted_as=acts.Sorted(**body.model_dump()))


@handles("propose_dismissal")
async def propose_dismissal(act: OfficersAct, body: DismissIn) -> Case:
    """Propose to end the case without an answer; the state stays until somebody else decides."""
    return await acts.propose_dismissal(*act, body.dismissal())


@handles("confirm_dismissal")
async def confirm_dismissal(act: OfficersAct, body: ConfirmDismissalIn) -> Case:
    """End the case as somebody else proposed."""
    return await acts.confirm_dismissal(*act, to=body.to, note=body.note)


@handles("refuse_dismissal")
async def refuse_dismissal(act: OfficersAct, body: RefuseIn) -> Case:
    """Keep the case open against a proposal to end it."""
    return await acts.refuse_dismissal(*act, reason=body.reason)


@handles("reopen")
async def reopen_case(act: OfficersAct, body: ReopenIn) -> Case:
    """Take up a closed case again because of new evidence."""
    return await acts.reopen_on_evidence(*act, reason=body.reason)


@handles("uphold_appeal")
async def uphold_appeal(act: OfficersAct, body: UpholdAppealIn) -> Case:
    """Decide that the reporter's appeal is right; the case is worked on anew."""
    return await acts.uphold_appeal(*act, **body.model_dump())


@handles("reject_appeal")
async def reject_appeal(act: OfficersAct, body: RejectAppealIn) -> Case:
    """Decide that the case stays ended."""
    return await acts.reject_appeal(*act, decision=body.decision)
