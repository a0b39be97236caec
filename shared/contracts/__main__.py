"""`python -m shared.contracts create-topics`: the topic job of every deployment.

Reads `ZI_KAFKA_BOOTSTRAP` and, optionally, `ZI_KAFKA_REPLICATION` (1 on a single broker, 3 in production).
"""

import asyncio
import os
import sys

from shared.contracts.admin import create_topics


def main() -> int:
    """Run the topic job; exit 2 on wrong use."""
    if sys.argv[1:] != ["create-topics"] or "ZI_KAFKA_BOOTSTRAP" not in os.environ:
        sys.stderr.write("usage: ZI_KAFKA_BOOTSTRAP=host:port python -m shared.contracts create-topics\n")
        return 2
    created = asyncio.run(
        create_topics(
            os.environ["ZI_KAFKA_BOOTSTRAP"], replication=int(os.environ.get("ZI_KAFKA_REPLICATION", "1"))
        )
    )
    sys.stdout.write(f"{len(created)} topics created\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
