"""Planning as a process of its own, whose tokens a test signs, to be killed and started again.

    python -m tests.support.planning_process FILE      (JSON: settings, key, now)

`key` is the private key of the test's issuer, `now` the moment its clock stands at.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx2
from joserfc.jwk import ECKey

from deploy.local.process import Child, Program, free_ports
from services.planning import main
from services.planning.settings import Settings
from shared.observability.logging import configure
from shared.server.serving import serve
from tests.support.polling import until
from tests.support.tokens import ISSUER, TestIssuer

START_SECONDS = 120


@dataclass
class PlanningProcess:
    """The service with all its roles; `settings` are beside those of its place."""

    program: Program
    url: str
    child: Child | None = None

    @classmethod
    def of(cls, folder: Path, issuer: TestIssuer, **settings: Any) -> Self:
        """Describe the process; nothing runs yet."""
        port, ops_port = free_ports(2)
        own = {
            "issuer": ISSUER,
            "secret_key": "a secret key of this test, 32 long",
            "data_dir": str(folder / "files"),
            "port": port,
            "ops_port": ops_port,
        }
        file = folder / "planning.json"
        given = {"settings": own | settings, "key": issuer.key.as_dict(private=True), "now": issuer.now}
        file.write_text(json.dumps(given))
        argv = [sys.executable, "-m", __name__, str(file)]
        return cls(Program("planning", argv, folder / "planning.log"), f"http://127.0.0.1:{port}")

    async def start(self) -> None:
        """Start it and return when it answers."""
        self.child = self.program.start()
        async with httpx2.AsyncClient(timeout=5) as http:

            async def answers() -> bool:
                assert self.child is not None
                assert self.child.exit_code() is None, self.child.last_words()
                try:
                    return (await http.get(f"{self.url}/units")).status_code == httpx2.codes.UNAUTHORIZED
                except httpx2.TransportError:
                    return False

            await until(answers, seconds=START_SECONDS, what="planning answers")

    def kill(self) -> None:
        """End it as SIGKILL does: nothing of it runs any more."""
        assert self.child is not None
        self.child.kill()


def _main(file: Path) -> None:
    given = json.loads(file.read_text())
    issuer = TestIssuer()
    issuer.key = ECKey.import_key(given["key"])
    issuer.published, issuer.now = [issuer.key], given["now"]
    settings = Settings(**given["settings"])
    configure(service="planning", version="test")
    serve(main.build(settings, "all", issuer.verifier()), settings)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
