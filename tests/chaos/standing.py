"""Start the stand's servers, proxies and processes, and keep them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from signal import SIGKILL

import httpx2

from deploy.local.ports import ops
from deploy.local.process import Program, free_ports
from deploy.local.state import SERVICES, StateFolder
from deploy.local.supervisor import Supervisor
from deploy.local.system import System
from shared.contracts.admin import create_topics
from tests.chaos.stand import CONSUMERS, RELAYS, Stand
from tests.support.proxy import Proxy, at_port
from tests.support.servers import KafkaServer, PostgresServer

START_SECONDS = 300.0
TEND_SECONDS = 0.2


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[Stand]:
    """Run a stand in `folder` and yield it when every part is ready."""
    (behind,) = free_ports(1)
    with PostgresServer(folder / "postgres") as postgres:
        async with (
            Proxy(behind) as kafka_proxy,
            Proxy(postgres.port) as first,
            Proxy(postgres.port) as second,
            httpx2.AsyncClient(timeout=30.0) as http,
        ):
            with KafkaServer(folder / "kafka", behind=behind, proxy=kafka_proxy.port) as kafka:
                names = ("front", *SERVICES, *map(ops, SERVICES), "idp")
                ports = dict(zip(names, free_ports(len(names)), strict=True))
                state = StateFolder(folder)
                system = System(
                    state, ports | {"postgres": postgres.port, "kafka": kafka.port}, state.secrets()
                )
                state.write_addresses(system.addresses())
                ended: list[str] = []
                stand = Stand(
                    folder, system, postgres, kafka, http,
                    dict(zip(RELAYS, (first, second), strict=True)), kafka_proxy,
                    Supervisor(partial(_note, ended)), ended=ended,
                )  # fmt: skip
                prepare = [sys.executable, "-m", "deploy.local.databases"]
                environment = {**os.environ, **system.job_environment()}
                await asyncio.to_thread(subprocess.run, prepare, env=environment, check=True)
                await create_topics(kafka.bootstrap)
                async with _processes(stand):
                    yield stand


@asynccontextmanager
async def _processes(stand: Stand) -> AsyncIterator[None]:
    supervisor, system = stand.supervisor, stand.system
    programs = [
        system.identity_provider(),
        _with_role(system.service("planning"), "api"),
        *(_relay(stand, name) for name in RELAYS),
        system.service("complaints"),
        system.service("survey"),
        system.service("scoring"),
        _second_consumer(stand),
    ]
    # Nobody here is asked to stop: how they end is another test's matter.
    supervisor.launch(*(replace(program, stop_signal=SIGKILL) for program in programs))
    stand.urls |= {name: system.url(name) for name in SERVICES}
    stand.ops_urls |= {name: system.url(ops(name)) for name in SERVICES}
    tending = asyncio.create_task(_tend(supervisor))
    try:
        paths = dict.fromkeys(SERVICES, "/readyz") | dict.fromkeys(RELAYS, "/readyz/relay")
        paths |= dict.fromkeys(CONSUMERS, "/readyz/worker")
        for name, path in paths.items():
            await stand.becomes_ready(name, path, START_SECONDS)
        stand.ended.clear()
        yield
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        supervisor.stop_all()


def _note(ended: list[str], text: str) -> None:
    if "ended unasked" in text:
        ended.append(text)


async def _tend(supervisor: Supervisor) -> None:
    while True:
        supervisor.tend()
        await asyncio.sleep(TEND_SECONDS)


def _relay(stand: Stand, name: str) -> Program:
    """Describe a process of planning that only relays, behind its own proxy to PostgreSQL."""
    program = _another(stand, _with_role(stand.system.service("planning"), "relay"), "PLANNING", name)
    url = at_port(program.env["ZI_PLANNING_DATABASE_URL"], stand.database_proxies[name].port)
    return replace(program, env={**program.env, "ZI_PLANNING_DATABASE_URL": url})


def _second_consumer(stand: Stand) -> Program:
    """Describe a process of scoring that only consumes, behind a proxy to Kafka."""
    program = _with_role(stand.system.service("scoring"), "worker")
    program = _another(stand, program, "SCORING", CONSUMERS[1])
    broker = f"127.0.0.1:{stand.kafka_proxy.port}"
    return replace(program, env={**program.env, "ZI_SCORING_KAFKA_BOOTSTRAP": broker})


def _another(stand: Stand, program: Program, prefix: str, name: str) -> Program:
    """Describe the program under another name, on ports of its own."""
    port, ops_port = free_ports(2)
    stand.urls[name] = f"http://127.0.0.1:{port}"
    stand.ops_urls[name] = f"http://127.0.0.1:{ops_port}"
    log = program.log.with_name(f"{name.replace(' ', '-')}.log")
    own = {f"ZI_{prefix}_PORT": str(port), f"ZI_{prefix}_OPS_PORT": str(ops_port)}
    return replace(program, name=name, log=log, env={**program.env, **own})


def _with_role(program: Program, role: str) -> Program:
    return replace(program, argv=[*program.argv[:-1], role])
