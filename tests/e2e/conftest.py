"""One system for all end-to-end tests; it is gone before other tests run, which need the machine."""

from collections.abc import Iterator

import pytest

from tests.support.system import LocalSystem, start_system


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The system with the sample agency and without demo traffic."""
    running = start_system(tmp_path_factory.mktemp("system"), DEMO="0")
    try:
        yield running
    finally:
        running.stop()
