"""Where the services are: given by the environment, else read from the local run's state folder."""

import json
import os
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from shared.cli.errors import CliError
from shared.kernel import error_text


@cache
def local_run() -> dict[str, str]:
    """Return the addresses of the local run; empty when none runs.

    Looks in `ZI_LOCAL_DIR`, else `.local` of the present folder, else beside the environment of `zi`.
    """
    given = os.environ.get("ZI_LOCAL_DIR")
    folders = [Path(given)] if given else [Path(".local"), Path(sys.prefix).parent / ".local"]
    for folder in folders:
        file = folder / "addresses.json"
        if file.is_file():
            try:
                found: dict[str, str] = json.loads(file.read_text())
            except (OSError, ValueError) as error:
                raise CliError(f"{file} cannot be read: {error_text(error)}") from error
            return found
    return {}


def address(name: str) -> str:
    """Return the address of a service, of `idp` or of `kafka`.

    `ZI_<NAME>_URL` (for Kafka `ZI_KAFKA_BOOTSTRAP`) beats the local run. Raises `CliError` without either.
    """
    variable = "ZI_KAFKA_BOOTSTRAP" if name == "kafka" else f"ZI_{name.upper()}_URL"
    found = os.environ.get(variable) or local_run().get(name)
    if not found:
        raise CliError(f"no system is running here: start one with `make run`, or set {variable}")
    return found.rstrip("/")


def database_url(service: str) -> str:
    """Return the operator's database URL of a service: `ZI_<SERVICE>_DATABASE_URL`, else the local run's."""
    given = os.environ.get(f"ZI_{service.upper()}_DATABASE_URL")
    if given:
        return given
    admin = local_run().get("postgres")
    if not admin:
        raise CliError(
            f"no system is running here: start one with `make run`, or set ZI_{service.upper()}_DATABASE_URL"
        )
    return urlunsplit(urlsplit(admin)._replace(path=f"/zi_{service}"))
