"""The endpoints of the development identity provider."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from deploy.local.idp.flow import AuthorizationRequest, Codes, FlowError, TokenRequest, UnsafeRequestError
from deploy.local.idp.keys import ALGORITHM, SigningKeys
from deploy.local.idp.people import PEOPLE, made_up
from deploy.local.idp.tokens import ACCESS_SECONDS, Issuer

NO_STORE = {"Cache-Control": "no-store"}
PAGES = Jinja2Templates(Path(__file__).parent)

router = APIRouter()


@dataclass(frozen=True)
class Provider:
    """What the endpoints share."""

    issuer: Issuer
    codes: Codes


def build_app(url: str, keys: SigningKeys) -> FastAPI:
    """Return the provider that calls itself `url`."""
    app = FastAPI(title="Penyedia identitas pengembangan", openapi_url=None)
    app.state.provider = Provider(Issuer(url, keys), Codes())
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
        "jwks_uri": f"{url}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile"],
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
    """Show the demo people; an incomplete request goes back to the client."""
    try:
        asked.check()
    except FlowError as problem:
        return _send_back(provider, asked, error=problem.error, error_description=problem.description)
    return PAGES.TemplateResponse(request, "page.html", {"people": PEOPLE.values()}, headers=NO_STORE)


@router.post("/authorize")
def log_in(provider: Shared, asked: Asked, user: Annotated[str, Form()]) -> Response:
    """Send the chosen person back to the client with a code."""
    try:
        asked.check()
    except FlowError as problem:
        return _send_back(provider, asked, error=problem.error, error_description=problem.description)
    if user not in PEOPLE:
        raise HTTPException(400, "Pengguna tidak dikenal.")
    return _send_back(provider, asked, code=provider.codes.issue(asked, PEOPLE[user]))


@router.post("/token")
def exchange(provider: Shared, asked: Annotated[TokenRequest, Form()]) -> Response:
    """Change a code into tokens."""
    try:
        grant = provider.codes.redeem(asked)
    except FlowError as problem:
        status = 401 if problem.error == "invalid_client" else 400
        answer = {"error": problem.error, "error_description": problem.description}
        return JSONResponse(answer, status, NO_STORE)
    id_token = provider.issuer.id_token(grant.person, asked.client_id, grant.request.nonce)
    access_token = provider.issuer.access_token(grant.person, asked.client_id)
    return _tokens(access_token, id_token=id_token, scope=grant.request.scope)


@router.post("/dev/token")
def token_for_developers(
    provider: Shared,
    user: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "",
    agency: Annotated[str, Form()] = "",
) -> Response:
    """Give an access token of a demo person (`user`) or of anybody with a `role`; `zi token` asks here."""
    try:
        person = PEOPLE[user] if user else made_up(role, unit, agency)
    except KeyError as unknown:
        raise HTTPException(400, f"There is no demo user or role {unknown.args[0]!r}.") from unknown
    return _tokens(provider.issuer.access_token(person, "zi-cli"))


@router.post("/dev/rotate-keys", status_code=204)
def rotate_keys(provider: Shared) -> None:
    """Sign with a new key from now on."""
    provider.issuer.keys.rotate()


def show_refusal(request: Request, _problem: Exception) -> Response:
    """Answer a request that must not be redirected anywhere."""
    return PAGES.TemplateResponse(request, "page.html", {"people": []}, 400, NO_STORE)


def _send_back(provider: Provider, asked: AuthorizationRequest, **answer: str) -> Response:
    return RedirectResponse(asked.redirect(provider.issuer.url, **answer), 303, NO_STORE)


def _tokens(access_token: str, **more: str) -> Response:
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS, **more}
    return JSONResponse(answer, headers=NO_STORE)
