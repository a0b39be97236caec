import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.counts import Counted, Hits
from shared.http.limits.networks import network_of
from shared.http.limits.waiting import Allowance, Wait, WaitFirstError, WaitingRoom
from tests.support.http import client_of, toy_app
from tests.support.tokens import TestIssuer


def transport(app: FastAPI, host: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, client=(host, 1)), base_url="https://toy.test"
    )


async def test_a_source_above_its_burst_is_told_when_to_come_again(issuer: TestIssuer) -> None:
    app = toy_app(issuer.verifier())
    before = REGISTRY.get_sample_value("zi_http_limited_total", {"rule": "toy"}) or 0
    async with client_of(app), transport(app, "192.0.2.1") as one, transport(app, "192.0.2.2") as other:
        answers = [await one.post("/submit", json={"name": "thing"}) for _ in range(4)]
        elsewhere = await other.post("/submit", json={"name": "thing"})
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["code"] == "rate_limited"
    assert elsewhere.status_code == 200
    assert REGISTRY.get_sample_value("zi_http_limited_total", {"rule": "toy"}) == before + 1


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
        ("-", "-"),
    ],
)
def test_a_source_is_an_ipv4_address_or_a_64_of_ipv6(host: str, network: str) -> None:
    assert network_of(host) == network


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8::/48"),
        ("2001:db8:0:ffff::1", "2001:db8::/48"),
        ("2001:db8:1::1", "2001:db8:1::/48"),
    ],
)
def test_a_site_is_a_48_of_ipv6(host: str, network: str) -> None:
    assert network_of(host, 48) == network


# -- waiting ------------------------------------------------------------------------------------------------

ROOM = WaitingRoom("a secret of the tests, long enough", Wait(30, 10, 60))
REPORTS = Counted("toy", b"", 3600)
ALLOWED = Allowance(free=2, most=9)
NOW = 1_800_000_000


def left(
    hits: int, now: int = NOW, token: str | None = None, key: str = "a", last: int | None = None
) -> tuple[int, str]:
    """Return how long this source must wait still, and the token it is given; (0, "") when it may go on."""
    try:
        ROOM.check(REPORTS, Hits(hits, 600, now), ALLOWED, last=last, key=key, token=token)
    except WaitFirstError as error:
        return error.seconds, error.token or ""
    return 0, ""


def test_the_wait_grows_with_what_the_source_used_up_and_ends() -> None:
    assert [left(hits)[0] for hits in range(8)] == [0, 0, 30, 40, 50, 60, 60, 60]
    _, token = left(2)
    assert left(2, NOW + 29, token) == (1, token)
    assert left(2, NOW + 30, token) == (0, "")
    assert left(2, NOW + 3600, token) == (0, "")


def test_tokens_collected_beforehand_gain_nothing() -> None:
    tokens = {key: left(2, key=key)[1] for key in "abcd"}
    waits = [left(2 + number, NOW + 30, tokens[key], key)[0] for number, key in enumerate("abcd")]
    assert waits == [0, 10, 20, 30]


def test_fifty_tokens_that_waited_together_pass_one_by_one() -> None:
    free, keys = ALLOWED.free, [f"key {number}" for number in range(50)]
    tokens = {key: left(free, key=key)[1] for key in keys}
    hits, last, passed = free, NOW, []
    for now in range(NOW + 60, NOW + 60 + 300):  # each second all who are left come again
        for key in keys:
            if hits < ALLOWED.most and left(hits, now, tokens[key], key, last) == (0, ""):
                hits, last = hits + 1, now
                passed.append(now - NOW)
                keys.remove(key)
                break
    assert passed == [60, 100, 150, 210, 270, 330]


def test_who_comes_too_soon_after_another_hears_the_rest_and_keeps_the_token() -> None:
    _, token = left(2)
    assert left(2, NOW + 30, token, last=NOW + 10) == (10, token)
    assert left(2, NOW + 40, token, last=NOW + 10) == (0, "")


def test_a_token_of_another_key_another_day_or_the_future_begins_a_new_wait() -> None:
    _, token = left(2)
    for now, sent, key in (
        (NOW + 30, token, "b"),
        (NOW + 3601, token, "a"),
        (NOW - 1, token, "a"),
        (NOW + 30, token[:-1] + ("0" if token[-1] != "0" else "1"), "a"),
        (NOW + 30, f"{NOW - 30}.{token.partition('.')[2]}", "a"),
        (NOW + 30, "\u0663.\u0663", "a"),
        (NOW + 30, "9" * 5000, "a"),
        (NOW + 30, None, "a"),
    ):
        seconds, fresh = left(2, now, sent, key)
        assert seconds == 30
        assert left(2, now + 30, fresh, key) == (0, "")


def test_above_the_most_no_wait_helps() -> None:
    _, token = left(2)
    with pytest.raises(RateLimitedError) as refused:
        ROOM.check(REPORTS, Hits(9, 600, NOW + 300), ALLOWED, last=None, key="a", token=token)
    assert refused.value.code == "rate_limited"
    assert refused.value.details["headers"] == {"Retry-After": "600"}
