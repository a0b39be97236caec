"""Routes of the API: authorise, parse, call one use case, map errors."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, NamedTuple, TypeVar
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Answer, Case
from services.complaints.cases.schemas import (
    ApproveIn,
    AskIn,
    CaseDetail,
    CaseState,
    CaseSummary,
    CompleteIn,
    ConfirmIn,
    DisposeIn,
    FollowUpIn,
    HandlerIn,
    HandlerLine,
    HandlerOut,
    OverdueOut,
    ProceedIn,
    ReassignIn,
    RespondIn,
    VerifyIn,
    with_due,
)
from services.complaints.cases.usecases import acts, officers, queries
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.schemas import CalendarConfirmIn, CalendarYearOut, CalendarYearsOut
from services.complaints.deadlines.usecases import years
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.intake.data import channels, intake_rules
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.reporters import (
    act_of_reporter,
    case_behind,
    close_receipt,
    entry_of,
    file_report,
    open_receipt,
    report_of,
)
from services.complaints.intake.schemas import (
    AcceptIn,
    ChannelOut,
    EntryIn,
    MyCase,
    MyCaseState,
    MyCompleteIn,
    ObjectIn,
    PublicCase,
    ReceiptIn,
    ReceiptSession,
    ReceivedOut,
    ReportIn,
    UnitOut,
)
from shared.db.clock import database_now
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById, PageParameters, identity, moment, paged, subject
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import Body, YearText
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Principal

ERROR_STATUS: Mapping[str, int] = {
    "illegal_transition": 409,
    "pause_cap_reached": 409,
    "completion_time_left": 409,
    "handler_not_in_unit": 409,
    "handler_elsewhere": 409,
    "same_handler": 409,
    "act_incomplete": 422,
    "intake_refused": 422,
    "own_proposal": 403,
    "proposal_changed": 409,
    "not_assigned": 403,
    "decree_differs": 422,
    "decree_unknown": 409,
    "policy_lost": 503,
    "clock_held": 503,
}

router = APIRouter()
B = TypeVar("B", bound=Body)
WaitToken = Annotated[
    str | None, Header(alias="X-Wait-Token", description="The `wait_token` of an earlier 429 `wait_first`")
]
OverduePage = Annotated[PageParameters, paged(moment, identity)]
YearPath = Annotated[YearText, Path()]
PageBySubject = Annotated[PageParameters, paged(subject)]
Session = Annotated[str | None, Header(alias="X-Receipt-Session", description="Token of a receipt session")]


# -- public -------------------------------------------------------------------------------------------------


@router.post(
    "/public/cases",
    operation_id="submit_report",
    responses=refusals(429),
    status_code=201,
    response_model=ReceivedOut,
)
async def submit_report(request: Request, body: ReportIn, cmd: Commands, wait: WaitToken = None) -> Response:
    """Report something. With an Idempotency-Key a retry gives the same receipt.

    Above the free number of an hour the answer is 429 `wait_first`. Wait for Retry-After seconds, then send
    the report again with its Idempotency-Key and the problem's `wait_token` as `X-Wait-Token`.
    """
    return await file_report(request, cmd, report_of(body), wait_token=wait)


@router.get("/public/cases/{tracking_id}", operation_id="track_case")
async def track_case(request: Request, tracking_id: str) -> PublicCase:
    """Return state and due time; nothing of a secret case."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await queries.public_case(session, policies, tracking_id)
    return PublicCase.model_validate(with_due(found, policies))


@router.get("/public/channels", operation_id="list_channels")
async def list_channels(request: Request) -> list[ChannelOut]:
    """Return the channels that are open today."""
    async with state_of(request.app).db.reading() as session:
        now = await database_now(session)
    today = now.astimezone(Zone.WIB.tz).date()
    return [
        ChannelOut(kind=channel.kind, label=channel.label, is_public=channel.is_public)
        for channel in channels().values()
        if channel.is_open(today)
    ]


