"""`python -m shared.db bootstrap [SERVICE ...]` and `python -m shared.db migrate [SERVICE ...]`.

The database jobs of every deployment. Without names they serve all four services. `bootstrap` reads
`ZI_POSTGRES_ADMIN_URL`; both read `ZI_<SERVICE>_OWNER_DATABASE_URL`, bootstrap also
`ZI_<SERVICE>_DATABASE_URL`. Like the services they need `ZI_ENVIRONMENT`, and no development password passes
where it is not `development`.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any

from asyncpg import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from shared.db.roles import SERVICES
from shared.kernel import error_text
from shared.security import production


def refuse(verb: str, services: list[str]) -> None:
    """Raise `SystemExit` with one sentence that names every setting no production may carry."""
    environment = os.environ.get("ZI_ENVIRONMENT")
    if environment == "development":
        return
    names = [f"ZI_{service.upper()}_OWNER_DATABASE_URL" for service in services]
    if verb == "bootstrap":
        names += [f"ZI_{service.upper()}_DATABASE_URL" for service in services] + ["ZI_POSTGRES_ADMIN_URL"]
    fault = production.environment_fault(environment)
    faults = [f"ZI_ENVIRONMENT {fault}"] if fault else []
    faults += [
        f"{name} {weak}" for name in names if (weak := production.password_fault(os.environ.get(name, "")))
    ]
    if faults:
        raise SystemExit(f"refusing to start: {'; '.join(faults)}")


async def run(verb: str, services: list[str]) -> None:
    """Run one job for the named services, one after the other."""
    for service in services:
        prefix = f"ZI_{service.upper()}_"
        owner_url = os.environ[f"{prefix}OWNER_DATABASE_URL"]
        if verb == "bootstrap":
            target = ServiceDatabase(service, owner_url, os.environ[f"{prefix}DATABASE_URL"])
            await bootstrap(os.environ["ZI_POSTGRES_ADMIN_URL"], target)
            sys.stdout.write(f"{service}: database {target.name} ready\n")
        else:
            sys.stdout.write(f"{service}: schema at {await migrate(service, owner_url)}\n")


def main() -> int:
    """Parse the two words, run the job; exit 2 on wrong use or a missing setting, 1 on a refusal."""
    verb, *services = sys.argv[1:] or [""]
    if verb not in ("bootstrap", "migrate") or not set(services) <= set(SERVICES):
        sys.stderr.write("usage: python -m shared.db bootstrap|migrate [SERVICE ...]\n")
        return 2
    services = services or list(SERVICES)
    refuse(verb, services)
    try:
        return finish(run(verb, services))
    except KeyError as missing:
        sys.stderr.write(f"setting {missing.args[0]} is missing\n")
        return 2


def finish(jobs: Coroutine[Any, Any, None]) -> int:
    """Run jobs to their end and return the exit code; a database that refuses or is away is one sentence."""
    try:
        asyncio.run(jobs)
    except (OSError, PostgresError, SQLAlchemyError) as error:
        sys.stderr.write(f"the databases could not be prepared: {error_text(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
