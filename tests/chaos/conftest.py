"""One stand for all fault tests that end no process; each test sees that none ended under it."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos.stand import Stand
from tests.chaos.standing import standing


@pytest.fixture(scope="package")
async def running_stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    async with standing(tmp_path_factory.mktemp("stand")) as stand:
        yield stand


@pytest.fixture
async def stand(running_stand: Stand) -> AsyncIterator[Stand]:
    """The stand; whatever a test does to it, no process may end for it."""
    yield running_stand
    ended = running_stand.ended.copy()
    running_stand.ended.clear()
    assert ended == [], f"the fault ended processes: {ended}"
