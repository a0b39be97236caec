"""Tokens for the portal, what it pulled, and its reviews, as an agency's people handle them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from services.planning.nomination.usecases.documents import NEWEST
from services.planning.parameters import Db, UnitPath, YearPath
from services.planning.portal.schemas import (
    IssuedOut,
    OverviewOut,
    PullOut,
    ReviewIn,
    ReviewOut,
    TokenIn,
    TokenOut,
    TokensOut,
)
from services.planning.portal.usecases import log, reviews, tokens
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch
from shared.http.authorization import Caller
from shared.http.fields import UnitId

AgencyPath = Annotated[UnitId, Path()]

router = APIRouter(tags=["portal"])


@router.post(
    "/agencies/{agency_id}/portal-tokens",
    operation_id="create_portal_token",
    status_code=201,
    responses=refusals(409),
    response_model=IssuedOut,
)
async def create_portal_token(agency_id: AgencyPath, body: TokenIn, cmd: Commands) -> Response:
    return await cmd.run(
        lambda session: tokens.create_token(
            session, cmd.actor, agency_id, client=body.client, expires_on=body.expires_on
        ),
        status=201,
        reply=IssuedOut.of_issued,
    )


@router.get("/agencies/{agency_id}/portal-tokens", operation_id="list_portal_tokens")
async def list_portal_tokens(agency_id: AgencyPath, caller: Caller, db: Db) -> TokensOut:
    async with db.reading() as session:
        return TokensOut.of(await tokens.list_tokens(session, caller, agency_id))


@router.post("/portal-tokens/{token_id}/revoke", operation_id="revoke_portal_token", response_model=TokenOut)
async def revoke_portal_token(token_id: UUID, version: IfMatch, cmd: Commands) -> Response:
    return await cmd.run(
        lambda session: tokens.revoke_token(session, cmd.actor, token_id, version), reply=TokenOut.of
    )


@router.get("/agencies/{agency_id}/portal-pulls", operation_id="list_portal_pulls")
async def list_portal_pulls(agency_id: AgencyPath, caller: Caller, db: Db, page: PageById) -> Page[PullOut]:
    """List what was pulled with tokens of an agency, the newest first."""
    before = page.after[0] if page.after else NEWEST
    async with db.reading() as session:
        rows = await log.newest_pulls(session, caller, agency_id, before=before, limit=page.limit + 1)
    return Page[PullOut].of(rows, page.limit, key=lambda row: (str(row.pull_id),), item=PullOut.of_pull)


@router.get("/agencies/{agency_id}/portal-reviews/{year}", operation_id="list_portal_reviews")
async def list_portal_reviews(agency_id: AgencyPath, year: YearPath, caller: Caller, db: Db) -> OverviewOut:
    async with db.reading() as session:
        return OverviewOut.of(await reviews.overview(session, caller, agency_id, year))


@router.put(
    "/agencies/{agency_id}/portal-reviews/{year}/{unit_id}",
    operation_id="set_portal_review",
    responses=refusals(409),
    response_model=ReviewOut,
)
async def set_portal_review(
    agency_id: AgencyPath, year: YearPath, unit_id: UnitPath, body: ReviewIn, version: IfMatch, cmd: Commands
) -> Response:
    return await cmd.run(
        lambda session: reviews.set_review(session, cmd.actor, agency_id, year, unit_id, version, body.state),
        reply=ReviewOut.of,
    )
