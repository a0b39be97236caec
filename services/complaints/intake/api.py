"""Routes of the public, of reporters by their receipt, and of who enters a report for somebody."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from services.complaints import units
from services.complaints.cases.schemas.deadlines import with_due
from services.complaints.cases.usecases import acts, queries
from services.complaints.deadlines.api import engine_of
from services.complaints.intake.data import intake_rules
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
    EntryIn,
    MyCase,
    MyCaseState,
    MyCompleteIn,
    ObjectIn,
    PleaIn,
    PublicCase,
    ReceiptIn,
    ReceiptSession,
    ReceivedOut,
    ReportIn,
    UnitOut,
)
from services.complaints.secrecy.usecases.opening import opened
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of

router = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(429))
desk = APIRouter()
WaitToken = Annotated[
    str | None, Header(alias="X-Wait-Token", description="The `wait_token` of an earlier 429 `wait_first`")
]
Session = Annotated[str | None, Header(alias="X-Receipt-Session", description="Token of a receipt session")]


@router.post(
    "/public/cases",
    operation_id="submit_report",
    status_code=201,
    response_model=ReceivedOut,
)
async def submit_report(request: Request, body: ReportIn, cmd: Commands, wait: WaitToken = None) -> Response:
    """Report something. With an Idempotency-Key a retry gives the same receipt.

    Above the free number of an hour the answer is 429 `wait_first`. Wait for Retry-After seconds, then send
    the report again with its Idempotency-Key and the problem's `wait_token` as `X-Wait-Token`.
    """
    return await file_report(request, cmd, report_of(body), wait_token=wait)


@router.get("/public/cases/{tracking_id}", operation_id="track_case", responses=refusals(404))
async def track_case(request: Request, tracking_id: str) -> PublicCase:
    """Return state and due time; nothing of a secret case."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await queries.public_case(session, policies, tracking_id)
    return PublicCase.model_validate(with_due(found, policies))


@router.get("/public/units", operation_id="list_reportable_units")
async def list_reportable_units(request: Request) -> list[UnitOut]:
    """Return the units that a report may be about."""
    async with state_of(request.app).db.reading() as session:
        found = await units.active(session)
    return [UnitOut(unit_id=unit.unit_id, name=unit.name, agency_id=unit.agency_id) for unit in found]


@router.post(
    "/public/receipt-sessions",
    operation_id="open_receipt_session",
    responses=refusals(404),
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


@router.get("/public/my-case", operation_id="show_my_case", responses=refusals(404))
async def show_my_case(request: Request, token: Session = None) -> MyCase:
    """Return the reporter's own case."""
    await count_in_session(request, token)
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        case_id = await case_behind(session, token)
        found = await queries.my_case(session, engine_of(request), case_id)
        readings = await opened(session, case_id)
    told = with_due(found, policies) | {"identity_opened": 0 if readings is None else readings.times}
    return MyCase.model_validate(told, from_attributes=True)


@router.post(
    "/public/my-case/complete",
    operation_id="complete_my_case",
    responses=refusals(404, 409),
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
    responses=refusals(404, 409),
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
    responses=refusals(404, 409),
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
    responses=refusals(404, 409),
    response_model=MyCaseState,
)
async def withdraw_my_case(request: Request, cmd: Commands, token: Session = None) -> Response:
    """Withdraw the complaint: it ends for good, and nobody works on it any more."""
    return await act_of_reporter(request, cmd, token, lambda act: acts.withdraw(*act), reply=MyCaseState)


@router.post(
    "/public/my-case/reopen",
    operation_id="reopen_my_case",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def reopen_my_case(request: Request, body: PleaIn, cmd: Commands, token: Session = None) -> Response:
    """Take up the closed case again within its window: the officers have to answer anew."""
    return await act_of_reporter(
        request, cmd, token, lambda act: acts.reopen(*act, reason=body.reason), reply=MyCaseState
    )


@router.post(
    "/public/my-case/appeal",
    operation_id="appeal_my_case",
    responses=refusals(404, 409, 429),
    response_model=MyCaseState,
)
async def appeal_my_case(request: Request, body: PleaIn, cmd: Commands, token: Session = None) -> Response:
    """Appeal, once, against the end of the case: somebody new to it decides."""
    return await act_of_reporter(
        request, cmd, token, lambda act: acts.appeal(*act, reason=body.reason), reply=MyCaseState
    )


@desk.post(
    "/cases", operation_id="enter_case", responses=refusals(404), status_code=201, response_model=ReceivedOut
)
async def enter_case(request: Request, body: EntryIn, cmd: Commands) -> Response:
    """Enter a report that was taken at a desk; hand the receipt to its reporter."""
    return await file_report(request, cmd, report_of(body), entry=entry_of(body))
