"""What the parts of the system are told: programs and environment for given ports and secrets."""

import http.client
import json
import sys
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.front.door import front_door
from deploy.local import postgres
from deploy.local.demo import POLICIES
from deploy.local.demo.agency import AGENCY_ID, AGENCY_NAME
from deploy.local.ports import ops
from deploy.local.process import Child, Program
from deploy.local.state import ROOT, SERVICES, StateFolder

ANSWER_SECONDS = 30.0
"""How long one probe may take: a service under load is slow to answer, one that has ended refuses at once."""


@dataclass(frozen=True)
class System:
    """One local system; everything it listens on is on 127.0.0.1."""

    state: StateFolder
    ports: Mapping[str, int]
    secrets: Mapping[str, str]

    def url(self, name: str) -> str:
        """Return the HTTP address of the front door, a service, its probes, or the identity provider."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def addresses(self) -> dict[str, str]:
        """Return what `addresses.json` says."""
        return {
            **{name: self.url(name) for name in ("front", *SERVICES, *map(ops, SERVICES), "idp")},
            "kafka": f"127.0.0.1:{self.ports['kafka']}",
            "postgres": postgres.admin_url(self.state.path / "postgres", self.ports["postgres"]),
            "state_dir": str(self.state.path),
        }

    def job_environment(self) -> dict[str, str]:
        """Return what the database, topic and demo jobs read: they may do more than a service."""
        environment = {
            "ZI_LOCAL_DIR": str(self.state.path),
            "ZI_POSTGRES_ADMIN_URL": self.addresses()["postgres"],
            "ZI_KAFKA_BOOTSTRAP": self.addresses()["kafka"],
        }
        for service in SERVICES:
            environment[f"ZI_{service.upper()}_OWNER_DATABASE_URL"] = self._database_url(service, "owner")
            environment[f"ZI_{service.upper()}_DATABASE_URL"] = self._database_url(service, "app")
        return environment

    def identity_provider(self) -> Program:
        """Describe the identity provider."""
        environment = {
            "ZI_IDP_PORT": str(self.ports["idp"]),
            "ZI_IDP_DATA_DIR": str(self.state.path / "idp"),
        }
        return self._python("identity provider", "deploy.local.idp", environment=environment)

    def service(self, name: str) -> Program:
        """Describe a service: one process with all its roles."""
        data = self.state.path / "data" / name
        data.mkdir(parents=True, exist_ok=True)
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[name]),
            "PUBLIC_URL": self.url("front"),
            "OPS_HOST": "127.0.0.1",
            "OPS_PORT": str(self.ports[ops(name)]),
            "DATABASE_URL": self._database_url(name, "app"),
            "KAFKA_BOOTSTRAP": self.addresses()["kafka"],
            "ISSUER": self.url("idp"),
            "SECRET_KEY": self.secrets[f"{name}_secret_key"],
            "DATA_DIR": str(data),
        }
        if name == "complaints":
            settings["KEYS"] = self.state.identity_keys().as_uri()
            settings["POLICY_DIR"] = str(POLICIES)
            settings["AGENCY_NAMES"] = json.dumps({AGENCY_ID: AGENCY_NAME})
        environment = {f"ZI_{name.upper()}_{key}": value for key, value in settings.items()}
        return self._python(name, f"services.{name}.main", "--role", "all", environment=environment)

    def front_door(self) -> Program:
        """Describe the front door, which everybody else's browser knows alone."""
        settings = {
            "BIND": "127.0.0.1",
            "PORT": str(self.ports["front"]),
            "HOST": "http://",
            "TRUSTED_PROXIES": "",
        }
        settings |= {name.upper(): f"127.0.0.1:{self.ports[name]}" for name in SERVICES}
        environment = {f"ZI_FRONT_{key}": value for key, value in settings.items()}
        return front_door(self.state.logs / "front-door.log", self.state.path / "front", environment)

    def job(self, name: str, module: str, *arguments: str) -> Program:
        """Describe one of the deployment's jobs."""
        return self._python(name, module, *arguments, environment=self.job_environment())

    def demo_traffic(self) -> Program:
        """Describe the stream of demo activity."""
        return self.job("demo traffic", "deploy.local.demo", "traffic")

    def answers(self, name: str, path: str) -> Callable[[Child], bool]:
        """Return a test whether GET `path` of a part gives 200."""
        return lambda _child: _gives_200(self.url(name) + path)

    def _python(self, name: str, module: str, *arguments: str, environment: Mapping[str, str]) -> Program:
        log = self.state.logs / f"{name.replace(' ', '-')}.log"
        argv = [sys.executable, "-m", module, *arguments]
        return Program(
            name, argv, log, {**environment, "ZI_ENVIRONMENT": "development", "PYTHONPATH": str(ROOT)}
        )

    def _database_url(self, service: str, role: str) -> str:
        password = self.secrets[f"{service}_{role}"]
        return f"postgresql://zi_{service}_{role}:{password}@127.0.0.1:{self.ports['postgres']}/zi_{service}"


def _gives_200(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 (our own loopback address)
            return int(answer.status) == 200  # noqa: PLR2004
    except (OSError, http.client.HTTPException):  # away, slow, or gone in the middle of an answer
        return False
