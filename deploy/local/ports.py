"""Which port everything listens on: fixed by default, each overridable, all on 127.0.0.1."""

import os
import socket

from deploy.local.process import LocalError, free_ports

DEFAULTS = {
    "front": 8000,
    "planning": 8001,
    "complaints": 8002,
    "survey": 8003,
    "scoring": 8004,
    "planning_ops": 8101,
    "complaints_ops": 8102,
    "survey_ops": 8103,
    "scoring_ops": 8104,
    "idp": 8009,
    "kafka": 9092,
    "postgres": 5432,
}
HIGHEST = 65535


def ops(service: str) -> str:
    """Return the name under which the port of a service's probes and metrics is known."""
    return f"{service}_ops"


def choose_ports() -> dict[str, int]:
    """Return name -> port by `ZI_<NAME>_PORT` (0: any free one); raise `LocalError` when one is taken."""
    wanted = {name: _asked_for(name, default) for name, default in DEFAULTS.items()}
    free = iter(free_ports(len(wanted)))
    chosen = {name: port or next(free) for name, port in wanted.items()}
    for name, port in chosen.items():
        if [name for name, other in chosen.items() if other == port] != [name]:
            raise LocalError(f"Port {port} is given to more than one part; change {_variable(name)}.")
        if not _is_free(port):
            raise LocalError(
                f"Port {port} for {name} is in use; stop what uses it or set {_variable(name)}"
                " (0 picks a free one)."
            )
    return chosen


def _asked_for(name: str, default: int) -> int:
    text = os.environ.get(_variable(name)) or str(default)
    if not (text.isascii() and text.isdecimal()) or int(text) > HIGHEST:
        raise LocalError(f"{_variable(name)} must be a port from 0 to {HIGHEST}, not {text!r}.")
    return int(text)


def _variable(name: str) -> str:
    return f"ZI_{name.upper()}_PORT"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do after a restart
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
