"""The jars of Apache Kafka, fetched from Maven Central by jgo and checked against the hashes of a lock.

`python -m deploy.local.jars` (part of `make lock`) resolves them anew and writes the lock. Kafka and log4j's
binding are resolved apart on purpose: together, jgo mixes their managed versions, and log4j's brings
kafka-clients 3.9.1 beside a 4.3.1 broker.
"""

import hashlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.process import LocalError

CACHE = (
    Path(sys.prefix) / "share" / "kafka"
)  # set-up, not state: it lives and dies with the virtual environment
LOCK = Path(__file__).with_name("kafka-jars.lock")
ROOTS = ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")
PARALLEL = 12


def fetch(on_progress: Callable[[int, int], None] = lambda _done, _all: None) -> list[Path]:
    """Return the locked jars in class path order, downloading into `CACHE` what is missing there.

    `on_progress(done, all)` counts jars. Raises `LocalError` when one cannot be had or has another hash.
    """
    locked = [line.split() for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    with ThreadPoolExecutor(PARALLEL) as pool:
        jobs = [pool.submit(_fetch_one, coordinate, digest) for coordinate, digest in locked]
        jars = []
        for job in jobs:
            jars.append(job.result())
            on_progress(len(jars), len(jobs))
    return jars


def resolve() -> dict[str, str]:
    """Return coordinate -> SHA-256 of everything that the roots need at run time, asking Maven Central."""
    from jgo.maven import MavenContext  # noqa: PLC0415 (0.4 s that a warm start does not need)
    from jgo.parse import Coordinate  # noqa: PLC0415

    context = MavenContext(repo_cache=CACHE)
    found: dict[str, str] = {}
    for root in ROOTS:
        group, name, version = root.split(":")
        wanted = context.create_dependency(
            Coordinate(groupId=group, artifactId=name, version=version, scope="compile")
        )
        inputs, transitive = context.resolver.resolve([wanted])
        needed = [*inputs, *(one for one in transitive if one.scope in {"compile", "runtime"})]
        resolved = {f"{one.groupId}:{one.artifactId}": one.artifact for one in needed}
        taken = {coordinate.rpartition(":")[0] for coordinate in found}
        for key in sorted(resolved.keys() - taken):
            found[f"{key}:{resolved[key].version}"] = _sha256(resolved[key].resolve())
    return found


def _fetch_one(coordinate: str, digest: str) -> Path:
    group, name, version = coordinate.split(":")
    jar = CACHE.joinpath(*group.split("."), name, version, f"{name}-{version}.jar")
    if jar.exists() and _sha256(jar) == digest:
        return jar
    jar.unlink(missing_ok=True)  # cut short by an earlier interruption
    from jgo.maven import MavenContext  # noqa: PLC0415

    try:
        MavenContext(repo_cache=CACHE).project(group, name).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        raise LocalError(f"Kafka's {jar.name} could not be downloaded ({type(error).__name__}).") from error
    if _sha256(jar) != digest:
        jar.unlink()
        raise LocalError(f"{jar.name} does not have the hash that {LOCK.name} names; it was thrown away.")
    return jar


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    header = f"# The jars of {' and '.join(ROOTS)} with their SHA-256, written by `make lock`.\n"
    jars = resolve()
    LOCK.write_text(header + "".join(f"{coordinate} {digest}\n" for coordinate, digest in jars.items()))
