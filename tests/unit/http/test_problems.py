from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.support.http import client_of, toy_app
from tests.support.tokens import TestIssuer

HTML = {"Accept": "text/html,application/xhtml+xml"}


async def test_a_refusal_is_a_problem_with_its_code_status_and_details(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/fail/domain")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem | {"instance": ""} == {
        "type": "urn:zona-integritas:problem:taken",
        "title": "Bertentangan dengan keadaan data",
        "status": 409,
        "detail": "Nama sudah dipakai.",
        "code": "taken",
        "errors": [],
        "instance": "",
        "name": "x",
    }
    assert problem["instance"] == f"urn:request:{answer.headers['x-request-id']}"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/fail/unknown", 422, "domain_error"),
        ("/fail/missing", 404, "not_found"),
        ("/nowhere", 404, "not_found"),
        ("/whoami", 401, "unauthenticated"),
    ],
)
async def test_each_refusal_has_its_status(
    client: httpx2.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_wrong_method_is_told(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/hello")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


async def test_all_faulty_fields_are_told_at_once_and_nothing_is_echoed(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/submit", json={"name": "<script>0812", "count": 0, "more": "rahasia"})
    assert answer.status_code == 422
    assert {fault["field"]: fault["message"] for fault in answer.json()["errors"]} == {
        "name": "Maksimal 10 karakter.",
        "count": "Minimal 1.",
        "more": "Isian ini tidak dikenal.",
    }
    assert "0812" not in answer.text
    assert "rahasia" not in answer.text


async def test_own_validators_speak_for_themselves(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/submit", json={"name": "<script"})
    assert answer.json()["errors"][0]["message"] == "Nama tidak boleh memuat tanda kurung sudut."


async def test_broken_json_is_a_fault_of_the_body(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/submit", content="{", headers={"content-type": "application/json"})
    assert answer.json()["errors"] == [
        {"field": "body", "code": "json_invalid", "message": "Bukan JSON yang sah."}
    ]


async def test_a_fault_of_ours_says_nothing_about_itself(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/fail/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "0812" not in answer.text
    assert "RuntimeError" not in answer.text


async def test_a_database_that_is_away_is_503_and_says_when_to_come_again(issuer: TestIssuer) -> None:
    async with client_of(toy_app(issuer.verifier())) as client:
        headers = issuer.headers("admin", level="agency")
        answer = await client.post("/things", json={"name": "thing"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert int(answer.headers["retry-after"]) > 0


async def test_an_issuer_that_is_away_is_503_and_not_401(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    issuer.is_away = True
    answer = await client.get("/whoami", headers=issuer.headers("tpi"))
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_away")
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [("/nowhere", 404, "Tidak ditemukan"), ("/fail/bug", 500, "Kesalahan pada sistem")],
)
async def test_a_browser_gets_an_indonesian_page(
    client: httpx2.AsyncClient, path: str, status: int, heading: str
) -> None:
    answer = await client.get(path, headers=HTML)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f">{heading}</h1>" in answer.text
    assert '<html lang="id">' in answer.text


async def test_a_large_body_is_413_whether_announced_or_streamed(client: httpx2.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * 500

    announced = await client.post("/submit", json={"name": "x" * 3000})
    streamed = await client.post("/submit", content=chunks(), headers={"content-type": "application/json"})
    for answer in (announced, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_route_may_take_more_than_the_others(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    headers = issuer.headers("unit_operator")
    taken = await client.post("/upload", files={"file": ("a", b"x" * 40_000)}, headers=headers)
    refused = await client.post("/upload", files={"file": ("a", b"x" * 60_000)}, headers=headers)
    assert taken.json() == {"bytes": 40_000}
    assert refused.status_code == 413
