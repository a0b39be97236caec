"""Planning as a process: `python -m services.planning.main --role api|worker|relay|all`."""

import argparse
from importlib.metadata import version
from typing import get_args

from fastapi import FastAPI

from services.planning.access import MATRIX
from services.planning.api import ERROR_STATUS, routers
from services.planning.evidence import FileStore
from services.planning.jobs import evidence_sweep, overdue_count
from services.planning.settings import Settings
from shared.contracts.asyncapi import asyncapi_document
from shared.db import Database
from shared.db.migrate import SchemaCheck
from shared.http import create_app
from shared.http.sweep import HttpSweep
from shared.observability import logging
from shared.outbox.relay import Relay
from shared.runtime.service import serve, wanted
from shared.runtime.worker import Worker
from shared.security.tokens import TokenVerifier
from shared.settings import Role


def build(settings: Settings, role: Role = "all", *, verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire one process of the service; `verifier` stands in for the issuer's in tests."""
    db = Database(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    store = FileStore.open(settings.evidence_url or str(settings.data_dir))
    workers: list[Worker] = [
        Relay(db, settings.kafka_bootstrap, client_id="zi-planning-relay"),
        HttpSweep(db),
        evidence_sweep(db, store),
        overdue_count(db),
    ]
    return create_app(
        service="planning",
        title="Zona Integritas: perencanaan",
        settings=settings,
        db=db,
        matrix=MATRIX,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience),
        error_status=ERROR_STATUS,
        routers=routers(settings, store),
        workers=wanted(workers, role),
        schema=SchemaCheck("planning"),
        asyncapi=asyncapi_document("planning"),
    )


def main() -> None:
    """Read the role and the environment, and serve."""
    parser = argparse.ArgumentParser(description="The planning service")
    parser.add_argument("--role", choices=get_args(Role), default="all")
    role: Role = parser.parse_args().role
    settings = Settings()
    logging.configure(service="planning", version=version("zona-integritas"), level=settings.log_level)
    serve(build(settings, role), settings)


if __name__ == "__main__":
    main()
