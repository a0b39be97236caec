"""Routes of the API: authorise, parse, call one use case, map errors."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain import Answer, Case, State
from services.complaints.cases.usecases import acts, officers, queries
from services.complaints.deadlines.usecases import years
from services.complaints.intake.data import channels, intake_rules
from services.complaints.intake.limits import count_in_session
from services.complaints.reporters import (
    REPORTER,
    act_of_reporter,
    case_behind,
    close_receipt,
    entry_of,
    file_report,
    open_receipt,
    parts_of,
    report_of,
)
from services.complaints.schemas import (
    AcceptIn,
    ApproveIn,
    AskIn,
    CalendarConfirmIn,
    CalendarYearOut,
    CalendarYearsOut,
    CaseDetail,
    CaseState,
    CaseSummary,
    ChannelOut,
    CompleteIn,
    ConfirmIn,
    DisposeIn,
    EntryIn,
    FollowUpIn,
    HandlerIn,
    HandlerLine,
    HandlerOut,
    MyCase,
    MyCaseState,
    MyCompleteIn,
    ObjectIn,
    OverdueOut,
    ProceedIn,
    PublicCase,
    ReassignIn,
    ReceiptIn,
    ReceiptSession,
    ReceivedOut,
    ReportIn,
    RespondIn,
    UnitOut,
    VerifyIn,
    with_due,
)
from shared.db.clock import database_now
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById, PageParameters, identity, moment, paged, subject
from shared.http.api.versions import IfMatch, etag
from shared.http.callers import Caller
from shared.http.fields import YearText
from shared.http.state import state_of
from shared.kernel import Zone

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
    async with state_of(request.app).db.reading() as session:
        found = await queries.public_case(session, tracking_id)
    return PublicCase.model_validate(with_due(found))


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
    async with state_of(request.app).db.reading() as session:
        found = await queries.my_case(session, await case_behind(session, token))
    return MyCase.model_validate(with_due(found), from_attributes=True)


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
    engine = parts_of(request).engine

    async def complete(session: AsyncSession, case_id: UUID) -> Case:
        return await acts.complete(
            session, engine, REPORTER, case_id, None, note=body.text, is_reporter=True, read=body.question
        )

    return await act_of_reporter(request, cmd, token, complete, reply=MyCaseState)


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
    engine, read = parts_of(request).engine, None if body is None else body.answer

    async def accept(session: AsyncSession, case_id: UUID) -> Case:
        return await acts.accept(session, engine, REPORTER, case_id, read=read)

    return await act_of_reporter(request, cmd, token, accept, reply=MyCaseState)


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
    engine = parts_of(request).engine

    async def object_to(session: AsyncSession, case_id: UUID) -> Case:
        return await acts.object_to_answer(
            session, engine, REPORTER, case_id, reason=body.reason, read=body.answer
        )

    return await act_of_reporter(request, cmd, token, object_to, reply=MyCaseState)


@router.post(
    "/public/my-case/withdraw",
    operation_id="withdraw_my_case",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def withdraw_my_case(request: Request, cmd: Commands, token: Session = None) -> Response:
    """Withdraw the complaint: it ends for good, and nobody works on it any more."""
    engine = parts_of(request).engine

    async def withdraw(session: AsyncSession, case_id: UUID) -> Case:
        return await acts.withdraw(session, engine, REPORTER, case_id)

    return await act_of_reporter(request, cmd, token, withdraw, reply=MyCaseState)


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
    async with state_of(request.app).db.reading() as session:
        rows = await queries.case_page(
            session,
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
        item=lambda row: CaseSummary.model_validate(with_due(row)),
    )


@router.get("/cases/{case_id}", operation_id="show_case")
async def show_case(request: Request, response: Response, actor: Caller, case_id: UUID) -> CaseDetail:
    """Return a case with its acts, answers and clocks."""
    async with state_of(request.app).db.reading() as session:
        found = await queries.case_detail(session, actor, case_id)
    etag(response, found["version"])
    clocks = [with_due(clock | {"rule": clock["rule_id"]}) for clock in found["deadlines"]]
    return CaseDetail.model_validate(with_due(found) | {"deadlines": clocks}, from_attributes=True)


@router.get("/overdue", operation_id="list_overdue")
async def list_overdue(
    request: Request, actor: Caller, page: OverduePage, unit: str | None = None
) -> Page[OverdueOut]:
    """Return breached clocks that still run, the oldest breach first."""
    async with state_of(request.app).db.reading() as session:
        rows = await queries.overdue_page(
            session, actor, unit_id=unit, after=page.after or queries.OLDEST, limit=page.limit + 1
        )
    return Page[OverdueOut].of(
        rows,
        page.limit,
        key=lambda row: (row["due_at"].isoformat(), str(row["deadline_id"])),
        item=lambda row: OverdueOut.model_validate(with_due(row)),
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


@router.post(
    "/cases/{case_id}/verify", operation_id="verify_case", responses=refusals(409), response_model=CaseState
)
async def verify_case(
    request: Request, case_id: UUID, body: VerifyIn, cmd: Commands, version: IfMatch
) -> Response:
    """Settle stream, class and unit."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.verify(session, engine, cmd.actor, case_id, version, **body.model_dump()),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/dispose", operation_id="dispose_case", responses=refusals(409), response_model=CaseState
)
async def dispose_case(
    request: Request, case_id: UUID, body: DisposeIn, cmd: Commands, version: IfMatch
) -> Response:
    """Name the handler (disposisi)."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.dispose(session, engine, cmd.actor, case_id, version, **body.model_dump()),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/reassign",
    operation_id="reassign_case",
    responses=refusals(409),
    response_model=CaseState,
)
async def reassign_case(
    request: Request, case_id: UUID, body: ReassignIn, cmd: Commands, version: IfMatch
) -> Response:
    """Give the case to another handler of its unit, also when nobody knows the present one."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.reassign(session, engine, cmd.actor, case_id, version, **body.model_dump()),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/follow-up",
    operation_id="follow_up_case",
    responses=refusals(409),
    response_model=CaseState,
)
async def follow_up_case(
    request: Request, case_id: UUID, body: FollowUpIn, cmd: Commands, version: IfMatch
) -> Response:
    """Note a substantive act (tindak lanjut)."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.follow_up(
            session,
            engine,
            cmd.actor,
            case_id,
            version,
            note=body.text,
            evidence=tuple(body.evidence),
            no_evidence_reason=body.no_evidence_reason,
        ),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/request-completion",
    operation_id="request_completion",
    responses=refusals(409),
    response_model=CaseState,
)
async def request_completion(
    request: Request, case_id: UUID, body: AskIn, cmd: Commands, version: IfMatch
) -> Response:
    """Ask the reporter for missing facts; the officers' clocks stand still.

    After 80 % of a clock's time the state stays and `proposed_by` is set: somebody else confirms it.
    """
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.request_completion(
            session, engine, cmd.actor, case_id, version, missing=body.missing
        ),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/confirm-completion",
    operation_id="confirm_completion",
    responses=refusals(409),
    response_model=CaseState,
)
async def confirm_completion(
    request: Request, case_id: UUID, body: ConfirmIn, cmd: Commands, version: IfMatch
) -> Response:
    """Confirm a proposed request for missing facts, by its words; the officers' clocks stand still."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.confirm_completion(
            session, engine, cmd.actor, case_id, version, missing=body.missing
        ),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/complete",
    operation_id="complete_case",
    responses=refusals(409),
    response_model=CaseState,
)
async def complete_case(
    request: Request, case_id: UUID, body: CompleteIn, cmd: Commands, version: IfMatch
) -> Response:
    """Take the missing facts on paper."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.complete(
            session, engine, cmd.actor, case_id, version, note=body.text, is_reporter=False
        ),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/proceed", operation_id="proceed_case", responses=refusals(409), response_model=CaseState
)
async def proceed_case(
    request: Request, case_id: UUID, body: ProceedIn, cmd: Commands, version: IfMatch
) -> Response:
    """Go on with what is there, once the reporter's time to complete is over."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.proceed(session, engine, cmd.actor, case_id, version, reason=body.reason),
        reply=CaseState,
    )


@router.post(
    "/cases/{case_id}/respond", operation_id="respond_case", responses=refusals(409), response_model=CaseState
)
async def respond_case(
    request: Request, case_id: UUID, body: RespondIn, cmd: Commands, version: IfMatch
) -> Response:
    """Draft the answer."""
    engine = parts_of(request).engine
    answer = Answer(
        body.outcome, body.text, tuple(body.evidence), body.no_evidence_reason, body.is_standard_breach
    )
    return await cmd.run(
        lambda session: acts.respond(session, engine, cmd.actor, case_id, version, answer), reply=CaseState
    )


@router.post(
    "/cases/{case_id}/approve", operation_id="approve_case", responses=refusals(409), response_model=CaseState
)
async def approve_case(
    request: Request, case_id: UUID, body: ApproveIn, cmd: Commands, version: IfMatch
) -> Response:
    """Approve the draft and deliver the answer."""
    engine = parts_of(request).engine
    return await cmd.run(
        lambda session: acts.approve(session, engine, cmd.actor, case_id, version, note=body.note),
        reply=CaseState,
    )


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
