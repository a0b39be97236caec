"""The demo's client waits for services that are away, and shares one token per person."""

import asyncio
from typing import Any

import httpx2
import pytest

from deploy.local.demo import api as demo_api
from deploy.local.demo.api import Api, RefusedError, actor

ADDRESSES = {name: f"http://{name}.invalid" for name in ("planning", "idp")}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_api, "FIRST_PAUSE", 0.001)


class Fake:
    """Answers the identity provider's and the service's part; keeps what was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._answers = list(answers)
        self.tokens: list[bytes] = []
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "idp.invalid":
            self.tokens.append(request.content)
            return httpx2.Response(200, json={"access_token": f"token-{len(self.tokens)}"})
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def api(fake: Fake, patience: float = 5) -> Api:
    return Api(ADDRESSES, patience=patience, transport=httpx2.MockTransport(fake))


def ok(body: Any = None) -> httpx2.Response:
    return httpx2.Response(200, json=body)


def test_a_demo_person_acts_where_there_is_one_and_somebody_made_up_elsewhere() -> None:
    assert actor("case_handler", "contoh-melati").form == {"user": "putu"}
    assert actor("tpi", "contoh-pala").form == {"user": "yusuf"}
    made_up = actor("case_handler", "contoh-pala")
    assert made_up.form == {"role": "case_handler", "unit": "contoh-pala", "agency": "contoh"}
    assert made_up.subject == "dev-case_handler-contoh-contoh-pala"


async def test_what_is_away_is_called_again_with_the_same_key() -> None:
    fake = Fake(httpx2.ConnectError("refused"), httpx2.Response(503), ok({"id": 1}))
    async with api(fake) as client:
        made = await client.post("planning", "/units", actor("admin", "contoh-pala"), {"a": 1})
    assert made.body == {"id": 1}
    assert len({request.headers["idempotency-key"] for request in fake.requests}) == 1
    assert len(fake.requests) == 3


async def test_patience_ends() -> None:
    fake = Fake(*[httpx2.Response(503) for _ in range(1000)])
    async with api(fake, patience=0.05) as client:
        with pytest.raises(TimeoutError, match="planning has been away"):
            await client.get("planning", "/units", None)


async def test_a_refusal_is_not_repeated_and_names_its_code() -> None:
    problem = {"code": "unit_exists", "detail": "Sudah ada."}
    fake = Fake(httpx2.Response(409, json=problem, headers={"content-type": "application/problem+json"}))
    async with api(fake) as client:
        with pytest.raises(RefusedError, match="Sudah ada") as refused:
            await client.post("planning", "/units", None, {})
    assert (refused.value.status, refused.value.code) == (409, "unit_exists")
    assert len(fake.requests) == 1


async def test_requests_of_one_person_share_one_token() -> None:
    fake = Fake(*[ok() for _ in range(5)])
    async with api(fake) as client:
        await asyncio.gather(
            *(client.get("planning", "/units", actor("admin", "contoh-pala")) for _ in range(5))
        )
    assert len(fake.tokens) == 1
    assert {request.headers["authorization"] for request in fake.requests} == {"Bearer token-1"}


async def test_a_token_that_no_longer_counts_is_fetched_anew() -> None:
    fake = Fake(httpx2.Response(401, json={"code": "unauthenticated"}), ok([]))
    async with api(fake) as client:
        await client.get("planning", "/units", actor("admin", "contoh-pala"))
    assert [request.headers["authorization"] for request in fake.requests] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


async def test_a_token_that_is_refused_twice_is_a_refusal() -> None:
    fake = Fake(*[httpx2.Response(401, json={"code": "unauthenticated"}) for _ in range(2)])
    async with api(fake) as client:
        with pytest.raises(RefusedError):
            await client.get("planning", "/units", actor("admin", "contoh-pala"))
