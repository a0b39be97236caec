import httpx2
from fastapi import FastAPI
from prometheus_client import REGISTRY

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
