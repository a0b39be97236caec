"""The jobs of a deployment end in one sentence when what they prepare is away."""

import os
import subprocess
import sys

import pytest

from deploy.local.process import free_ports

AWAY = "postgresql://zi_{}:secret-of-the-tests@127.0.0.1:{}/zi"


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, "ZI_ENVIRONMENT": "development", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "job", [("shared.db", "bootstrap", "planning"), ("shared.db", "migrate", "planning")]
)
def test_a_database_that_is_away_is_one_sentence(job: tuple[str, ...]) -> None:
    (port,) = free_ports(1)
    done = run(
        *job,
        ZI_POSTGRES_ADMIN_URL=AWAY.format("admin", port),
        ZI_PLANNING_OWNER_DATABASE_URL=AWAY.format("planning_owner", port),
        ZI_PLANNING_DATABASE_URL=AWAY.format("planning_app", port),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"the databases could not be prepared: no connection to 127.0.0.1:{port}\n"


def test_a_broker_that_is_away_is_one_sentence() -> None:
    (port,) = free_ports(1)
    done = run("shared.contracts", "create-topics", ZI_KAFKA_BOOTSTRAP=f"127.0.0.1:{port}")
    assert (done.returncode, done.stdout) == (1, "")
    told = [line for line in done.stderr.splitlines() if not line.startswith("Unable connect to")]
    assert len(told) == 1
    assert told[0].startswith(f"the topics of 127.0.0.1:{port} could not be created: ")
