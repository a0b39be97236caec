from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from shared.http.state import state_of
from shared.process.worker import Health, WorkerRole
from tests.support.http import MATRIX, client_of, ops_client, toy_app
from tests.support.tokens import TestIssuer


@dataclass
class FakeWorker:
    role: WorkerRole
    name: str = "fake"
    state: Health = field(default_factory=lambda: Health(is_ready=True, is_alive=True))

    async def run(self) -> None:
        import asyncio

        await asyncio.Event().wait()

    def health(self) -> Health:
        return self.state


async def probe(app: Any, path: str) -> tuple[int, dict[str, str]]:
    async with client_of(app), ops_client(app) as client:
        answer = await client.get(path)
    return answer.status_code, answer.json()["checks"]


async def test_a_process_is_started_when_it_is_wired(issuer: TestIssuer) -> None:
    app = toy_app(issuer.verifier())
    async with ops_client(app) as client:
        assert (await client.get("/startupz")).status_code == 503
    assert (await probe(app, "/startupz"))[0] == 200


async def test_liveness_never_looks_at_dependencies(issuer: TestIssuer) -> None:
    issuer.is_away = True
    assert await probe(toy_app(issuer.verifier()), "/livez") == (200, {})


async def test_a_worker_without_progress_ends_liveness(issuer: TestIssuer) -> None:
    worker = FakeWorker("worker", state=Health(is_ready=True, is_alive=False, detail="stalled"))
    assert await probe(toy_app(issuer.verifier(), workers=[worker]), "/livez") == (503, {"fake": "stalled"})


async def test_readiness_names_what_is_missing(issuer: TestIssuer) -> None:
    issuer.is_away = True
    status, checks = await probe(toy_app(issuer.verifier()), "/readyz")
    assert status == 503
    assert checks == {"database": "DatabaseAwayError", "keys": "no keys of the issuer"}


async def test_each_role_is_ready_by_its_own_workers(issuer: TestIssuer) -> None:
    relay = FakeWorker("relay", "relay", Health(is_ready=False, is_alive=True, detail="broker away"))
    jobs = FakeWorker("job", "jobs", Health(is_ready=False, is_alive=True))
    app = toy_app(issuer.verifier(), workers=[relay, jobs])
    assert (await probe(app, "/readyz/relay"))[1]["relay"] == "broker away"
    assert "relay" not in (await probe(app, "/readyz/worker"))[1]
    assert (await probe(app, "/livez"))[0] == 200


async def test_a_stopping_process_is_alive_but_not_ready(issuer: TestIssuer) -> None:
    app = toy_app(issuer.verifier())
    async with client_of(app), ops_client(app) as client:
        state_of(app).begin_stop()
        assert (await client.get("/readyz")).json()["checks"] == {"process": "stopping"}
        assert (await client.get("/livez")).status_code == 200


async def test_metrics_are_text_that_prometheus_reads(issuer: TestIssuer) -> None:
    async with ops_client(toy_app(issuer.verifier())) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE zi_outbox_published_total counter" in answer.text
    assert "_created" not in answer.text


@pytest.mark.parametrize(
    "path", ["/metrics", "/livez", "/startupz", "/readyz", "/readyz/worker", "/readyz/relay"]
)
async def test_the_public_port_knows_neither_probes_nor_metrics(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_documents_are_served_without_log_in(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/asyncapi.json")).json() == {"asyncapi": "3.0.0"}
    assert (await client.get("/openapi.json")).status_code == 200


@pytest.fixture
async def document(client: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


def test_the_document_holds_every_api_operation_and_no_page(document: dict[str, Any]) -> None:
    operations = {op["operationId"] for path in document["paths"].values() for op in path.values()}
    assert operations == {row.id for row in MATRIX if not row.id.startswith("page_")}


def test_only_public_operations_need_no_token(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            row = MATRIX[operation["operationId"]]
            assert ("security" not in operation) == (row.scope == "public"), row.id
            assert ("403" in operation["responses"]) == (row.scope != "public"), row.id
            assert "401" in operation["responses"], row.id  # a token that is shown must be good


def test_errors_are_described_as_problems(document: dict[str, Any]) -> None:
    responses = document["paths"]["/things"]["post"]["responses"]
    for status in ("401", "403", "422", "503"):
        schema = responses[status]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    assert set(document["components"]["schemas"]) >= {"Problem", "FieldError", "ThingIn"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_commands_tell_of_their_headers(document: dict[str, Any]) -> None:
    command = document["paths"]["/things"]["post"]["parameters"]
    change = document["paths"]["/units/{unit}/thing"]["put"]["parameters"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in command}
    assert [part["required"] for part in change if part["name"] == "If-Match"] == [True]


def test_what_an_operation_takes_tells_how_it_can_refuse(document: dict[str, Any]) -> None:
    def statuses(path: str, method: str) -> set[str]:
        return set(document["paths"][path][method]["responses"])

    assert statuses("/hello", "get") == {"200", "401", "422", "503"}
    assert statuses("/units/{unit}/thing", "get") == {"200", "401", "403", "404", "422", "503"}
    writes = {"400", "401", "403", "408", "413", "415", "422", "503", "507"}
    assert statuses("/things", "post") == writes | {"201"}
    assert statuses("/units/{unit}/thing", "put") == writes | {"200", "404", "412", "428"}
