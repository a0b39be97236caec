import json

import httpx2
import pytest
from prometheus_client import REGISTRY

from tests.support.http import toy_app
from tests.support.tokens import TestIssuer

OWN = frozenset({"x-request-id", "date"})
"""Headers that differ between any two answers."""


def told(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OWN}


@pytest.mark.parametrize(
    "path", ["/hello", "/things?limit=3", "/units/u1/thing", "/", "/nowhere", "/livez", "/openapi.json",
             "/metrics", "/static/style.css", "/static/nothing.css", "/mine"],
)  # fmt: skip
async def test_head_is_get_without_its_body(
    client: httpx2.AsyncClient, issuer: TestIssuer, path: str
) -> None:
    headers = issuer.headers("unit_operator")
    whole, head = await client.get(path, headers=headers), await client.head(path, headers=headers)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    if path != "/metrics":  # which counts the requests before it
        assert told(head) == told(whole)


async def test_head_of_a_stream_ends_where_the_stream_would_begin(client: httpx2.AsyncClient) -> None:
    head = await client.head("/live")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
    assert not REGISTRY.get_sample_value("zi_http_open_streams")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/things", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/hello", "GET, HEAD, OPTIONS"),
        ("HEAD", "/submit", "OPTIONS, POST"),
        ("GET", "/submit", "OPTIONS, POST"),
        ("PATCH", "/units/u1/thing", "GET, HEAD, OPTIONS, PUT"),
        ("BREW", "/mine", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/static/style.css", "GET, HEAD, OPTIONS"),
        ("POST", "/openapi.json", "GET, HEAD, OPTIONS"),
        ("GET", "/keluar", "OPTIONS, POST"),
    ],
)
async def test_a_wrong_method_is_told_all_that_the_path_has(
    client: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    wrong = await client.request(method, path)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, allowed)
    asked = await client.options(path)
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, allowed, b"")


async def test_an_unknown_path_has_no_options(client: httpx2.AsyncClient) -> None:
    assert (await client.options("/nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/units/a%00b/thing", "unit"),
        ("/things?cursor=%00", "cursor"),
        ("/hello?unknown=%00", "unknown"),
        ("/hello?%00=1", "\\x00"),
        ("/nowhere/%00", "path"),
        ("/static/%00", "path"),
        ("/livez?a=%00", "a"),
        ("/masuk/kembali?code=x&state=%00", "state"),
        ("/masuk?next=/%00", "next"),
    ],
)
async def test_an_address_that_no_table_can_hold_is_refused_by_the_name_of_its_part(
    client: httpx2.AsyncClient, path: str, field: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_an_address_beyond_ascii_is_refused(issuer: TestIssuer) -> None:
    sent: list[dict[str, object]] = []
    scope = {
        "type": "http", "method": "GET", "path": "/hello", "raw_path": b"/hello", "query_string": b"a=\xff",
        "headers": [], "scheme": "https", "server": ("toy.test", 443), "client": ("10.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await toy_app(issuer.verifier())(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 422
    assert json.loads(bytes(sent[1]["body"]))["errors"][0]["field"] == "query"  # type: ignore[call-overload]


@pytest.mark.parametrize("charset", ["utf-7", "undefined", "idna", "punycode", "unicode_escape", "\xff"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
async def test_a_form_in_another_encoding_is_refused(
    client: httpx2.AsyncClient, kind: str, charset: str
) -> None:
    content_type = f"{kind}; charset={charset}".encode("latin-1")
    answer = await client.post("/form", content=b"name=thing", headers=[(b"Content-Type", content_type)])
    assert (answer.status_code, answer.json()["code"]) == (415, "charset_unsupported")
    assert answer.json()["errors"][0]["field"] == "Content-Type"


async def test_a_form_in_utf8_is_read(client: httpx2.AsyncClient) -> None:
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    answer = await client.post("/form", content=b"name=thing", headers={"Content-Type": kind})
    assert answer.status_code == 303
