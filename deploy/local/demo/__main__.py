"""`python -m deploy.local.demo load|traffic`, against the local run that `ZI_LOCAL_DIR` names."""

import asyncio
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.demo.sample import Sample
from deploy.local.state import StateFolder
from shared.cli.addresses import local_run


def main() -> None:
    """Run the command; what is in the way ends in a sentence on standard error and exit code 1."""
    if os.environ.get("ZI_ENVIRONMENT") == "production":
        sys.exit("The demo refuses to run with ZI_ENVIRONMENT=production: its people and cases are invented.")
    if len(sys.argv) != 2 or sys.argv[1] not in {"load", "traffic"}:  # noqa: PLR2004
        sys.exit("usage: python -m deploy.local.demo load|traffic")
    addresses = local_run()
    if not addresses:
        sys.exit("No local system is running here.")
    state = StateFolder.from_environment()
    sample = Sample.of(state.sample_file, datetime.now(UTC))
    is_load = sys.argv[1] == "load"
    if is_load and sample.is_complete:
        print("The sample agency is there.")
        return
    from deploy.local.demo.load import load  # noqa: PLC0415 (a warm start needs none of it)
    from deploy.local.demo.traffic import run  # noqa: PLC0415

    try:
        asyncio.run((load if is_load else run)(addresses, sample))
    except Exception as problem:  # noqa: BLE001 - whatever it is, people get one sentence
        what = "The sample agency could not be loaded" if is_load else "Demo traffic ended"
        sys.exit(f"{what}: {told(problem, state.logs / f'demo-{sys.argv[1]}-fault.txt')}")


def told(problem: Exception, fault: Path) -> str:
    """Return what went wrong in one line; a fault of our own is written whole to the file `fault`."""
    from deploy.local.demo.api import RefusedError  # noqa: PLC0415 (a warm start needs none of it)
    from shared.kernel import error_text  # noqa: PLC0415

    text = " ".join(error_text(problem).split())
    if isinstance(problem, RefusedError | TimeoutError):
        return text
    fault.parent.mkdir(parents=True, exist_ok=True)
    fault.write_text("".join(traceback.format_exception(problem)))
    return f"{type(problem).__name__} {text} (details: {fault})"


if __name__ == "__main__":
    main()
