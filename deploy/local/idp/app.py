"""The endpoints of the development identity provider."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from deploy.local.idp.flow import (
    GRANT_TYPES,
    AuthorizationRequest,
    Codes,
    FlowError,
    LogoutRequest,
    Refreshes,
    TokenRequest,
    UnsafeRequestError,
    check_client,
)
from deploy.local.idp.keys import ALGORITHM, SigningKeys
from deploy.local.idp.people import Person, Register, made_up
from deploy.local.idp.sessions import Session, Sessions, tell
from deploy.local.idp.tokens import ACCESS_SECONDS, Issuer

log = logging.getLogger(__name__)
NO_STORE = {"Cache-Control": "no-store"}
KNOWN = "zi-idp"
"""Cookie of a browser in which somebody is logged in."""
PAGES = Jinja2Templates(Path(__file__).parent)

router = APIRouter()


@dataclass(frozen=True)
class Provider:
    """What the endpoints share."""

    issuer: Issuer
    codes: Codes
    refreshes: Refreshes
    sessions: Sessions
    people: Register


def build_app(url: str, keys: SigningKeys) -> FastAPI:
    """Return the provider that calls itself `url`."""
    app = FastAPI(title="Penyedia identitas pengembangan", openapi_url=None)
    app.state.provider = Provider(Issuer(url, keys), Codes(), Refreshes(), Sessions(), Register())
    app.include_router(router)
    app.add_exception_handler(UnsafeRequestError, show_refusal)
    return app


def provider_of(request: Request) -> Provider:
    """Return what `build_app` put there."""
    provider: Provider = request.app.state.provider
    return provider


Shared = Annotated[Provider, Depends(provider_of)]
Asked = Annotated[AuthorizationRequest, Query()]


@router.get("/.well-known/openid-configuration")
def discovery(provider: Shared) -> dict[str, Any]:
    """Tell clients where everything is. Source: OpenID Connect Discovery 1.0."""
    url = provider.issuer.url
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "revocation_endpoint": f"{url}/revoke",
        "end_session_endpoint": f"{url}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "jwks_uri": f"{url}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile", "email"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


@router.get("/jwks")
def jwks(provider: Shared) -> dict[str, Any]:
    """Publish the keys."""
    return provider.issuer.keys.public()


@router.get("/authorize", response_class=HTMLResponse)
def choose_person(request: Request, provider: Shared, asked: Asked) -> Response:
    """Show the demo people; an incomplete request goes back to the client.

    A browser is asked once, until a log-out or `prompt=login`: the other services are entered unasked.
    """
    try:
        asked.check()
    except FlowError as problem:
        return _send_back(provider, asked, error=problem.error, error_description=problem.description)
    session = provider.sessions.find(request.cookies.get(KNOWN, ""))
    known = None if session is None else provider.people.find(session.sub)
    if session is not None and known is not None and asked.prompt != "login":
        return _enter(provider, asked, known, session)
    if asked.prompt == "none":
        return _send_back(provider, asked, error="login_required")
    return PAGES.TemplateResponse(request, "page.html", {"people": provider.people.all()}, headers=NO_STORE)


@router.post("/authorize")
async def log_in(request: Request, provider: Shared, asked: Asked, user: Annotated[str, Form()]) -> Response:
    """Send the chosen person back to the client with a code; whoever was logged in before leaves."""
    try:
        asked.check()
    except FlowError as problem:
        return _send_back(provider, asked, error=problem.error, error_description=problem.description)
    if (person := provider.people.find(user)) is None:
        raise HTTPException(400, "Pengguna tidak dikenal.")
    cookie = request.cookies.get(KNOWN, "")
    session = provider.sessions.find(cookie)
    if session is not None and session.sub != person.sub:
        await _end(provider, provider.sessions.end(cookie=cookie))
        session = None
    if session is None:
        cookie, session = provider.sessions.begin(person.sub)
    answer = _enter(provider, asked, person, session)
    answer.set_cookie(KNOWN, cookie, httponly=True, samesite="lax")
    return answer


@router.get("/logout", response_class=HTMLResponse)
async def log_out(request: Request, provider: Shared, asked: Annotated[LogoutRequest, Query()]) -> Response:
    """End the session that the hint names, else the browser's, and tell every client that it entered."""
    client_id, cookie, sid = asked.client_id, request.cookies.get(KNOWN, ""), ""
    if asked.id_token_hint:
        try:
            hint = provider.issuer.keys.read(asked.id_token_hint)
        except ValueError:
            raise UnsafeRequestError from None
        if client_id not in {"", hint["aud"]}:
            raise UnsafeRequestError
        client_id, sid = hint["aud"], hint.get("sid", "")
    for ended in (provider.sessions.end(sid=sid) if sid else None, provider.sessions.end(cookie=cookie)):
        await _end(provider, ended)
    address = asked.redirect(client_id)
    answer: Response = (
        PAGES.TemplateResponse(request, "page.html", {"people": [], "is_left": True}, headers=NO_STORE)
        if address is None
        else RedirectResponse(address, 303, NO_STORE)
    )
    answer.delete_cookie(KNOWN, httponly=True, samesite="lax")
    return answer


