"""A scoring application over a real database, with people who are logged in to its pages."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from services.scoring.main import build
from services.scoring.settings import Settings
from shared.db import Database
from shared.http.state import state_of
from shared.security import Scope
from tests.support.database import DatabaseMaker
from tests.support.http import client_of
from tests.support.scoring import log_in
from tests.support.tokens import TestIssuer

SECRET = "a secret key of this test, 32 long"


@pytest.fixture
async def app(make_database: DatabaseMaker, issuer: TestIssuer) -> AsyncIterator[FastAPI]:
    """The application as its api role runs it: no worker, no Kafka."""
    values: dict[str, Any] = {
        "public_url": "https://toy.test",
        "database_url": (await make_database("scoring")).app_url,
        "kafka_bootstrap": "127.0.0.1:1",
        "issuer": "https://issuer.test",
        "secret_key": SECRET,
    }
    application = build(Settings(**values), "api", issuer.verifier())
    yield application
    await state_of(application).db.close()  # tests that never start it use its pool all the same


@pytest.fixture
def db(app: FastAPI) -> Database:
    return state_of(app).db


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as found:
        yield found


@pytest.fixture
async def leader(app: FastAPI, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser in which an agency's head is logged in."""
    await log_in(app, client, Scope("agency", agencies=frozenset({"agency-1"})))
    return client
