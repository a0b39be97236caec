from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.support.http import client_of, toy_app
from tests.support.tokens import TestIssuer


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged, as fields."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def client(issuer: TestIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the small service, whose database is away."""
    async with client_of(toy_app(issuer.verifier())) as found:
        yield found
