"""What runs beside the API in a service process, and how it says that it is well."""

from dataclasses import dataclass
from typing import Literal, Protocol

WorkerRole = Literal["api", "worker", "relay", "job"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a worker is: `is_ready` to do its work now; `is_alive` false asks the supervisor for a restart."""

    is_ready: bool
    is_alive: bool
    detail: str = ""


class Worker(Protocol):
    """A task that runs until it is cancelled and retries infrastructure faults by itself."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> WorkerRole: ...

    async def run(self) -> None:
        """Work until cancelled; returning or raising is a fault that ends the process."""
        ...

    def health(self) -> Health:
        """Tell the present health from memory, without any call to a dependency."""
        ...
