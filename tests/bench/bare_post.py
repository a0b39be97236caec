"""The peer of B6: the same POST of an answer, written by hand on asyncpg.

It checks the same token, the same body and the same answer, and runs the same seven statements in one
transaction: it locks the worksheet, reads the unit, lets one hand write at a time, looks for answers of an
assessor, appends the answer under a raised counter, and adds outbox row and audit row. Its tables are its
own, with the columns and indexes of planning's. It has no idempotency keys, limits, metrics, security headers
or log lines.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

from services.planning.domain.worksheets import Draft, check_answers
from services.planning.schemas.worksheets import AnswersIn
from shared.contracts.envelope import Event
from shared.contracts.planning import WorksheetAnswered
from shared.kernel import new_id
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
    record_key text NOT NULL, headers jsonb NOT NULL, payload bytea NOT NULL, published_at timestamptz
);
CREATE INDEX ON outbox (position) WHERE published_at IS NULL;
CREATE INDEX ON outbox (id);
CREATE TABLE audit (
    id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), actor text NOT NULL,
    roles text[] NOT NULL, operation text NOT NULL, entity text NOT NULL, entity_id text NOT NULL,
    version bigint, changes jsonb NOT NULL, reason text, correlation_id text, event_ids uuid[] NOT NULL
);
CREATE INDEX ON audit (entity, entity_id, at);
"""
LOCK = "SELECT version FROM worksheet WHERE unit_id = $1 AND year = $2 FOR UPDATE"
UNIT = "SELECT agency_id, merged_into FROM unit WHERE unit_id = $1"
HAND = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
ASSESSED = "SELECT EXISTS (SELECT FROM answer WHERE unit_id = $1 AND layer = ANY($2) AND written_by = $3)"
APPEND = """
WITH raised AS (UPDATE worksheet SET version = $3 WHERE unit_id = $1 AND year = $2)
INSERT INTO answer (unit_id, year, layer, item_code, version, letter, evidence_ids, origin, written_by)
VALUES ($1, $2, $4, $5, $3, $6, '{}', 'ui', $7)
"""
TELL = """
INSERT INTO outbox (id, aggregatetype, aggregateid, type, version, topic, record_key, headers, payload)
VALUES ($1, 'worksheet', $2, $3, $4, $5, $6, $7, $8)
"""
AUDIT = """
INSERT INTO audit (id, actor, roles, operation, entity, entity_id, version, changes, event_ids)
VALUES ($1, $2, $3, 'answer_worksheet', 'worksheet', $4, $5, $6, $7)
"""


def build(url: str | None, verifier: TokenVerifier) -> FastAPI:
    """Return the application; without a URL it says the same without asking a database."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if url is None:
            yield
            return
        async with asyncpg.create_pool(url, min_size=8, max_size=8) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=life)

    @app.post("/units/{unit_id}/worksheets/{year}/answers")
    async def answer(unit_id: str, year: int, body: AnswersIn, request: Request) -> Response:
        caller = await verifier.principal(request.headers["authorization"].removeprefix("Bearer "))
        drafts = check_answers([one.sent() for one in body.answers])
        if "unit_operator" not in caller.roles or not caller.scope.covers(unit_id, ""):
            return Response(status_code=403)
        if url is None:
            _event(unit_id, year, 1, body.layer.value, drafts[0])
            version = 1
        else:
            async with request.app.state.pool.acquire() as connection, connection.transaction():
                version = await _write(connection, unit_id, year, caller, body.layer.value, drafts[0])
        said = {"unit_id": unit_id, "year": year, "edition": str(year), "version": version}
        return Response(orjson.dumps(said), media_type="application/json", headers={"ETag": f'"{version}"'})

    return app


async def _write(
    connection: asyncpg.Connection, unit_id: str, year: int, caller: Any, layer: str, draft: Draft
) -> int:
    version = await connection.fetchval(LOCK, unit_id, year) + 1
    unit = await connection.fetchrow(UNIT, unit_id)
    await connection.execute(HAND, f"worksheet-hand/{unit_id}/{caller.subject}")
    if unit["merged_into"] or await connection.fetchval(ASSESSED, unit_id, ["tpi", "tpn"], caller.subject):
        raise PermissionError(unit_id)
    letter = draft.answer.letter if draft.answer else None
    await connection.execute(APPEND, unit_id, year, version, layer, draft.item_code, letter, caller.subject)
    event = _event(unit_id, year, version, layer, draft)
    headers = orjson.dumps([(name, value.decode()) for name, value in event.headers()]).decode()
    data = event.data
    await connection.execute(
        TELL,
        event.id,
        data.subject(),
        event.type,
        version,
        data.topic_name(),
        data.key(),
        headers,
        event.value(),
    )
    changes = orjson.dumps({"items": [draft.item_code]}).decode()
    roles = sorted(caller.roles)
    await connection.execute(
        AUDIT, new_id(), caller.subject, roles, data.subject(), version, changes, [event.id]
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
