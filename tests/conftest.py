"""Fixtures for every test: real servers for those that ask for them."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog
from xdist.remote import Producer

from tests.support import analysis, infra, sharing

pytest_plugins = [
    "tests.support.tokens",
    "tests.support.browser",
    "tests.support.database",
    "tests.support.effects",
    "tests.support.consuming",
    "tests.support.scoring",
    "tests.support.certificate",
    "tests.support.mail_server",
    "tests.support.imap_server",
    "tests.support.link_server",
    "tests.support.whatsapp_server",
    "tests.support.noticing",
]

os.environ["ZI_ENVIRONMENT"] = "development"

# Else every process that a test starts compiles all of our code anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# httpx2 asks with every request whether trio runs, which without sniffio is a search of the whole path.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# The same examples on every machine, however slow it is.
hypothesis.settings.register_profile(
    "zi", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("zi")

# Else most of the work of all tests is finding out again what routes take.
analysis.keep()

# Drawing a rich traceback with the variables of each frame takes longer than most tests.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> sharing.Sharing:
    return sharing.Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what would else come last and take long."""
    items.sort(key=lambda item: not item.nodeid.startswith(sharing.LONG))


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of every later garbage collection: it is much, and it stays."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_report_header() -> str:
    return infra.describe()


@pytest.fixture(scope="session")
def postgres_admin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The superuser's `postgresql://` URL of the session's PostgreSQL 18."""
    folder = tmp_path_factory.mktemp("postgres")
    with infra.postgres_admin_url(folder) as url:
        yield url
    forget(folder)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of the session's Kafka 4.3.1."""
    folder = tmp_path_factory.mktemp("kafka")
    with infra.kafka_bootstrap(folder) as bootstrap:
        yield bootstrap
    forget(folder)


def forget(folder: Path) -> None:
    """Delete a folder without waiting: hundreds of databases take most of a minute."""
    os.posix_spawnp("rm", ["rm", "-rf", str(folder)], os.environ)
