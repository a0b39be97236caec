"""The peer of B6: the same POST of an answer, written by hand on asyncpg.

The same job: it checks the same token, body and answer, claims the Idempotency-Key, and runs the same
statements in one transaction: it locks the worksheet and holds its unit, lets one hand write at a time,
looks for answers of an assessor, appends the answer under a raised counter, adds outbox row and audit row,
and keeps the sealed answer for a repetition. Its tables are its own, with the columns of planning's. It may
use what is ours where any author would write the same: contracts, tokens, sealing.

`Around` is what an honest service has around its work, by hand in one place: request id, security headers, a
bound on the body, a bounded number at work, each for a bounded time, count and time by route, one log line.
It is part of the yardstick, because none of it can be left out in use; without it the peer is a line of its
own. Ours has more around it that the peer does without: lanes for files, log-ins and streams, clocks and
places of connections, strict framing, odd characters refused at the border, trace context.

It has its best settings: statements prepared once per connection, and nothing asked when a connection is
given back to the pool.
"""

import asyncio
import hashlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.planning.worksheets.domain import Draft, check_answers
from services.planning.worksheets.schemas import AnswersIn
from shared.contracts.envelope import Event, time_text
from shared.contracts.planning import WorksheetAnswered
from shared.http.outermost import security_headers
from shared.kernel import new_id
from shared.security import Principal
from shared.security.sealing import derive_key, seal, token_hash, unseal
from shared.security.tokens import TokenVerifier

TABLES = """
CREATE TABLE unit (unit_id text PRIMARY KEY, agency_id text NOT NULL, merged_into text);
CREATE TABLE worksheet (unit_id text, year int, version bigint NOT NULL, PRIMARY KEY (unit_id, year));
CREATE TABLE answer (
    unit_id text, year int, layer text, item_code text, version bigint, letter text, index_value text,
    inputs jsonb, note text, reason text, evidence_ids uuid[] NOT NULL, origin text NOT NULL, cell text,
    written_by text NOT NULL, written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (unit_id, year, layer, item_code, version)
);
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL, aggregatetype text NOT NULL,
    aggregateid text NOT NULL, type text NOT NULL, version bigint NOT NULL, topic text NOT NULL,
    record_key text NOT NULL, payload bytea NOT NULL, ce_source text NOT NULL, ce_time text NOT NULL,
    traceparent text
);
CREATE TABLE audit (
    id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), actor text NOT NULL,
    roles text[] NOT NULL, operation text NOT NULL, entity text NOT NULL, entity_id text NOT NULL,
    version bigint, changes jsonb NOT NULL, reason text, correlation_id text, event_ids uuid[] NOT NULL
);
CREATE INDEX ON audit (entity, entity_id, at);
CREATE TABLE idempotency (
    principal text, key_hash bytea, operation text NOT NULL, request_hash bytea NOT NULL, status int,
    answer bytea, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (principal, key_hash)
);
CREATE INDEX ON idempotency (created_at);
"""
CLAIM = """
INSERT INTO idempotency (principal, key_hash, operation, request_hash) VALUES ($1, $2, 'answer_worksheet', $3)
ON CONFLICT (principal, key_hash) DO NOTHING RETURNING true
"""
FIRST = "SELECT request_hash, status, answer FROM idempotency WHERE principal = $1 AND key_hash = $2"
KEEP = "UPDATE idempotency SET status = 200, answer = $3 WHERE principal = $1 AND key_hash = $2"
LOCK = "SELECT version FROM worksheet WHERE unit_id = $1 AND year = $2 FOR UPDATE"
UNIT = "SELECT agency_id, merged_into FROM unit WHERE unit_id = $1 FOR KEY SHARE"
HAND = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
ASSESSED = "SELECT EXISTS (SELECT FROM answer WHERE unit_id = $1 AND layer = ANY($2) AND written_by = $3)"
APPEND = """
WITH raised AS (UPDATE worksheet SET version = $3 WHERE unit_id = $1 AND year = $2)
INSERT INTO answer (unit_id, year, layer, item_code, version, letter, evidence_ids, origin, written_by)
VALUES ($1, $2, $4, $5, $3, $6, '{}', 'ui', $7)
"""
TELL = """
INSERT INTO outbox (id, aggregatetype, aggregateid, type, version, topic, record_key, payload, ce_source,
                    ce_time)
VALUES ($1, 'worksheet', $2, $3, $4, $5, $6, $7, $8, $9)
"""
AUDIT = """
INSERT INTO audit (id, actor, roles, operation, entity, entity_id, version, changes, correlation_id,
                   event_ids)
VALUES ($1, $2, $3, 'answer_worksheet', 'worksheet', $4, $5, $6, $7, $8)
"""
AT_WORK, SECONDS, MOST_BYTES = 32, 30.0, 256 * 1024


