"""Routes of the API: authorise, parse, call one use case, map errors."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.survey.domain.consent import Decision
from services.survey.domain.faults import Fault
from services.survey.domain.plan import InvalidCampaignError
from services.survey.guessing import counting_misses
from services.survey.schemas import (
    CampaignIn,
    CampaignOut,
    ConsentIn,
    DecisionOut,
    InvitationOut,
    InvitationsIn,
    InvitationsOut,
    PoliciesIn,
    ReceiptOut,
    ResponseIn,
    SheetOut,
    StatusOut,
    TokenIn,
    WithdrawalIn,
)
from services.survey.usecases import answering, campaigns, inviting, visits, withdrawing
from services.survey.usecases.inviting import Invitee
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import UnitId
from shared.http.state import state_of

ERROR_STATUS: Mapping[str, int] = {
    "unit_not_found": 404,
    "token_unknown": 404,
    "campaign_invalid": 422,
    "campaign_overlaps": 409,
    "campaign_state": 409,
    "campaign_closed": 410,
    "answers_anonymous": 410,
    "no_consent": 409,
    "consent_given": 409,
    "consent_final": 409,
    "consent_text_outdated": 409,
    "already_answered": 409,
    "response_conflict": 409,
    "answers_invalid": 422,
}

router = APIRouter()

# -- operators and readers ----------------------------------------------------------------------------------


@router.post(
    "/campaigns",
    operation_id="create_campaign",
    responses=refusals(404, 409),
    status_code=201,
    response_model=CampaignOut,
)
async def create_campaign(body: CampaignIn, cmd: Commands) -> Response:
    """Make a draft that pins its regime, instrument and policies."""
    return await cmd.run(
        lambda session: campaigns.create_campaign(
            session,
            cmd.actor,
            unit_id=body.unit_id,
            regime_id=body.regime,
            period=body.period,
            policies=body.policies,
            excluded_items=body.excluded_items,
            closes_at=body.closes_at,
        ),
        status=201,
        reply=CampaignOut.of,
        location=lambda made: f"/campaigns/{made.campaign_id}",
    )


@router.post(
    "/campaigns/{campaign_id}/policies",
    operation_id="set_campaign_policies",
    responses=refusals(409),
    response_model=CampaignOut,
)
async def set_campaign_policies(
    campaign_id: UUID, body: PoliciesIn, expected: IfMatch, cmd: Commands
) -> Response:
    """Choose how a draft's answers will be counted, as the agency; the reason is kept."""
    return await cmd.run(
        lambda session: campaigns.set_policies(
            session, cmd.actor, campaign_id, expected, policies=body.policies, reason=body.reason
        ),
        reply=CampaignOut.of,
    )


@router.post(
    "/campaigns/{campaign_id}/open",
    operation_id="open_campaign",
    responses=refusals(409),
    response_model=CampaignOut,
)
async def open_campaign(campaign_id: UUID, expected: IfMatch, cmd: Commands) -> Response:
    """Open a draft: invitations can be answered from now on."""
    return await cmd.run(
        lambda session: campaigns.open_campaign(session, cmd.actor, campaign_id, expected),
        reply=CampaignOut.of,
    )


@router.post(
    "/campaigns/{campaign_id}/close",
    operation_id="close_campaign",
    responses=refusals(409),
    response_model=CampaignOut,
)
async def close_campaign(campaign_id: UUID, expected: IfMatch, cmd: Commands) -> Response:
    """Close a campaign for good."""
    return await cmd.run(
        lambda session: campaigns.close_campaign(session, cmd.actor, campaign_id, expected),
        reply=CampaignOut.of,
    )


@router.get("/campaigns", operation_id="list_campaigns")
async def list_campaigns(
    request: Request,
    caller: Caller,
    page: PageById,
    unit_id: Annotated[UnitId | None, Query()] = None,
) -> Page[CampaignOut]:
    """Return campaigns in scope, newest first."""
    after = page.after[0] if page.after else None
    async with state_of(request.app).db.reading() as session:
        rows = await campaigns.list_campaigns(
            session, caller, unit_id=unit_id, after=after, limit=page.limit + 1
        )
    return Page[CampaignOut].of(
        rows, page.limit, key=lambda row: (str(row.campaign_id),), item=CampaignOut.of
    )


