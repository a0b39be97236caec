"""`python -m deploy.local.databases`: create and migrate all four databases in one process.

The two jobs of other deployments, run together: each would spend a second on imports.
"""

import sys

from shared.db.__main__ import finish, run
from shared.db.roles import SERVICES


async def prepare() -> None:
    """Run both jobs, one after the other."""
    for verb in ("bootstrap", "migrate"):
        await run(verb, list(SERVICES))


if __name__ == "__main__":
    sys.exit(finish(prepare()))
