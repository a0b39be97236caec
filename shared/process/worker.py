"""What runs beside the API in a service process, and how it says that it is well."""

from dataclasses import dataclass
from typing import Literal, Protocol

WorkerRole = Literal["api", "worker", "relay", "job"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a worker is: `is_ready` to do its work now; `is_alive` false asks for another life of it.

    `detail` says in a few words why, or what it does just now, without any address or value. `is_waiting`
    tells that a dependency is known to be away: that time is not the worker's fault.
    """

    is_ready: bool
    is_alive: bool
    detail: str = ""
    is_waiting: bool = False


class Worker(Protocol):
    """A task that runs until it is cancelled and retries infrastructure faults by itself.

    `shared.process.kept` runs it, and runs it again when it ends or is no longer alive.
    """

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> WorkerRole: ...

    async def run(self) -> None:
        """Work until cancelled, from a clean start each time; returning or raising is a fault of ours."""
        ...

    def health(self) -> Health:
        """Tell the present health from memory, without any call to a dependency."""
        ...
