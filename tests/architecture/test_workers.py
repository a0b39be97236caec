"""What every process of a service runs beside its own work."""

import pytest

from shared.contracts.topics import consumed_by
from shared.db.roles import SERVICES
from shared.http.state import state_of
from tests.contracts.applications import application


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_with_a_consumer_erases_old_dead_letters(service: str) -> None:
    workers = (await state_of(application(service)).health.report("live")).checks
    assert ("dead_letter_sweep" in workers) == bool(consumed_by(service))
    assert "http_sweep" in workers
