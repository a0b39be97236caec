"""Planning as a whole process over real PostgreSQL, called over no network."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.planning import main
from services.planning.settings import Settings
from shared.db.bootstrap import ServiceDatabase
from shared.service.assembly import Databases
from tests.support.database import DatabaseMaker, KeptOpen, empty
from tests.support.http import ORIGIN, client_of
from tests.support.planning import Planning
from tests.support.tokens import TestIssuer


@pytest.fixture(scope="session")
async def one_database(make_database: DatabaseMaker) -> ServiceDatabase:
    """The database that the files use in turn."""
    return await make_database("planning")


@pytest.fixture(scope="session")
async def one_pool(one_database: ServiceDatabase) -> AsyncIterator[KeptOpen]:
    pool = KeptOpen(one_database.app_url, pool_size=12)
    yield pool
    await pool.end()


@pytest.fixture(scope="module")
async def planning_database(one_database: ServiceDatabase) -> ServiceDatabase:
    """The service's database, empty when the first test of a file comes."""
    owner = await asyncpg.connect(one_database.owner_url)
    await empty(owner)
    await owner.close()
    return one_database


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for a package, gates or preconditions: proposals have tests of their own.

    Asked for before `planning`.
    """
    monkeypatch.setattr("services.planning.main.HOOKS", {})


@pytest.fixture
async def planning(
    planning_database: ServiceDatabase,
    one_pool: KeptOpen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Planning]:
    """The API with a file store of its own; units are told apart by their ids."""
    monkeypatch.setattr(main, "open_databases", lambda _: Databases(one_pool, one_pool))
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
    app = main.build(settings, "api", verifier=issuer.verifier())
    async with client_of(app) as client:
        yield Planning(app, client, issuer, one_pool, settings)
