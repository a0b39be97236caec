"""Where a log-in may start: at the public address, to which a browser is sent once and never in a circle."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.http import client_of, toy_app
from tests.support.tokens import TestIssuer


@pytest.fixture(autouse=True)
def _described(issuer: TestIssuer) -> None:
    issuer.metadata = {"authorization_endpoint": "https://issuer.test/authorize"}


def is_at_issuer(location: str) -> bool:
    return urlsplit(location).hostname == "issuer.test"


@pytest.mark.parametrize(
    ("public", "host"),
    [
        ("https://Layanan.ZI.go.id", "layanan.zi.go.id"),
        ("https://layanan.zi.go.id", "LAYANAN.zi.go.id"),
        ("https://layanan.zi.go.id:443", "layanan.zi.go.id"),
        ("https://layanan.zi.go.id", "layanan.zi.go.id:443"),
        ("http://127.0.0.1:80", "127.0.0.1"),
        ("https://layanan.zi.go.id:8443", "layanan.zi.go.id:8443"),
    ],
)
async def test_an_address_in_another_spelling_is_the_same(issuer: TestIssuer, public: str, host: str) -> None:
    async with client_of(toy_app(issuer.verifier(), public_url=public)) as client:
        answer = await client.get("/masuk?next=/mine", headers={"Host": host})
    assert answer.status_code == 303
    assert is_at_issuer(answer.headers["location"])


async def test_a_browser_elsewhere_is_sent_to_the_public_address_with_its_page(issuer: TestIssuer) -> None:
    async with client_of(toy_app(issuer.verifier(), public_url="https://layanan.zi.go.id")) as client:
        sent = await client.get("/masuk?next=/mine", headers={"Host": "10.0.0.4:8001"})
        there = urlsplit(sent.headers["location"])
        assert (sent.status_code, there.netloc) == (303, "layanan.zi.go.id")
        answer = await client.get(f"{there.path}?{there.query}", headers={"Host": there.netloc})
    assert is_at_issuer(answer.headers["location"])


async def test_a_proxy_that_changes_the_host_is_told_on_and_not_followed_for_ever(
    issuer: TestIssuer, logs: list[Any]
) -> None:
    behind = {"Host": "app:8001", "Accept": "text/html"}
    async with client_of(toy_app(issuer.verifier(), public_url="https://layanan.zi.go.id")) as client:
        sent = urlsplit((await client.get("/masuk?next=/mine", headers=behind)).headers["location"])
        answer = await client.get(f"{sent.path}?{sent.query}", headers=behind)
    assert answer.status_code == 400
    assert "server perantara tidak meneruskan alamat" in answer.text
    (line,) = [line for line in logs if line["event"] == "login_host_differs"]
    assert (line["expected"], line["log_level"]) == ("layanan.zi.go.id", "warning")


async def test_a_start_at_another_address_is_counted_too(
    issuer: TestIssuer, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may write such a request: it must not fill the log at will."""
    monkeypatch.setattr("shared.http.login.routes.BURST", "1/minute")
    async with client_of(toy_app(issuer.verifier(), public_url="https://layanan.zi.go.id")) as client:
        answers = [
            await client.get("/masuk?next=/mine&sent=1", headers={"Host": "app:8001"}) for _ in range(3)
        ]
    assert [answer.status_code for answer in answers] == [400, 429, 429]
    assert len([line for line in logs if line["event"] == "login_host_differs"]) == 1
