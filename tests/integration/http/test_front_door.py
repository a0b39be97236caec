"""One address: what comes in at the front door, to whom it goes, and what never gets through."""

import asyncio
import json
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from deploy.front.caddyfile import HEAD_KB, NOWHERE
from shared.db.roles import SERVICES
from shared.http.addresses import OWNERS, api_of
from shared.server.entrance import Entrance
from tests.support.front import LONG, Door, client, echoing, opened, raw
from tests.support.polling import until
from tests.support.portal import ERROR

MEASURED = 1_048_576
"""The usual limit of a body."""


@pytest.fixture(scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with opened(tmp_path_factory.mktemp("door")) as found:
        yield found


@pytest.fixture
async def visitor(door: Door) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(door) as found:
        yield found


async def told(visitor: httpx2.AsyncClient, path: str, **options: Any) -> dict[str, Any]:
    answer = await visitor.get(path, **options)
    assert answer.status_code == 200, (path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


async def test_each_first_word_leads_to_its_owner_as_it_came(visitor: httpx2.AsyncClient) -> None:
    for word, owner in OWNERS.items():
        for path in {f"/{word}", f"/{word}/masuk/x%20y" if word else "/"}:
            found = await told(visitor, f"{path}?a=%26")
            assert (found["service"], found["path"], found["query"]) == (owner, path, "a=%26")


async def test_an_api_is_reached_below_its_service_without_the_prefix(visitor: httpx2.AsyncClient) -> None:
    for service in SERVICES:
        for path in ("/units/a%2Fb", "/openapi.json", "/asyncapi.json"):
            found = await told(visitor, f"{api_of(service)}{path}")
            assert (found["service"], found["path"]) == (service, path)
    assert (await told(visitor, "/api"))["path"] == "/api"


async def test_what_an_api_made_is_found_where_its_answer_says(visitor: httpx2.AsyncClient) -> None:
    for service in SERVICES:
        made = await visitor.post(f"{api_of(service)}/things?as=made")
        assert made.headers["location"] == f"{api_of(service)}/things/t1?a=/b"
        found = await told(visitor, made.headers["location"])
        assert (found["service"], found["path"]) == (service, "/things/t1")
    for word in OWNERS:
        assert (await visitor.post(f"/{word}?as=made")).headers["location"] == "/things/t1?a=/b"


async def test_pages_are_not_to_be_had_a_second_time_below_the_api(visitor: httpx2.AsyncClient) -> None:
    for word, owner in OWNERS.items():
        for path in (f"{api_of(owner)}/{word}", f"{api_of(owner)}/{word}/x"):
            if word or path.endswith("/"):
                found = await told(visitor, path)
                assert (found["service"], found["path"]) == ("scoring", NOWHERE), path


@pytest.mark.parametrize(
    "path",
    [
        "/metrics", "/livez", "/readyz", "/readyz/worker", "/startupz", "/healthz", "/health", "/units",
        "/openapi.json", "/docs", "/auth/login", "//metrics", "/nilai/../metrics", "/nilai/%2e%2e/units",
        "/nilai%2f..%2funits", "/./metrics", "/favicon.ico", "/config/", "/NILAIX",
    ],
)  # fmt: skip
async def test_what_nobody_owns_is_not_there_for_anybody(door: Door, path: str) -> None:
    sent = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    answer = json.loads((await raw(door.port, sent)).partition(b"\r\n\r\n")[2])
    assert (answer["service"], answer["path"]) == ("scoring", NOWHERE)


async def test_dots_lead_out_of_no_service_into_another(door: Door) -> None:
    for path, seen in (
        ("/api/planning/../scoring/units", "/units"),
        ("/units/../nilai/x", "/units/../nilai/x"),
        ("/s/../nilai", "/s/../nilai"),
    ):
        sent = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        answer = json.loads((await raw(door.port, sent)).partition(b"\r\n\r\n")[2])
        assert (answer["service"], answer["path"]) == ("scoring", seen)


async def test_what_reads_well_is_compressed_by_the_door_alone(visitor: httpx2.AsyncClient) -> None:
    for coding in ("zstd", "gzip"):
        headers = {"Accept-Encoding": coding}
        async with visitor.stream("GET", "/nilai?as=text", headers=headers) as answer:
            sent = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert answer.headers["content-encoding"] == coding
            assert answer.headers["vary"] == "Accept-Encoding"
            assert len(sent) < len(LONG) / 10
        assert "content-encoding" not in (await visitor.get("/nilai?as=file", headers=headers)).headers
    assert (await visitor.get("/nilai?as=text", headers={"Accept-Encoding": "identity"})).text == LONG


async def test_a_version_that_was_read_compressed_is_the_same_version_when_it_is_written(
    visitor: httpx2.AsyncClient,
) -> None:
    for coding in ("gzip", "zstd"):
        async with visitor.stream("GET", "/nilai?as=text", headers={"Accept-Encoding": coding}) as answer:
            tag = answer.headers["etag"]
        found = await visitor.patch("/api/planning/units/u1", headers={"If-Match": tag})
        assert found.json()["headers"]["if-match"] == '"1"'


async def test_an_event_of_a_stream_arrives_at_once(visitor: httpx2.AsyncClient) -> None:
    headers = {"Accept-Encoding": "gzip, zstd"}
    async with visitor.stream("GET", "/nilai/-/langsung?as=stream", headers=headers) as answer:
        assert "content-encoding" not in answer.headers
        assert await anext(answer.aiter_lines()) == "data: 1"


async def test_a_body_ends_at_the_door_where_its_operation_takes_no_more(door: Door) -> None:
    async with client(door) as visitor:
        for path in ("/lapor", "/api/planning/units", "/nilai"):
            assert (await visitor.post(path, content=b"x" * MEASURED)).json()["size"] == MEASURED
            refused = await visitor.post(path, content=b"x" * (MEASURED + 1))
            assert refused.status_code == 413
            kind = "application/problem+json" if path.startswith("/api/") else "text/html"
            assert refused.headers["content-type"].startswith(kind)
        file = b"x" * 5 * MEASURED
        for path in ("evidence", f"worksheets/{2026}/import"):
            answer = await visitor.post(f"/api/planning/units/u1/{path}", content=file)
            assert answer.json()["size"] == len(file)


async def test_a_head_that_is_too_long_or_too_slow_ends_at_the_door(door: Door) -> None:
    long = b"GET /nilai HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (HEAD_KB * 1024 + 8192) + b"\r\n\r\n"
    assert (await raw(door.port, long)).startswith(b"HTTP/1.1 431 ")
    assert b"service" not in await raw(door.port, b"GET /nilai HTTP/1.1\r\nHost: x\r\n", seconds=60)


async def test_a_body_that_stalls_holds_no_connection_of_a_service(tmp_path: Path) -> None:
    reached: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(await reader.readuntil(b" HTTP/1.1"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as service:
        port = service.sockets[0].getsockname()[1]
        async with opened(tmp_path, upstreams={"survey": port}) as door, client(door) as visitor:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            head = b"POST /s HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
            writer.write(head + b"half")
            assert (await reader.readline()).startswith(b"HTTP/1.1 100 "), "its body is being read"
            assert (await visitor.get("/s")).status_code == 204
            assert reached == [b"GET /s HTTP/1.1"]
            writer.write(b"whole")
            assert await reader.readuntil(b" 204 ")
            assert reached == [b"GET /s HTTP/1.1", b"POST /s HTTP/1.1"]
            writer.close()


async def test_a_caller_is_who_came_to_the_door_whatever_they_say(visitor: httpx2.AsyncClient) -> None:
    said = {
        "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test",
        "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9",
    }  # fmt: skip
    found = await told(visitor, "/lapor", headers=said)
    assert (found["client"], found["scheme"]) == ("127.0.0.1", "http")
    assert found["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert found["headers"]["x-forwarded-host"] == visitor.base_url.netloc.decode()


async def test_a_proxy_that_is_trusted_names_the_person(tmp_path: Path) -> None:
    settings = {"ZI_FRONT_TRUSTED_PROXIES": "127.0.0.1 10.0.0.0/24"}
    async with opened(tmp_path, settings) as door, client(door) as visitor:
        for chain in ("203.0.113.9", "198.51.100.1, 203.0.113.9", "203.0.113.9, 10.0.0.5"):
            said = {"X-Forwarded-For": chain, "X-Forwarded-Proto": "https"}
            found = await told(visitor, "/lapor", headers=said)
            assert (found["client"], found["scheme"]) == ("203.0.113.9", "https")


async def test_connections_of_the_door_are_not_counted_as_one_persons(tmp_path: Path) -> None:
    entrance = Entrance(50, 1, is_trusted=lambda host: host == "127.0.0.1")
    async with echoing("survey", entrance) as port, opened(tmp_path, upstreams={"survey": port}) as door:
        async with client(door) as visitor:
            answers = await asyncio.gather(*(visitor.get("/s") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}


async def test_a_service_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    async with opened(tmp_path, upstreams={"survey": 1}) as door, client(door) as visitor:
        page, problem = await visitor.get("/s"), await visitor.get("/api/survey/campaigns")
        assert (page.status_code, problem.status_code) == (503, 503)
        assert "Layanan sedang tidak tersedia" in page.text
        assert problem.json()["code"] == "unavailable"
        sent = await visitor.post("/s", data={"text": "isian"})
        assert {answer.headers["retry-after"] for answer in (page, problem, sent)} == {"5"}
        assert "mungkin belum tercatat" in sent.text, "nobody knows how far it came"
        assert "kiriman" not in page.text.lower()
        assert (await visitor.get("/lapor")).status_code == 200


async def test_the_door_refuses_the_ministrys_portal_as_its_guide_says(tmp_path: Path) -> None:
    async with opened(tmp_path, upstreams={"planning": 1}) as door, client(door) as visitor:
        for path in ("/pengusulan/unit-wbk", "/lke/jawaban-unit/u-1", ""):
            answer = await visitor.get(f"/api/planning/portalrb{path}", headers={"Accept": "text/html"})
            assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
            Draft202012Validator(ERROR).validate(answer.json())
        assert (await visitor.get("/api/planning/units")).status_code == 503


async def test_pages_keep_their_looks_while_the_owner_of_the_style_is_away(tmp_path: Path) -> None:
    async with opened(tmp_path, upstreams={"scoring": 1, "planning": 1}) as door, client(door) as visitor:
        for _ in range(3):
            found = await told(visitor, "/static/style.css")
            assert (found["service"], found["path"]) == ("complaints", "/static/style.css")
        assert (await visitor.get("/nilai")).status_code == 503


async def test_the_log_tells_neither_who_came_nor_what_they_hold(tmp_path: Path) -> None:
    async with opened(tmp_path, upstreams={"complaints": 1}) as door, client(door) as visitor:
        headers = {"Cookie": "__Host-zi=kunci-cookie", "Authorization": "Bearer kunci-token"}
        for path in ("/s/kunci-undangan?x=kunci-tanya", "/lacak/kunci-jalan?y=kunci-lain"):
            await visitor.get(path, headers=headers | {"Referer": "http://x/kunci-asal"})

        async def is_written() -> bool:
            return door.log.read_text().count('"status"') >= 2

        await until(is_written)
    written = door.log.read_text()
    assert "kunci" not in written
    assert '"uri":"/s"' in written
    assert '"remote_ip"' not in written
    assert '"client_ip"' not in written


async def test_the_log_tells_as_little_of_what_came_in_a_strange_shape_or_went_wrong(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Promise more than comes, and break off."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await writer.drain()
        line = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as service:
        port = service.sockets[0].getsockname()[1]
        async with opened(tmp_path, upstreams={"survey": port}) as door:
            paths = ("http://x/s/kunci", "/s%2Fkunci", "/s;kunci", "/s/kunci", "HTTP://x?kunci")
            for path in paths:
                sent = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                await raw(door.port, sent.encode())

            async def is_written() -> bool:
                return door.log.read_text().count('"handled request"') == len(paths)

            await until(is_written)
            written = door.log.read_text()
    assert "kunci" not in written
    assert "->-" in written
    assert not re.search(r"->[0-9\[]", written)


async def test_nobody_says_which_programs_stand_here(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get("/nilai")
    assert {"server", "via"}.isdisjoint(answer.headers)


async def test_a_name_brings_tls_and_http_2_and_leads_plain_http_there(tmp_path: Path) -> None:
    async with opened(tmp_path, {"ZI_FRONT_HOST": "localhost"}) as door:

        async def handshake() -> asyncio.StreamWriter | None:
            """Open a connection as soon as the door has made its authority and its certificate."""
            if not door.authority.exists():
                return None
            trust = ssl.create_default_context(cafile=str(door.authority))
            trust.set_alpn_protocols(["h2", "http/1.1"])
            try:
                return (await asyncio.open_connection("localhost", door.port, ssl=trust))[1]
            except ssl.SSLError:
                return None

        writer = await until(handshake)
        assert writer is not None
        tls = writer.get_extra_info("ssl_object")
        assert (tls.selected_alpn_protocol(), tls.version()) == ("h2", "TLSv1.3")
        writer.close()
        async with client(door, verify=ssl.create_default_context(cafile=str(door.authority))) as visitor:
            found = await told(visitor, "/nilai")
            assert (found["scheme"], found["headers"]["x-forwarded-proto"]) == ("https", "https")
        async with httpx2.AsyncClient() as plain:
            led = await plain.get(f"http://localhost:{door.http_port}/nilai?a=1")
        assert led.status_code == 308
        assert led.headers["location"].startswith("https://localhost")
        assert led.headers["location"].endswith("/nilai?a=1")
