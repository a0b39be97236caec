"""`zi` in a process of its own, forked from one that has loaded it: each command would take a second to load.

The installed program itself is run by tests/e2e and tests/chaos.
"""

import asyncio
import multiprocessing
import os
import tempfile
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

LOADED = ("shared.cli.main", *sorted({point.module for point in entry_points(group="zi.commands")}))

LATE = ("httpx2", "httpcore2", "pydantic.fields", "typer._adapters")
"""What a command loads no sooner than it runs, which takes longer than the rest of it."""
POLLER = "services.complaints.deadlines.jobs"
"""Loaded as well, for the tests of tests/integration/complaints that kill one."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__, *LOADED, *LATE, POLLER])


class Answered(NamedTuple):
    """The exit code of a command and what it wrote."""

    code: int
    out: str
    err: str


async def zi(*words: str, environment: Mapping[str, str]) -> Answered:
    """Run `zi` with these words, and `environment` beside that of the tests; wait for its end."""
    with tempfile.TemporaryDirectory() as folder:
        written = [Path(folder) / name for name in ("out", "err")]
        command = FORKS.Process(target=_run, args=(words, {**os.environ, **environment}, written))
        command.start()
        await asyncio.to_thread(command.join)
        code = command.exitcode
        command.close()
        assert code is not None
        return Answered(code, *(path.read_text() for path in written))


def _run(words: tuple[str, ...], environment: Mapping[str, str], written: list[Path]) -> None:
    from shared.cli.main import main

    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(written, start=1):
        with path.open("w") as file:
            os.dup2(file.fileno(), number)
    main(words)
