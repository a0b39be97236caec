"""What every process of a service runs beside its own work."""

from typing import get_args

import pytest

from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.db.roles import SERVICES
from shared.http.state import state_of
from shared.outbox.relay import Relay
from shared.process.kept import ALONE, BESIDE_API, Kept, kept
from shared.process.settings import Role
from tests.contracts.applications import application


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_with_a_consumer_erases_old_dead_letters(service: str) -> None:
    workers = (await state_of(application(service)).health.report("live")).checks
    assert ("dead_letter_sweep" in workers) == bool(consumed_by(service))
    assert "http_sweep" in workers


@pytest.mark.parametrize("service", SERVICES)
def test_every_worker_of_a_service_is_kept(service: str) -> None:
    roles = state_of(application(service)).health._workers
    assert {"worker", "relay"} <= roles.keys() or not consumed_by(service)
    assert all(isinstance(worker, Kept) for workers in roles.values() for worker in workers)


def test_a_process_with_an_api_is_patient_with_its_workers() -> None:
    relay = Relay(Database("postgresql://nobody@127.0.0.1:1/nowhere"), "127.0.0.1:1", client_id="test")
    patience = {role: kept([relay], role)[0]._patience for role in get_args(Role)}
    assert patience == {"all": BESIDE_API, "api": BESIDE_API, "worker": ALONE, "relay": ALONE}
