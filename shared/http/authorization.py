"""Before every route: who calls, and does the matrix let them? Nothing passes without a row.

`create_app` puts `authorize_api`, `authorize_page` or `authorize_foreign` before each router; a route asks
for the result with `Caller` or `PageCaller`. An API takes bearer tokens only and ignores cookies; a page its
session cookie only; a foreign API what its own guide says.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.crosssite import CrossSiteError, check_form, form_token, is_own_site
from shared.http.state import AppState, state_of
from shared.observability.metrics import AUTH_DENIED
from shared.security import PUBLIC, ForbiddenError, Principal, UnauthenticatedError
from shared.security.sealing import keyed_hash
from shared.security.tokens import KeysAwayError, TokenRefusedError

log = structlog.get_logger(__name__)

BEARER = HTTPBearer(
    auto_error=False, bearerFormat="JWT", scheme_name="bearer", description="Access token of the issuer"
)


async def authorize_api(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> None:
    """Let a caller with a valid token and a fitting role pass; 401 or 403 otherwise."""
    state = state_of(request.app)
    principal = await _bearer(state, credentials)
    await _admit(state, request, principal)


def authorize_foreign(caller: Callable[..., Awaitable[Principal]]) -> Callable[..., Awaitable[None]]:
    """Return the dependency that lets whom a foreign API knows pass, where the matrix lets them."""

    async def authorize(request: Request, principal: Annotated[Principal, Depends(caller)]) -> None:
        await _admit(state_of(request.app), request, principal)

    return authorize


async def authorize_upload(request: Request, operation: str, *, is_page: bool = False) -> None:
    """Let a caller bring a file whose token is valid and whose role fits; 401 or 403 otherwise.

    On a page the session stands for the token. Asked before the file is read, without a trace:
    `authorize_api` or `authorize_page` asks again afterwards, looks at the form's token, notes who called.
    """
    state = state_of(request.app)
    if not is_page:
        _allow(state, await _bearer(state, await BEARER(request)), operation)
        return
    session = request.state.page_session = await state.sessions.read(request)
    if not is_own_site(request):
        AUTH_DENIED.labels("csrf").inc()
        raise CrossSiteError
    _allow(state, PUBLIC if session is None else session.principal, operation)


async def _bearer(state: AppState, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    """Return whom the token speaks for, `PUBLIC` without one; a bad one is counted and told."""
    if credentials is None:
        return PUBLIC
    try:
        return await state.verifier.principal(credentials.credentials)
    except UnauthenticatedError as error:
        AUTH_DENIED.labels("token").inc()
        reason = error.reason if isinstance(error, TokenRefusedError) else error.code
        log.warning("token_refused", reason=reason)
        raise


async def authorize_page(request: Request) -> None:
    """Let a logged-in person with a fitting role pass, and check that forms come from our own pages.

    A public page needs no person, so it is there also while nobody can say whether one is still a member.
    """
    state = state_of(request.app)
    session = None
    try:
        session = await state.sessions.read(request)
    except KeysAwayError:
        if state.matrix[request.scope["route"].operation_id].scope != "public":
            raise
    request.state.page_session = session
    request.state.form_token = form_token(request, session)
    await check_form(request, session)
    await _admit(state, request, PUBLIC if session is None else session.principal)


async def _admit(state: AppState, request: Request, principal: Principal) -> None:
    request.state.principal = principal
    actor = keyed_hash(state.secret, "actor", principal.subject).hex()[:16]
    structlog.contextvars.bind_contextvars(actor=actor)
    if state.seen is not None and principal is not PUBLIC:
        await state.seen(principal)
    _allow(state, principal, request.scope["route"].operation_id)


def _allow(state: AppState, principal: Principal, operation: str) -> None:
    """Let pass whom the matrix lets; whom it refuses is counted and told."""
    try:
        state.matrix.allow(principal, operation)
    except ForbiddenError:
        AUTH_DENIED.labels("role").inc()
        log.warning("call_forbidden", operation=operation, roles=sorted(principal.roles))
        raise


async def current_principal(request: Request) -> Principal:
    """Return the caller who was admitted.

    Like all that routes depend on, it is asynchronous: else FastAPI runs it in a thread, which costs more.
    """
    return cast("Principal", request.state.principal)


Caller = Annotated[Principal, Depends(current_principal)]
"""The caller of an API route; `PUBLIC` on public operations without a token."""
PageCaller = Annotated[Principal, Depends(current_principal)]
"""The caller of a page; `PUBLIC` on public pages without a session."""
