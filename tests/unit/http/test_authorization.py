from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, UploadFile

from shared.db import Database
from shared.http.app import create_app
from shared.http.overload import Guard
from shared.kernel import NotFoundError
from shared.security import AccessMatrix, Operation
from tests.support import http as toy
from tests.support.tokens import TestIssuer


async def test_a_valid_token_is_who_calls(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    answer = await client.get("/whoami", headers=issuer.headers("tpi", level="agency", agencies=["a7"]))
    assert answer.json()["roles"] == ["tpi"]
    assert answer.json()["agencies"] == ["a7"]


async def test_public_operations_know_the_caller_only_by_a_token(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    assert (await client.get("/hello")).json() == {"who": "public"}
    assert (await client.get("/hello", headers=issuer.headers("tpi"))).json() == {"who": "test-tpi"}


@pytest.mark.parametrize("value", ["Bearer x.y.z", "Bearer ", "Basic dTpw", "bearer", "Token x"])
async def test_a_bad_authorization_header_is_401_and_names_the_scheme(
    client: httpx2.AsyncClient, value: str
) -> None:
    answer = await client.get("/whoami", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_token_is_told_as_such(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    token = issuer.token(exp=issuer.now - 100)
    answer = await client.get("/whoami", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["code"] == "token_invalid"
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_missing_second_factor_asks_for_one(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    token = issuer.token(roles=["admin"], amr=["pwd"])
    answer = await client.get("/whoami", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert "insufficient_user_authentication" in answer.headers["www-authenticate"]


async def test_a_role_without_the_right_is_403(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    answer = await client.post(
        "/things", json={"name": "thing"}, headers=issuer.headers("tpi", level="agency")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_right_is_checked_before_the_body(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    answer = await client.post("/things", json={"nonsense": 1}, headers=issuer.headers("tpi"))
    assert answer.status_code == 403


async def test_an_api_ignores_cookies(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/whoami", headers={"Cookie": "__Host-zi-toy=anything"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("matrix", "operation"),
    [
        (AccessMatrix(), "x"),
        (AccessMatrix(Operation("y", (), "public", "another")), "x"),
        (AccessMatrix(Operation("x", (), "public", "x")), None),
    ],
)
def test_no_application_is_made_of_a_route_without_a_row(
    issuer: TestIssuer, matrix: AccessMatrix, operation: str | None
) -> None:
    inner, outer = APIRouter(), APIRouter()
    inner.add_api_route("/x", nothing, operation_id=operation)
    outer.include_router(inner, prefix="/deep")
    with pytest.raises(LookupError, match="matrix"):
        make(issuer, matrix, outer)


def test_no_application_is_made_of_two_routes_with_one_operation(issuer: TestIssuer) -> None:
    router = APIRouter()
    router.add_api_route("/x", nothing, operation_id="x")
    router.add_api_route("/y", nothing, operation_id="x")
    with pytest.raises(LookupError, match="two routes"):
        make(issuer, AccessMatrix(Operation("x", (), "public", "x")), router)


async def nothing() -> None: ...


def make(issuer: TestIssuer, matrix: AccessMatrix, router: APIRouter) -> None:
    create_app(
        service="toy",
        title="Toy",
        settings=toy.settings(),
        db=Database(toy.AWAY),
        matrix=matrix,
        verifier=issuer.verifier(),
        error_status={},
        routers=[router],
    )


def _brings(issuer: TestIssuer, guards: dict[str, Guard]) -> FastAPI:
    """Return an application whose public page takes files."""
    pages = APIRouter()

    @pages.post("/kirim", operation_id="page_bring", max_body_size=10_000_000)
    async def bring(file: UploadFile) -> str:
        return f"{file.size} bytes"

    return create_app(
        service="bringing",
        title="Kiriman",
        settings=toy.settings(),
        db=Database(toy.AWAY),
        matrix=AccessMatrix(Operation("page_bring", (), "public", "Bring a file")),
        verifier=issuer.verifier(),
        error_status={},
        routers=[],
        page_routers=[pages],
        guards=guards,
    )


def test_a_public_page_takes_a_file_behind_a_guard_alone(issuer: TestIssuer) -> None:
    with pytest.raises(LookupError, match="/kirim is a public page"):
        _brings(issuer, {})


async def test_a_guard_lets_in_whom_it_knows_before_a_byte_of_the_file_is_read(issuer: TestIssuer) -> None:
    async def guard(request: Request) -> None:
        if request.headers.get("x-known") != "yes":
            raise NotFoundError

    asked: list[int] = []

    async def file() -> AsyncIterator[bytes]:
        asked.append(1)
        yield b"--b\r\n"

    async with toy.client_of(_brings(issuer, {"page_bring": guard})) as client:
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        stranger = await client.post("/kirim", content=file(), headers=form)
        assert (stranger.status_code, asked) == (404, [])
        known = await client.post("/kirim", files={"file": ("a", b"abc")}, headers={"X-Known": "yes"})
        assert known.text == "3 bytes"
