"""Planning as a whole process over real PostgreSQL, called over no network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.planning.main import build
from services.planning.settings import Settings
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.support.database import DatabaseMaker
from tests.support.http import ORIGIN, client_of
from tests.support.planning import Planning
from tests.support.tokens import TestIssuer


@pytest.fixture(scope="module")
async def planning_database(make_database: DatabaseMaker) -> ServiceDatabase:
    return await make_database("planning")


@pytest.fixture
async def planning(planning_database: ServiceDatabase, tmp_path: Path) -> AsyncIterator[Planning]:
    """The API with a file store of its own; units are told apart by their ids."""
    issuer = TestIssuer()
    settings = Settings(
        public_url=ORIGIN,
        database_url=planning_database.app_url,
        kafka_bootstrap="127.0.0.1:1",
        issuer="https://issuer.test",
        secret_key="a secret key of this test, 32 long",
        data_dir=tmp_path / "files",
        evidence_max_mib=1,
    )
    app = build(settings, "api", verifier=issuer.verifier())
    db = Database(planning_database.app_url, pool_size=2)
    async with client_of(app) as client:
        yield Planning(app, client, issuer, db, settings)
    await db.close()