class Around:
    """What surrounds the work, in one place; inside it `scope["state"]` holds the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._places = asyncio.Semaphore(AT_WORK)
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in security_headers("https://zi.test", "https://issuer.test").items()
        ] + [(b"cache-control", b"no-store")]
        registry = CollectorRegistry()
        self._count = Counter("requests_total", "Requests", ["route", "status"], registry=registry)
        self._seconds = Histogram("seconds", "Seconds", ["route"], registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, size = time.perf_counter(), 500, 0
        request_id = str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST_BYTES:
                raise ValueError("too long")
            return message

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    *self._headers,
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        async with self._places, asyncio.timeout(SECONDS):
            await self._app(scope, bounded, named)
        took, route = time.perf_counter() - started, scope["route"].path
        self._count.labels(route, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(took)
        line = {"event": "http_request", "route": route, "status": status, "seconds": round(took, 4)}
        line |= {"level": "info", "correlation_id": request_id, "time": datetime.now(UTC).isoformat()}
        sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
        sys.stdout.buffer.flush()


async def _as_it_is(_connection: object) -> None:
    """Take the place of what asyncpg asks a connection when it comes back to the pool."""


def build(url: str | None, verifier: TokenVerifier, *, is_alone: bool = False) -> FastAPI:
    """Return the application; without a URL it says the same without asking a database.

    Alone it has nothing around its work.
    """

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if url is None:
            yield
            return
        async with asyncpg.create_pool(
            url, min_size=8, max_size=8, reset=_as_it_is, command_timeout=SECONDS
        ) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=life)
    if not is_alone:
        app.add_middleware(Around)

    @app.post("/units/{unit_id}/worksheets/{year}/answers")
    async def answer(unit_id: str, year: int, body: AnswersIn, request: Request) -> Response:
        caller = await verifier.principal(request.headers["authorization"].removeprefix("Bearer "))
        drafts = check_answers([one.sent() for one in body.answers])
        if "unit_operator" not in caller.roles or not caller.scope.covers(unit_id, ""):
            return Response(status_code=403)
        if url is None:
            _event(unit_id, year, 1, body.layer.value, drafts[0])
            content = _said(unit_id, year, 1)
        else:
            once = Once(caller.subject, request.headers["idempotency-key"])
            asked = await once.asked(request)
            async with request.app.state.pool.acquire() as connection, connection.transaction():
                first = await once.first(connection, asked)
                if first is None:
                    correlation = getattr(request.state, "request_id", None)
                    act = Act(unit_id, year, body.layer.value, caller, correlation)
                    content = _said(unit_id, year, await _write(connection, act, drafts[0]))
                    await once.keep(connection, content)
                else:
                    content = first
        version = orjson.loads(content)["version"]
        return Response(content, media_type="application/json", headers={"ETag": f'"{version}"'})

    return app


class Once:
    """The row of one key of one caller."""

    def __init__(self, caller: str, key: str) -> None:
        self._row = (caller, token_hash(f"idempotency:{key}"))
        self._key = derive_key(key, "idempotency-answer")

    async def asked(self, request: Request) -> bytes:
        head = f"{request.method}\0{request.url.path}\0{request.headers.get('if-match', '')}\0"
        return hashlib.sha256(head.encode() + await request.body()).digest()

    async def first(self, connection: asyncpg.Connection, asked: bytes) -> bytes | None:
        if await connection.fetchval(CLAIM, *self._row, asked):
            return None
        found = await connection.fetchrow(FIRST, *self._row)
        if found["request_hash"] != asked:
            raise PermissionError("key of another request")
        return unseal(self._key, found["answer"], "answer_worksheet")

    async def keep(self, connection: asyncpg.Connection, content: bytes) -> None:
        await connection.execute(KEEP, *self._row, seal(self._key, content, "answer_worksheet"))


class Act(NamedTuple):
    """Who writes which layer of which sheet, by which request."""

    unit_id: str
    year: int
    layer: str
    caller: Principal
    correlation: str | None


def _said(unit_id: str, year: int, version: int) -> bytes:
    return orjson.dumps({"unit_id": unit_id, "year": year, "edition": str(year), "version": version})


async def _write(connection: asyncpg.Connection, act: Act, draft: Draft) -> int:
    unit_id, year, layer, caller, correlation = act
    version = await connection.fetchval(LOCK, unit_id, year) + 1
    unit = await connection.fetchrow(UNIT, unit_id)
    await connection.execute(HAND, f"worksheet-hand/{unit_id}/{caller.subject}")
    if unit["merged_into"] or await connection.fetchval(ASSESSED, unit_id, ["tpi", "tpn"], caller.subject):
        raise PermissionError(unit_id)
    letter = draft.answer.letter if draft.answer else None
    await connection.execute(APPEND, unit_id, year, version, layer, draft.item_code, letter, caller.subject)
    event = _event(unit_id, year, version, layer, draft)
    data = event.data
    await connection.execute(
        TELL,
        event.id,
        data.subject(),
        event.type,
        version,
        data.topic_name(),
        data.key(),
        event.value(),
        event.source,
        time_text(event.time),
    )
    changes = orjson.dumps({"layer": layer, "items": [draft.item_code]}).decode()
    roles = sorted(caller.roles)
    await connection.execute(
        AUDIT, new_id(), caller.subject, roles, data.subject(), version, changes, correlation, [event.id]
    )
    return int(version)


def _event(unit_id: str, year: int, version: int, layer: str, draft: Draft) -> Event:
    data = WorksheetAnswered.model_validate(
        {
            "unit_id": unit_id,
            "version": version,
            "worksheet_id": f"{unit_id}:{year}",
            "year": year,
            "layer": layer,
            "item_code": draft.item_code,
            "letter": draft.answer.letter if draft.answer else None,
            "origin": draft.origin.value,
        }
    )
    return Event(data, "zi/planning", datetime.now(UTC))
