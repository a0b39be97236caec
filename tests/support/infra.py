"""Where the tests' PostgreSQL and Kafka come from: given URLs, else Docker, else local processes.

Under pytest-xdist every worker asks for its own pair: a pair costs 3 s and 300 MB, and nobody shares topics.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deploy.local.process import free_ports, is_listening
from tests.support.servers import KafkaServer, PostgresServer

POSTGRES_VARIABLE = "ZI_TEST_POSTGRES_URL"
KAFKA_VARIABLE = "ZI_TEST_KAFKA_BOOTSTRAP"
POSTGRES_IMAGE = "postgres:18.4"
KAFKA_IMAGE = "apache/kafka:4.3.1"


def describe() -> str:
    """Return one line for the header of the test run."""
    fallback = "Docker containers" if docker_answers() else "local processes"
    sources = {
        name: os.environ.get(variable) or fallback
        for name, variable in (("PostgreSQL", POSTGRES_VARIABLE), ("Kafka", KAFKA_VARIABLE))
    }
    # A given URL holds a password.
    return "infrastructure: " + ", ".join(
        f"{name} from {source.rpartition('@')[2]}" for name, source in sources.items()
    )


def postgres_is_given() -> bool:
    """Tell whether the tests run on a PostgreSQL that was there before them."""
    return POSTGRES_VARIABLE in os.environ


@contextmanager
def postgres_admin_url(folder: Path) -> Iterator[str]:
    """Yield the superuser's `postgresql://` URL of a PostgreSQL 18; `folder` holds a local server's data."""
    given = os.environ.get(POSTGRES_VARIABLE)
    if given:
        yield given
    elif docker_answers():
        from testcontainers.postgres import PostgresContainer

        with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
            yield container.get_connection_url()
    else:
        with PostgresServer(folder) as server:
            yield server.admin_url


@contextmanager
def kafka_bootstrap(folder: Path) -> Iterator[str]:
    """Yield `host:port` of a Kafka 4.3.1 broker without topics; `folder` holds a local broker's data."""
    given = os.environ.get(KAFKA_VARIABLE)
    if given:
        yield given
    elif docker_answers():
        with _kafka_in_docker() as bootstrap:
            yield bootstrap
    else:
        with KafkaServer(folder) as server:
            yield server.bootstrap


@cache
def docker_answers() -> bool:
    """Tell whether a Docker daemon answers the command line client."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        return (
            subprocess.run([docker, "version"], capture_output=True, check=False, timeout=10).returncode == 0
        )
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def _kafka_in_docker() -> Iterator[str]:
    # testcontainers' own Kafka class knows another vendor's image only.
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for

    (port,) = free_ports(1)
    settings = {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in settings.items():
        container = container.with_env(name, value)
    with container:
        wait_for(lambda: is_listening(port))
        yield f"127.0.0.1:{port}"