@router.get("/public/units", operation_id="list_reportable_units")
async def list_reportable_units(request: Request) -> list[UnitOut]:
    """Return the units that a report may be about."""
    async with state_of(request.app).db.reading() as session:
        found = await units.active(session)
    return [UnitOut(unit_id=unit.unit_id, name=unit.name, agency_id=unit.agency_id) for unit in found]


@router.post(
    "/public/receipt-sessions",
    operation_id="open_receipt_session",
    responses=refusals(404, 429),
    status_code=201,
)
async def open_receipt_session(request: Request, body: ReceiptIn, wait: WaitToken = None) -> ReceiptSession:
    """Open a session by receipt; an unknown receipt gets the same 404 after the same time.

    Where many receipts opened nothing the answer is 429 `wait_first`. Wait for Retry-After seconds, then show
    the same receipt again with the problem's `wait_token` as `X-Wait-Token`.
    """
    token = await open_receipt(request, body.receipt, wait)
    return ReceiptSession(token=token, expires_in_minutes=intake_rules().receipt_session_minutes)


@router.delete("/public/receipt-sessions", operation_id="close_receipt_session", status_code=204)
async def close_receipt_session(request: Request, token: Session = None) -> None:
    """End a receipt session: its token opens nothing from now on."""
    await close_receipt(request, token)


@router.get("/public/my-case", operation_id="show_my_case", responses=refusals(404, 429))
async def show_my_case(request: Request, token: Session = None) -> MyCase:
    """Return the reporter's own case."""
    await count_in_session(request, token)
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await queries.my_case(session, policies, await case_behind(session, token))
    return MyCase.model_validate(with_due(found, policies), from_attributes=True)


@router.post(
    "/public/my-case/complete",
    operation_id="complete_my_case",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def complete_my_case(
    request: Request, body: MyCompleteIn, cmd: Commands, token: Session = None
) -> Response:
    """Give the facts that were asked for; with `question` only those of the request that was read."""
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: acts.complete(*act, None, note=body.text, is_reporter=True, read=body.question),
        reply=MyCaseState,
    )


@router.post(
    "/public/my-case/accept",
    operation_id="accept_answer",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def accept_answer(
    request: Request, cmd: Commands, body: AcceptIn | None = None, token: Session = None
) -> Response:
    """Accept the answer: the case is closed. With `answer` only the one that was read."""
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: acts.accept(*act, read=None if body is None else body.answer),
        reply=MyCaseState,
    )


@router.post(
    "/public/my-case/object",
    operation_id="object_to_answer",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def object_to_answer(
    request: Request, body: ObjectIn, cmd: Commands, token: Session = None
) -> Response:
    """Object to the answer (keberatan): the officers have to answer again.

    With `answer` only to the one that was read.
    """
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: acts.object_to_answer(*act, reason=body.reason, read=body.answer),
        reply=MyCaseState,
    )


@router.post(
    "/public/my-case/withdraw",
    operation_id="withdraw_my_case",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def withdraw_my_case(request: Request, cmd: Commands, token: Session = None) -> Response:
    """Withdraw the complaint: it ends for good, and nobody works on it any more."""
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: acts.withdraw(*act),
        reply=MyCaseState,
    )


# -- officers -----------------------------------------------------------------------------------------------


@router.post(
    "/cases", operation_id="enter_case", responses=refusals(404), status_code=201, response_model=ReceivedOut
)
async def enter_case(request: Request, body: EntryIn, cmd: Commands) -> Response:
    """Enter a report that was taken at a desk; hand the receipt to its reporter."""
    return await file_report(request, cmd, report_of(body), entry=entry_of(body))


