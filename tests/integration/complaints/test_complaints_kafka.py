"""The whole service against a real broker: units come in, facts of cases and clocks go out."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import orjson
import pytest

from services.complaints.main import build
from services.complaints.settings import Settings
from shared.contracts.admin import create_topics
from shared.contracts.planning import UnitRegistered
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.integration.complaints.conftest import wib
from tests.support.clock import run_by
from tests.support.http import ops_client
from tests.support.kafka import begin_at_end, ends, producing, read_from, send
from tests.support.polling import until
from tests.support.tokens import ISSUER, TestIssuer

TOPICS = ("zi.complaints.case.v1", "zi.complaints.deadline.v1")


class Service:
    """The running service: its HTTP clients, its broker and where its topics began."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        ops: httpx2.AsyncClient,
        bootstrap: str,
        start: Any,
        issuer: TestIssuer,
    ) -> None:
        self.client = client
        self.ops = ops
        self.bootstrap = bootstrap
        self.start = start
        self.issuer = issuer

    async def records(self) -> list[Any]:
        return await read_from(self.bootstrap, self.start)


@pytest.fixture
async def service(
    database: ServiceDatabase, db: Database, kafka_bootstrap: str, tmp_path: Path
) -> AsyncIterator[Service]:
    await create_topics(kafka_bootstrap)
    async with db.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("DELETE FROM watermark"))
    await begin_at_end(db, kafka_bootstrap, "complaints", consumed_by("complaints"))
    issuer = TestIssuer()
    settings = Settings(
        database_url=database.app_url,
        kafka_bootstrap=kafka_bootstrap,
        issuer=ISSUER,
        secret_key="a secret of the tests, long enough",
        public_url="https://complaints.test",
        data_dir=tmp_path / "files",
    )
    app = build(settings, "all", issuer.verifier())
    start = await ends(kafka_bootstrap, TOPICS)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://complaints.test") as client,
        ops_client(app) as ops,
    ):
        yield Service(client, ops, kafka_bootstrap, start, issuer)


async def test_a_case_about_a_new_unit_breaches_once_on_the_topic(service: Service, db: Database) -> None:
    unit_id = f"u-{uuid4().hex[:8]}"
    unit = UnitRegistered(
        unit_id=unit_id,
        version=1,
        agency_id="a-1",
        name="Kantor Baru",
        unit_type="kantor_pelayanan",
        echelon="III",
        has_service_function=True,
        zone="WIT",
    )
    async with producing(service.bootstrap) as producer:
        await send(producer, unit, source="zi/planning")

    async def is_known() -> bool:
        units = (await service.client.get("/public/units")).json()
        return unit_id in {known["unit_id"] for known in units}

    await until(is_known, what="the unit in the replica")
    headers = service.issuer.headers("complaint_officer", agencies=["a-1"], units=[unit_id])
    entry = {
        "unit_id": unit_id,
        "text": "Nomor antrean tidak dipanggil berurutan.",
        "privacy_notice": "1",
        "channel": "surat",
        "received_at": wib(2026, 1, 5).isoformat(),
        "backdate_reason": "Surat baru diteruskan.",
    }
    made = await service.client.post("/cases", json=entry, headers=headers)
    assert made.status_code == 201, made.text

    async def are_told() -> list[Any]:
        records = await service.records()
        told = [dict(record.headers)["ce_type"] for record in records]
        return records if any(b".escalated." in kind for kind in told) else []

    records = await until(are_told, what="the facts on the topics")
    types = [dict(record.headers)["ce_type"].decode() for record in records]
    assert {record.key.decode() for record in records} == {unit_id}
    assert "antrean" not in str([record.value for record in records])
    breaches = [orjson.loads(r.value) for r, kind in zip(records, types, strict=True) if "overdue" in kind]
    [overdue] = [breach for breach in breaches if breach["rule_id"] == "D1"]
    assert (overdue["case_id"], overdue["rule_id"]) == (made.json()["id"], "D1")
    assert overdue["due_at"] == "2026-01-08T15:00:00Z"  # 24.00 WIT of the third working day
    assert overdue["detected_at"] > overdue["due_at"]


async def test_the_service_is_ready_and_describes_itself(service: Service) -> None:
    async def is_ready() -> bool:
        return (await service.ops.get("/readyz/worker")).status_code == 200

    await until(is_ready, what="the worker role")
    assert (await service.ops.get("/livez")).status_code == 200
    paths = (await service.client.get("/openapi.json")).json()["paths"]
    assert "/cases/{case_id}/approve" in paths
    channels = (await service.client.get("/asyncapi.json")).json()["channels"]
    assert any("zi.complaints.deadline.v1" in str(channel) for channel in channels.values())


async def test_while_the_engine_is_held_for_its_clock_the_worker_is_not_ready_and_says_why(
    service: Service, database: ServiceDatabase
) -> None:
    async def probe() -> tuple[int, str]:
        answer = await service.ops.get("/readyz/worker")
        return answer.status_code, answer.json()["checks"].get("deadline-poller", "")

    async def is_ready() -> bool:
        return (await probe()) == (200, "ok")

    async def is_held() -> bool:
        return (await probe()) == (503, "clock_held: differs_from_host")

    await until(is_ready, what="the worker role")
    owner = await asyncpg.connect(database.owner_url)
    try:
        await run_by(owner, "clock_timestamp() + interval '1 hour'")
        await until(is_held, what="a doubted clock in the readiness of the worker role")
        assert (await service.ops.get("/livez")).status_code == 200
        assert (await service.ops.get("/readyz")).status_code == 200
    finally:
        await run_by(owner, "clock_timestamp()")
        await owner.close()
    await until(is_ready, what="the worker role after the clocks agree")