@router.get("/campaigns/{campaign_id}", operation_id="show_campaign")
async def show_campaign(request: Request, campaign_id: UUID, caller: Caller, response: Response) -> StatusOut:
    """Return how a campaign stands."""
    async with state_of(request.app).db.reading() as session:
        status = await campaigns.campaign_status(session, caller, campaign_id)
    etag(response, status.campaign.version)
    return StatusOut.of_status(status)


@router.post(
    "/campaigns/{campaign_id}/invitations",
    operation_id="invite",
    responses=refusals(409),
    status_code=201,
    response_model=InvitationsOut,
)
async def invite(request: Request, campaign_id: UUID, body: InvitationsIn, cmd: Commands) -> Response:
    """Make invitations; their tokens are shown here and nowhere else."""
    people = [Invitee(person.name, person.contact) for person in body.people] + [Invitee()] * body.count
    if not people:
        raise InvalidCampaignError.of(
            Fault("count", "empty", "Sebutkan siapa atau berapa orang yang diundang.")
        )
    base = state_of(request.app).settings.base_url
    return await cmd.run(
        lambda session: inviting.invite(session, cmd.actor, campaign_id, people),
        status=201,
        reply=lambda made: InvitationsOut(items=[InvitationOut.of(one, base) for one in made]),
    )


@router.post(
    "/campaigns/{campaign_id}/invitations/{participant_id}/reissue",
    operation_id="reissue_invitation",
    responses=refusals(409),
    response_model=InvitationOut,
)
async def reissue_invitation(
    request: Request, campaign_id: UUID, participant_id: UUID, cmd: Commands
) -> Response:
    """Replace a lost token; the old one dies."""
    base = state_of(request.app).settings.base_url
    return await cmd.run(
        lambda session: inviting.reissue_invitation(session, cmd.actor, campaign_id, participant_id),
        reply=lambda made: InvitationOut.of(made, base),
    )


@router.post(
    "/campaigns/{campaign_id}/invitations/{participant_id}/withdraw",
    operation_id="withdraw_participant",
    responses=refusals(409, 410),
    response_model=DecisionOut,
)
async def withdraw_participant(
    campaign_id: UUID, participant_id: UUID, body: WithdrawalIn, cmd: Commands
) -> Response:
    """Take back consent and answers of a person who asked and lost the link; again, it changes nothing."""
    return await cmd.run(
        lambda session: withdrawing.withdraw_participant(
            session, cmd.actor, campaign_id, participant_id, reason=body.reason
        ),
        reply=lambda decision: DecisionOut(decision=decision),
    )


# -- respondents, by token in the body: an address would end up in logs -------------------------------------


@router.post("/respondent/sheet", operation_id="open_sheet", responses=refusals(404, 429))
async def open_sheet(request: Request, body: TokenIn) -> SheetOut:
    """Return the consent text and the questions; records nothing."""
    async with counting_misses(request):
        return SheetOut.of(
            await state_of(request.app).db.read(lambda session: visits.look_up(session, body.token))
        )


@router.post("/respondent/consent", operation_id="decide_consent", responses=refusals(404, 409, 410, 429))
async def decide_consent(request: Request, body: ConsentIn) -> DecisionOut:
    """Take a decision on the text that was shown; saying it again changes nothing."""
    async with counting_misses(request):
        decision = await state_of(request.app).db.run(
            lambda session: answering.decide_consent(
                session, body.token, Decision(body.decision), text_version=body.text_version, channel="api"
            )
        )
    return DecisionOut(decision=decision)


@router.post(
    "/respondent/responses",
    operation_id="submit_response",
    responses=refusals(404, 409, 410, 429),
    status_code=201,
)
async def submit_response(request: Request, response: Response, body: ResponseIn) -> ReceiptOut:
    """Take a finished response: 201, or 200 for the same one again."""
    async with counting_misses(request):
        receipt = await state_of(request.app).db.run(
            lambda session: answering.submit_response(session, body.token, body.response_id, body.scores)
        )
    if not receipt.is_new:
        response.status_code = 200
    return ReceiptOut(response_id=body.response_id)


@router.post(
    "/respondent/withdrawal", operation_id="withdraw", responses=refusals(404, 409, 410, 429), status_code=204
)
async def withdraw(request: Request, body: TokenIn) -> None:
    """Take consent back, and the answers with it."""
    async with counting_misses(request):
        await state_of(request.app).db.run(
            lambda session: withdrawing.withdraw(session, body.token, channel="api")
        )
