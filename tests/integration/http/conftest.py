import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from deploy.local.process import Program, free_ports, is_listening
from shared.db import Database
from tests.support.http import PROCESSED, client_of, toy_app
from tests.support.servers import wait_for
from tests.support.tokens import TestIssuer


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged, as fields."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def client(issuer: TestIssuer, db: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the small service over a real database."""
    PROCESSED.clear()
    async with client_of(toy_app(issuer.verifier(), db)) as found:
        yield found


@pytest.fixture(scope="session")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Address and process id of the development identity provider, running as it does for developers."""
    folder: Path = tmp_path_factory.mktemp("idp")
    (port,) = free_ports(1)
    environment = {**os.environ, "ZI_IDP_PORT": str(port), "ZI_IDP_DATA_DIR": str(folder)}
    child = Program("idp", [sys.executable, "-m", "deploy.local.idp"], folder / "log", environment).start()
    wait_for(child, lambda: is_listening(port))
    yield f"http://127.0.0.1:{port}", child.pid
    child.stop()


@pytest.fixture
def provider(provider_process: tuple[str, int]) -> str:
    return provider_process[0]
