"""What pages ask of the issuer, whatever it answers."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from shared.security.issuer import REST_SECONDS, GrantRefusedError, IssuerClient
from shared.security.tokens import KeysAwayError
from tests.support.tokens import ISSUER, TestIssuer

GOOD = {"access_token": "a", "refresh_token": "r2", "token_type": "Bearer"}
TOLD = {"token_endpoint": f"{ISSUER}/token", "authorization_endpoint": f"{ISSUER}/authorize"}


class Endpoint:
    """The token endpoint: answers `answer`, and counts and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[], httpx2.Response] = lambda: httpx2.Response(200, json=GOOD)
        self.forms: list[str] = []
        self.headers = httpx2.Headers()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_asked = asyncio.Event()

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.forms.append(request.content.decode())
        self.headers = request.headers
        self.is_asked.set()
        await self.may_answer.wait()
        answer = self.answer()
        answer.request = request
        return answer


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    found = Endpoint()

    async def handle(_transport: object, request: httpx2.Request) -> httpx2.Response:
        return await found(request)

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", handle)
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> TestIssuer:
    found = TestIssuer()
    found.metadata = dict(TOLD)
    return found


@pytest.fixture
def client(issuer: TestIssuer, clock: Clock) -> IssuerClient:
    return IssuerClient(issuer.verifier(), client_id="zi-toy", scope="openid", monotonic=clock)


@pytest.mark.parametrize(
    ("is_promised", "said", "is_ours"),
    [
        (True, ISSUER, True),
        (True, None, False),
        (True, "", False),
        (True, f"{ISSUER}/", False),
        (True, "https://other.test", False),
        (False, None, True),
        (False, ISSUER, True),
        (False, "https://other.test", False),
        (False, "", False),
    ],
)
async def test_an_answer_names_its_issuer_where_that_is_promised(
    client: IssuerClient, issuer: TestIssuer, is_promised: bool, said: str | None, is_ours: bool
) -> None:
    """Source: RFC 9207 section 2.4."""
    if is_promised:
        issuer.metadata["authorization_response_iss_parameter_supported"] = True
    assert await client.is_answer_of(said) is is_ours


async def test_the_client_keeps_no_cookie_of_one_person_for_the_next(
    client: IssuerClient, endpoint: Endpoint
) -> None:
    endpoint.answer = lambda: httpx2.Response(200, json=GOOD, headers={"set-cookie": "sso=dimas; path=/"})
    await client.refresh("r1")
    await client.refresh("r2")
    assert "cookie" not in endpoint.headers
    await client.close()


async def test_a_refresh_gives_the_next_token_and_the_client_keeps_none(
    client: IssuerClient, endpoint: Endpoint
) -> None:
    tokens = await client.refresh("r1")
    assert (tokens.access, tokens.refresh) == ("a", "r2")
    assert "refresh_token=r1" in endpoint.forms[0]
    assert client._oauth().token is None
    endpoint.answer = lambda: httpx2.Response(200, json={"access_token": "b", "token_type": "Bearer"})
    assert (await client.refresh("r2")).refresh == "r2", "an issuer that changes none lets the old one stand"
    await client.close()


@pytest.mark.parametrize("error", ["invalid_grant", "unauthorized_client", "invalid_client"])
async def test_a_no_is_a_no(client: IssuerClient, endpoint: Endpoint, error: str) -> None:
    endpoint.answer = lambda: httpx2.Response(400, json={"error": error})
    with pytest.raises(GrantRefusedError):
        await client.refresh("r1")
    endpoint.answer = lambda: httpx2.Response(200, json=GOOD)
    assert (await client.refresh("r1")).access == "a", "the issuer is not taken to be away"


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx2.Response(500, text="oops"),
        lambda: httpx2.Response(503, json={"error": "invalid_grant"}),
        lambda: httpx2.Response(429, text="slow down"),
        lambda: httpx2.Response(429, json={"message": "slow down"}),
        lambda: httpx2.Response(200, text="<html>"),
        lambda: httpx2.Response(200, json=[]),
        lambda: httpx2.Response(200, json={}),
        lambda: httpx2.Response(200, json={"access_token": 7}),
        lambda: httpx2.Response(400, json={"error": "temporarily_unavailable"}),
        lambda: httpx2.Response(302, headers={"location": "https://elsewhere.test"}),
    ],
)
async def test_whatever_is_no_answer_means_that_the_issuer_is_away(
    client: IssuerClient, endpoint: Endpoint, answer: Callable[[], httpx2.Response]
) -> None:
    endpoint.answer = answer
    with pytest.raises(KeysAwayError):
        await client.refresh("r1")


async def test_an_issuer_without_the_endpoint_counts_as_away(
    client: IssuerClient, issuer: TestIssuer
) -> None:
    issuer.metadata.clear()
    with pytest.raises(KeysAwayError):
        await client.refresh("r1")


async def test_an_issuer_that_is_away_is_left_alone_and_then_asked_by_one_caller(
    client: IssuerClient, endpoint: Endpoint, clock: Clock
) -> None:
    endpoint.answer = lambda: httpx2.Response(500)
    with pytest.raises(KeysAwayError):
        await client.refresh("r1")
    for _ in range(5):
        with pytest.raises(KeysAwayError):
            await client.refresh("r1")
    assert len(endpoint.forms) == 1

    clock.now += REST_SECONDS
    endpoint.may_answer.clear()
    endpoint.is_asked.clear()
    endpoint.answer = lambda: httpx2.Response(200, json=GOOD)
    first = asyncio.create_task(client.refresh("r1"))
    await endpoint.is_asked.wait()
    with pytest.raises(KeysAwayError):
        await client.refresh("r1")
    endpoint.may_answer.set()
    assert (await first).access == "a"
    assert (await client.refresh("r1")).access == "a"


async def test_word_of_a_leaving_reaches_an_issuer_that_takes_it_and_else_does_no_harm(
    client: IssuerClient, issuer: TestIssuer, endpoint: Endpoint
) -> None:
    await client.revoke("r1")
    assert endpoint.forms == []
    issuer.metadata["revocation_endpoint"] = f"{ISSUER}/revoke"
    other = IssuerClient(issuer.verifier(), client_id="zi-toy", scope="openid")
    await other.revoke("r1")
    assert "token=r1" in endpoint.forms[0]
    endpoint.answer = lambda: httpx2.Response(500)
    await other.revoke("r1")