@router.post("/token")
async def exchange(provider: Shared, asked: Annotated[TokenRequest, Form()]) -> Response:
    """Change a code or a refresh token into tokens."""
    try:
        check_client(asked)
        given = _renewed if asked.grant_type == "refresh_token" else _redeemed
        return given(provider, asked)
    except FlowError as problem:
        status = 401 if problem.error == "invalid_client" else 400
        answer = {"error": problem.error, "error_description": problem.description}
        return JSONResponse(answer, status, NO_STORE)


def _redeemed(provider: Provider, asked: TokenRequest) -> Response:
    grant = provider.codes.redeem(asked)
    if provider.people.find(grant.person.sub) is None:
        raise FlowError("invalid_grant", "the person was removed")
    return _tokens(
        provider.issuer.access_token(grant.person, asked.client_id),
        id_token=provider.issuer.id_token(
            grant.person, asked.client_id, grant.request.nonce, grant.sid, grant.request.scope
        ),
        refresh_token=provider.refreshes.begin(grant.person.sub, asked.client_id, grant.sid),
        scope=grant.request.scope,
    )


def _renewed(provider: Provider, asked: TokenRequest) -> Response:
    sub, refresh_token = provider.refreshes.renew(asked)
    if (person := provider.people.find(sub)) is None:
        raise FlowError("invalid_grant", "the person was removed")
    return _tokens(provider.issuer.access_token(person, asked.client_id), refresh_token=refresh_token)


@router.post("/revoke", status_code=200)
async def revoke(provider: Shared, token: Annotated[str, Form()] = "") -> None:
    """End the log-in that a refresh token belongs to. Source: RFC 7009."""
    provider.refreshes.end(token)


@router.post("/dev/token")
def token_for_developers(
    provider: Shared,
    user: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "",
    agency: Annotated[str, Form()] = "",
) -> Response:
    """Give an access token of a demo person (`user`) or of anybody with a `role`; `zi token` asks here."""
    person = provider.people.find(user) if user else _made_up(role, unit, agency)
    if person is None:
        raise HTTPException(400, f"There is no demo user or role {user!r}.")
    return _tokens(provider.issuer.access_token(person, "zi-cli"))


def _made_up(role: str, unit: str, agency: str) -> Person:
    try:
        return made_up(role, unit, agency)
    except KeyError as unknown:
        raise HTTPException(400, f"There is no demo user or role {unknown.args[0]!r}.") from unknown


@router.post("/dev/people/{sub}", status_code=204)
def change_person(
    provider: Shared, sub: str, act: Annotated[str, Form()], role: Annotated[str, Form()] = ""
) -> None:
    """`remove` a demo person, `restore` them, or `assign` them one role, until the provider ends."""
    try:
        match act:
            case "remove":
                provider.people.remove(sub)
                provider.refreshes.end_of(sub)
                provider.sessions.end_of(sub)
            case "restore":
                provider.people.restore(sub)
            case "assign":
                provider.people.assign(sub, role)
            case _:
                raise HTTPException(400, "act is one of remove, restore, assign.")
    except KeyError as unknown:
        raise HTTPException(404, f"There is no demo user or role {unknown.args[0]!r}.") from unknown


@router.post("/dev/second-factor", status_code=204)
def set_second_factor(provider: Shared, is_given: Annotated[bool, Form()]) -> None:
    """Say from now on that people log in with a second factor, or without."""
    provider.issuer.has_second_factor = is_given


@router.post("/dev/rotate-keys", status_code=204)
def rotate_keys(provider: Shared) -> None:
    """Sign with a new key from now on."""
    provider.issuer.keys.rotate()


def show_refusal(request: Request, _problem: Exception) -> Response:
    """Answer a request that must not be redirected anywhere."""
    return PAGES.TemplateResponse(request, "page.html", {"people": []}, 400, NO_STORE)


def _enter(provider: Provider, asked: AuthorizationRequest, person: Person, session: Session) -> Response:
    session.enter(asked)
    return _send_back(provider, asked, code=provider.codes.issue(asked, person, session.sid))


async def _end(provider: Provider, session: Session | None) -> None:
    """End a session's grants and tell its clients; who does not hear it is told when it asks."""
    if session is None:
        return
    provider.refreshes.end_session(session.sid)
    for client_id, reason in (await tell(provider.issuer, session)).items():
        log.warning("%s did not take the word of a log-out: %s", client_id, reason)


def _send_back(provider: Provider, asked: AuthorizationRequest, **answer: str) -> Response:
    return RedirectResponse(asked.redirect(provider.issuer.url, **answer), 303, NO_STORE)


def _tokens(access_token: str, **more: str) -> Response:
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS, **more}
    return JSONResponse(answer, headers=NO_STORE)
