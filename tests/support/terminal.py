"""`zi` in a process of its own, forked from one that has loaded it: each command would take a second to load.

The installed program itself is run by tests/e2e/test_tour.py.
"""

import asyncio
import json
import multiprocessing
import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

WHEN_CALLED = (
    "httpcore2",
    "httpx2",
    "pydantic.fields",
    "services.scoring.rebuild",
    "shared.consumer.halts",
    "shared.contracts.admin",
    "shared.instruments.lke",
    "shared.instruments.survey",
    "shared.notices.contacts",
    "shared.notices.parked",
    "shared.outbox.parking",
    "shared.outbox.reconcile",
    "shared.outbox.restore",
    "shared.outbox.snapshot",
    "typer._adapters",
)
"""What commands import when they are called, most of the second."""
LOADED = (
    "shared.cli.main",
    *sorted({point.module for point in entry_points(group="zi.commands")}),
    *WHEN_CALLED,
)
PATIENCE_SECONDS = 120

POLLER = "services.complaints.deadlines.jobs"
"""Loaded as well, for the tests of tests/integration/complaints that kill one."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__, *LOADED, POLLER])


class Answered(NamedTuple):
    """The exit code of a command and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return its output read as JSON; fails the test when the command failed."""
        assert self.code == 0, f"exit {self.code}: {self.err or self.out}"
        return json.loads(self.out)


async def zi(*words: str, environment: Mapping[str, str]) -> Answered:
    """Run `zi` with these words, and `environment` beside that of the tests; wait for its end."""
    return await asyncio.to_thread(run, words, {**os.environ, **environment})


def run(words: Sequence[str], environment: Mapping[str, str]) -> Answered:
    """Run `zi` with these words and nothing but `environment`; wait for its end."""
    with tempfile.TemporaryDirectory() as folder:
        written = [Path(folder) / name for name in ("out", "err")]
        command = FORKS.Process(target=_run, args=(words, environment, written), daemon=True)
        command.start()
        command.join(PATIENCE_SECONDS)
        if command.is_alive():
            command.kill()
            raise AssertionError(f"zi {' '.join(words)} did not end within {PATIENCE_SECONDS} s")
        code = command.exitcode
        command.close()
        assert code is not None
        return Answered(code, *(path.read_text() for path in written))


def _run(words: Sequence[str], environment: Mapping[str, str], written: list[Path]) -> None:
    from shared.cli.main import main

    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(written, start=1):
        with path.open("w") as file:
            os.dup2(file.fileno(), number)
    main(words)
