"""`python -m shared.contracts create-topics`: the topic job of every deployment.

Reads `ZI_KAFKA_BOOTSTRAP` and, optionally, `ZI_KAFKA_REPLICATION` (1 on a single broker, 3 in production).
Like the services it needs `ZI_ENVIRONMENT`, and where that is not `development` plaintext must be accepted by
name: `ZI_PLAINTEXT_ACCEPTED=kafka`.
"""

import asyncio
import os
import sys

from aiokafka.errors import KafkaError

from shared.contracts.admin import create_topics
from shared.kernel import error_text
from shared.security import production


def refuse() -> None:
    """Raise `SystemExit` with one sentence that names what no production may leave open."""
    environment = os.environ.get("ZI_ENVIRONMENT")
    if environment == "development":
        return
    fault = production.environment_fault(environment)
    faults = [f"ZI_ENVIRONMENT {fault}"] if fault else []
    if "kafka" not in os.environ.get("ZI_PLAINTEXT_ACCEPTED", "").replace(",", " ").split():
        faults.append(
            "ZI_KAFKA_BOOTSTRAP goes without TLS; name kafka in ZI_PLAINTEXT_ACCEPTED to accept that"
        )
    if faults:
        raise SystemExit(f"refusing to start: {'; '.join(faults)}")


def main() -> int:
    """Run the topic job; exit 2 on wrong use, 1 with a sentence when it is refused or Kafka is away."""
    if sys.argv[1:] != ["create-topics"] or "ZI_KAFKA_BOOTSTRAP" not in os.environ:
        sys.stderr.write("usage: ZI_KAFKA_BOOTSTRAP=host:port python -m shared.contracts create-topics\n")
        return 2
    refuse()
    bootstrap, replication = os.environ["ZI_KAFKA_BOOTSTRAP"], os.environ.get("ZI_KAFKA_REPLICATION", "1")
    try:
        created = asyncio.run(create_topics(bootstrap, replication=int(replication)))
    except (KafkaError, OSError) as error:
        sys.stderr.write(f"the topics of {bootstrap} could not be created: {error_text(error)}\n")
        return 1
    sys.stdout.write(f"{len(created)} topics created\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
