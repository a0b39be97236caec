"""`python -m deploy.local.demo load|traffic`, against the local run that `ZI_LOCAL_DIR` names."""

import asyncio
import os
import sys
from datetime import UTC, datetime

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
    sample = Sample.of(StateFolder.from_environment().sample_file, datetime.now(UTC))
    if sys.argv[1] == "traffic":
        from deploy.local.demo.traffic import run  # noqa: PLC0415 (the other command needs none of it)

        asyncio.run(run(addresses, sample))
    elif sample.is_complete:
        print("The sample agency is there.")
    else:
        from deploy.local.demo.api import RefusedError  # noqa: PLC0415 (a warm start needs none of it)
        from deploy.local.demo.load import load  # noqa: PLC0415

        try:
            asyncio.run(load(addresses, sample))
        except (RefusedError, TimeoutError) as problem:
            sys.exit(f"The sample agency could not be loaded: {problem}")


if __name__ == "__main__":
    main()
