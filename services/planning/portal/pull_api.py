"""The three routes that the ministry's portal pulls from, with its own tokens and errors.

Nothing here answers as our other APIs do: errors have the guide's form, what is down is 500, and no status
that the guide does not know is said where one of its own will do. Source: portalrb.md, Endpoints and Errors.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import structlog
from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from services.planning.parameters import Db
from services.planning.portal.domain.pulls import Route
from services.planning.portal.domain.tokens import Token
from services.planning.portal.limits import count_pull
from services.planning.portal.schemas import PulledAnswers, PulledUnits
from services.planning.portal.usecases.pulling import pull
from services.planning.portal.usecases.tokens import known_token
from shared.http.foreign import ForeignApi
from shared.kernel import DomainError
from shared.observability.metrics import AUTH_DENIED
from shared.security import Principal, Scope, UnauthenticatedError
from shared.security.tokens import TokenRefusedError

log = structlog.get_logger(__name__)

BASE = "/portalrb"
BEARER = HTTPBearer(
    auto_error=False, scheme_name="portal", description="Token that an agency made for PortalRB"
)
STATUSES: Mapping[int, str] = MappingProxyType(
    {
        401: "The token is missing, not one of this kind, revoked or over",
        403: "The agency may not propose for WBBM",
        404: "The agency has no frozen package, or the unit is not in it",
        422: "This is no unit's id",
        429: "More than three tries of everything in a minute; try again after Retry-After",
        500: "A fault, or the database is away; the same pull may be tried again",
    }
)
_FAULT = 500


class PortalError(BaseModel):
    """A refusal, as the portal reads it."""

    error: bool = Field(default=True, description="Always true")
    code: str = Field(pattern="^[A-Z][A-Z0-9_]*$", examples=["UNIT_NOT_FOUND"])
    message: str


def refusal(status: int, code: str, detail: str, headers: Mapping[str, str]) -> Response:
    """Return a refusal in the guide's form; what is away or full is a fault there, which is tried again."""
    body = PortalError(code=code.upper(), message=detail)
    return JSONResponse(body.model_dump(), min(status, _FAULT), headers=dict(headers))


async def portal_caller(
    request: Request, db: Db, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> Principal:
    """Return the portal as whom the token lets in: into one agency, with one role.

    Raises `UnauthenticatedError` without a token, `TokenRefusedError` for every other kind.
    """
    if credentials is None:
        raise UnauthenticatedError("Sertakan token PortalRB pada tajuk Authorization: Bearer.")
    try:
        token = await db.read(lambda session: known_token(session, credentials.credentials))
    except TokenRefusedError as refused:
        AUTH_DENIED.labels("token").inc()
        log.warning("token_refused", reason=refused.reason)
        raise
    request.state.portal_token = token
    return Principal(
        f"portal:{token.token_id}", frozenset({"portal"}), Scope("agency", frozenset({token.agency_id}))
    )


def foreign_api() -> ForeignApi:
    """Return the routes with what is the portal's own."""
    return ForeignApi(BASE, _router(), portal_caller, refusal, PortalError, STATUSES)


def _router() -> APIRouter:
    routes = APIRouter(prefix=BASE, tags=["portalrb"])

    @routes.get("/pengusulan/unit-wbk", operation_id="pull_wbk_units", response_model=PulledUnits)
    async def pull_wbk_units(request: Request, db: Db) -> Response:
        return await _pulled(request, db, Route.WBK)

    @routes.get("/pengusulan/unit-wbbm", operation_id="pull_wbbm_units", response_model=PulledUnits)
    async def pull_wbbm_units(request: Request, db: Db) -> Response:
        return await _pulled(request, db, Route.WBBM)

    @routes.get("/lke/jawaban-unit/{unit_id}", operation_id="pull_unit_answers", response_model=PulledAnswers)
    async def pull_unit_answers(unit_id: str, request: Request, db: Db) -> Response:
        return await _pulled(request, db, Route.ANSWERS, unit_id)

    return routes


async def _pulled(request: Request, db: Db, route: Route, unit_id: str | None = None) -> Response:
    token: Token = request.state.portal_token
    answer = await db.run(lambda session: pull(session, token, route, unit_id, limit=count_pull))
    if isinstance(answer, DomainError):
        raise answer
    return Response(answer, media_type="application/json")
