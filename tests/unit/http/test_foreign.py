"""A foreign API words every refusal below its path, whichever part of the application makes it."""

from collections.abc import AsyncIterator, Mapping

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from shared.http.api.openapi import describe
from shared.http.authorization import Caller
from shared.http.foreign import ForeignApi
from shared.http.problem import MEDIA_TYPE
from shared.http.state import state_of
from shared.security import AccessMatrix, Operation, Principal, Scope, UnauthenticatedError
from tests.support.http import MATRIX, client_of, toy_app
from tests.support.tokens import TestIssuer

BASE = "/abroad"
ROWS = AccessMatrix(
    *MATRIX,
    Operation("abroad_ask", {"portal"}, "agency", "Ask"),
    Operation("abroad_none", {"admin"}, "agency", "Ask what it may not"),
)
router = APIRouter(prefix=BASE)


class Word(BaseModel):
    word: str


@router.get("/ask/{number}", operation_id="abroad_ask")
async def ask(number: int, request: Request, caller: Caller) -> dict[str, str]:
    match number:
        case 0:
            raise RuntimeError("secret")
        case 1:
            await state_of(request.app).db.ping()
    return {"who": caller.subject}


@router.get("/none", operation_id="abroad_none")
async def none() -> None:
    return None


def refuse(status: int, code: str, detail: str, headers: Mapping[str, str]) -> Response:
    return PlainTextResponse(f"{status} {code}", status, headers=dict(headers))


async def known(request: Request) -> Principal:
    if request.headers.get("authorization") != "Bearer open":
        raise UnauthenticatedError("Siapa?")
    return Principal("abroad", frozenset({"portal"}), Scope("agency", frozenset({"a1"})))


ABROAD = ForeignApi(BASE, router, known, refuse, Word, {401: "Who?", 500: "A fault"})


@pytest.fixture
def app(issuer: TestIssuer) -> FastAPI:
    return toy_app(issuer.verifier(), matrix=ROWS, foreign=[ABROAD])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as found:
        yield found


@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/event-stream"])
@pytest.mark.parametrize(
    ("method", "path", "token", "said"),
    [
        ("GET", "/ask/7", "", "401 unauthenticated"),
        ("GET", "/ask/7", "other", "401 unauthenticated"),
        ("GET", "/none", "open", "403 forbidden"),
        ("GET", "/ask/x", "open", "422 validation_failed"),
        ("GET", "/ask/%00", "open", "422 validation_failed"),
        ("GET", "/ask/0", "open", "500 internal_error"),
        ("GET", "/ask/1", "open", "503 database_away"),
        ("GET", "/ask/7/", "open", "404 not_found"),
        ("GET", "", "open", "404 not_found"),
        ("POST", "/ask/7", "open", "405 method_not_allowed"),
    ],
)
async def test_every_refusal_is_worded_by_it(
    client: httpx2.AsyncClient, method: str, path: str, token: str, said: str, accept: str
) -> None:
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = await client.request(method, f"{BASE}{path}", headers=headers)
    assert answer.text == said
    assert answer.status_code == int(said.partition(" ")[0])
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


async def test_whom_it_knows_gets_in_as_the_matrix_says(client: httpx2.AsyncClient) -> None:
    answer = await client.get(f"{BASE}/ask/7", headers={"Authorization": "Bearer open"})
    assert (answer.status_code, answer.json()) == (200, {"who": "abroad"})


@pytest.mark.parametrize("path", ["/abroad-not", "/nowhere", "/fail/unknown"])
async def test_nothing_else_is(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"] == MEDIA_TYPE


async def test_what_it_knows_opens_nothing_else(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/whoami", headers={"Authorization": "Bearer open"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


async def test_the_document_tells_its_refusals_as_it_has_them(app: FastAPI) -> None:
    document = describe(app, "toy", ROWS)
    asked = document["paths"][f"{BASE}/ask/{{number}}"]["get"]
    assert asked["x-roles"] == ["portal"]
    body = asked["responses"]["500"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Word"}
    assert document["components"]["schemas"]["Word"]["properties"] == {
        "word": {"title": "Word", "type": "string"}
    }
    assert "503" not in asked["responses"]


async def test_a_route_of_it_without_a_row_makes_no_application(issuer: TestIssuer) -> None:
    with pytest.raises(LookupError, match="abroad_ask"):
        toy_app(issuer.verifier(), foreign=[ABROAD])
