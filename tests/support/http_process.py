"""`python -m tests.support.http_process PORT OPS_PORT [SECONDS PATIENCE]`: the small service as a process.

With SECONDS its one worker dies so long after each start, and the process bears it for PATIENCE seconds.
"""

import asyncio
import sys
from typing import Any

from shared.observability.logging import configure
from shared.process.kept import Kept, Patience
from shared.process.worker import Health, Worker, WorkerRole
from shared.security.tokens import TokenVerifier
from shared.server.serving import serve
from tests.support.http import settings, toy_app


class Mortal:
    """A worker that dies."""

    name = "mortal"
    role: WorkerRole = "worker"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def run(self) -> None:
        await asyncio.sleep(self._seconds)
        raise RuntimeError("nothing helped")

    def health(self) -> Health:
        return Health(is_ready=True, is_alive=True)


if __name__ == "__main__":
    port, ops_port = map(int, sys.argv[1:3])
    configure(service="toy", version="0")
    given: dict[str, Any] = {"port": port, "ops_port": ops_port, "public_url": f"http://127.0.0.1:{port}"}
    workers: list[Worker] = []
    if sys.argv[3:]:
        seconds, patience = map(float, sys.argv[3:])
        workers.append(Kept(Mortal(seconds), Patience(patience, spares_api=True)))
    serve(toy_app(TokenVerifier("http://127.0.0.1:1", "nobody"), workers=workers, **given), settings(**given))