@router.get("/cases", operation_id="list_cases")
async def list_cases(
    request: Request, actor: Caller, page: PageById, unit: str | None = None, state: State | None = None
) -> Page[CaseSummary]:
    """Return cases in the order of intake."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await queries.case_page(
            session,
            policies,
            actor,
            unit_id=unit,
            state=state,
            after=page.after[0] if page.after else queries.FIRST,
            limit=page.limit + 1,
        )
    return Page[CaseSummary].of(
        rows,
        page.limit,
        key=lambda row: (str(row["id"]),),
        item=lambda row: CaseSummary.model_validate(with_due(row, policies)),
    )


@router.get("/cases/{case_id}", operation_id="show_case")
async def show_case(request: Request, response: Response, actor: Caller, case_id: UUID) -> CaseDetail:
    """Return a case with its acts, answers and clocks."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await queries.case_detail(session, policies, actor, case_id)
    etag(response, found["version"])
    deadlines = [with_due(one | {"rule": one["rule_id"]}, policies) for one in found["deadlines"]]
    return CaseDetail.model_validate(
        with_due(found, policies) | {"deadlines": deadlines}, from_attributes=True
    )


@router.get("/overdue", operation_id="list_overdue")
async def list_overdue(
    request: Request, actor: Caller, page: OverduePage, unit: str | None = None
) -> Page[OverdueOut]:
    """Return breached clocks that still run, the oldest breach first."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await queries.overdue_page(
            session, actor, unit_id=unit, after=page.after or queries.OLDEST, limit=page.limit + 1
        )
    return Page[OverdueOut].of(
        rows,
        page.limit,
        key=lambda row: (row["due_at"].isoformat(), str(row["deadline_id"])),
        item=lambda row: OverdueOut.model_validate(with_due(row, policies)),
    )


@router.get("/calendar", operation_id="list_calendar_years")
async def list_calendar_years(request: Request, _actor: Caller) -> CalendarYearsOut:
    """Return the years of the working-day calendar with their decrees and who confirmed them."""
    async with state_of(request.app).db.reading() as session:
        found = await years.years(session)
    return CalendarYearsOut(items=[CalendarYearOut.of(year) for year in found])


@router.post(
    "/calendar/{year}/confirm",
    operation_id="confirm_calendar_year",
    responses=refusals(409),
    response_model=CalendarYearOut,
)
async def confirm_calendar_year(year: YearPath, body: CalendarConfirmIn, cmd: Commands) -> Response:
    """Say that the decree of a year was read; clocks that reach into it are provisional no longer."""
    return await cmd.run(
        lambda session: years.confirm(session, cmd.actor, year, body.decree), reply=CalendarYearOut.of
    )


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


@router.get("/handlers", operation_id="list_handlers", responses=refusals(404))
async def list_handlers(
    request: Request, actor: Caller, page: PageBySubject, unit: Annotated[str, Query(description="Unit id")]
) -> Page[HandlerLine]:
    """Return who may be named for the cases of a unit, by subject."""
    async with state_of(request.app).db.reading() as session:
        rows = await officers.handlers(
            session, actor, unit, after=page.after[0] if page.after else "", limit=page.limit + 1
        )
    return Page[HandlerLine].of(
        rows, page.limit, key=lambda row: (row["subject"],), item=HandlerLine.model_validate
    )


@router.post(
    "/handlers",
    operation_id="enter_handler",
    responses=refusals(404, 409),
    status_code=201,
    response_model=HandlerOut,
)
async def enter_handler(body: HandlerIn, cmd: Commands) -> Response:
    """Enter an officer who has not logged in yet as handler of a unit."""
    return await cmd.run(
        lambda session: officers.enter_handler(session, cmd.actor, body.unit_id, body.handler),
        status=201,
        reply=HandlerOut,
    )


@router.post(
    "/handlers/remove",
    operation_id="remove_handler",
    responses=refusals(404),
    status_code=204,
    response_class=Response,
)
async def remove_handler(body: HandlerIn, cmd: Commands) -> Response:
    """Take an officer off a unit's list; reassign the cases that name them."""
    return await cmd.run(
        lambda session: officers.remove_handler(session, cmd.actor, body.unit_id, body.handler)
    )
