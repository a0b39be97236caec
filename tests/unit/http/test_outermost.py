import re
from typing import Any

import httpx2
import pytest
from opentelemetry.propagate import inject
from prometheus_client import REGISTRY

from shared.http.outermost import security_headers
from shared.observability.metrics import render
from tests.support.http import client_of, ops_client, toy_app
from tests.support.tokens import TestIssuer

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/hello", "/nowhere", "/fail/bug", "/", "/static/style.css"):
        headers = (await client.get(path)).headers
        csp = headers["content-security-policy"]
        assert "default-src 'none'" in csp
        assert "frame-ancestors 'none'" in csp
        assert "unsafe" not in csp
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["strict-transport-security"].startswith("max-age=")


def test_transport_security_is_promised_over_https_only() -> None:
    assert "Strict-Transport-Security" not in security_headers(
        "http://127.0.0.1:8001", "http://127.0.0.1:8009"
    )


async def test_answers_are_not_stored_but_own_files_are(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/hello")).headers["cache-control"] == "no-store"
    static = await client.get("/static/style.css")
    assert static.headers["cache-control"].startswith("public")
    again = await client.get("/static/style.css", headers={"If-None-Match": static.headers["etag"]})
    assert again.status_code == 304


async def test_a_request_keeps_a_sane_id_and_gets_one_otherwise(client: httpx2.AsyncClient) -> None:
    kept = await client.get("/hello", headers={"X-Request-Id": "batch-7.item_12"})
    assert kept.headers["x-request-id"] == "batch-7.item_12"
    for bad in ("short", "x" * 65, "has space in it"):
        given = await client.get("/hello", headers={"X-Request-Id": bad})
        assert re.fullmatch(r"[0-9a-f-]{36}", given.headers["x-request-id"])


async def test_one_line_per_request_names_the_template_and_no_content(
    client: httpx2.AsyncClient, issuer: TestIssuer, logs: list[Any]
) -> None:
    await client.get("/units/u1/thing?nik=3171", headers=issuer.headers("tpi", subject="ratna"))
    (line,) = [line for line in logs if line["event"] == "http_request"]
    assert line["route"] == "/units/{unit}/thing"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert not {"ratna", "3171", "u1"} & {str(value) for value in line.values()}
    assert "3171" not in str(logs)


async def test_a_fault_is_logged_once_with_its_request(client: httpx2.AsyncClient, logs: list[Any]) -> None:
    await client.get("/fail/bug")
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert line["event"] == "request_failed"
    assert line["route"] == "/fail/{how}"


async def test_probes_are_not_worth_a_line(issuer: TestIssuer, logs: list[Any]) -> None:
    async with ops_client(toy_app(issuer.verifier())) as ops:
        await ops.get("/livez")
        await ops.get("/metrics")
    assert logs == []


def count(**labels: str) -> float:
    return REGISTRY.get_sample_value("zi_http_requests_total", labels) or 0


async def test_requests_are_counted_by_template_and_status_class(client: httpx2.AsyncClient) -> None:
    found = {"method": "GET", "route": "/fail/{how}", "status": "4xx"}
    lost = {"method": "GET", "route": "unmatched", "status": "4xx"}
    before = count(**found), count(**lost)
    await client.get("/fail/domain")
    await client.get("/random/tak-dikenal")
    await client.get("/random/4712")
    assert (count(**found), count(**lost)) == (before[0] + 1, before[1] + 2)
    text = render().decode()
    assert "tak-dikenal" not in text
    assert 'route="/fail/{how}"' in text


async def test_invented_methods_share_one_series(client: httpx2.AsyncClient, logs: list[Any]) -> None:
    other = {"method": "OTHER", "route": "/hello", "status": "4xx"}
    before = count(**other)
    for method in ("INVENTED", "brew", "GET1"):
        await client.request(method, "/hello")
    assert count(**other) == before + 3
    text = render().decode().casefold()
    assert not any(f'method="{method}"' in text for method in ("invented", "brew", "get1"))
    assert not {"INVENTED", "BREW", "GET1"} & {str(line.get("method")).upper() for line in logs}


async def test_the_caller_s_trace_goes_on_into_what_the_request_records(issuer: TestIssuer) -> None:
    seen: dict[str, str] = {}
    app = toy_app(issuer.verifier())

    @app.get("/trace")
    async def trace() -> None:
        inject(seen)

    async with client_of(app) as client:
        await client.get("/trace", headers={"traceparent": TRACE})
    assert seen["traceparent"].split("-")[1] == TRACE.split("-")[1]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_learns_the_server_s_name(client: httpx2.AsyncClient, method: str) -> None:
    assert "server" not in (await client.request(method, "/hello")).headers
