"""Fixtures for every test: real servers for those that ask for them."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support import infra

pytest_plugins = [
    "tests.support.database",
    "tests.support.machinery",
    "tests.support.scoring",
    "tests.support.system",
]


@pytest.hookimpl(trylast=True)
def pytest_report_header() -> str:
    return infra.describe()


@pytest.fixture(scope="session")
def postgres_admin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The superuser's `postgresql://` URL of the session's PostgreSQL 18."""
    folder = tmp_path_factory.mktemp("postgres")
    with infra.postgres_admin_url(folder) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of the session's Kafka 4.3.1."""
    folder = tmp_path_factory.mktemp("kafka")
    with infra.kafka_bootstrap(folder) as bootstrap:
        yield bootstrap
    shutil.rmtree(folder)
