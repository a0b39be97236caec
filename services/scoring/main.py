"""Composition root of scoring: `python -m services.scoring.main --role all`."""

import argparse
from importlib.metadata import version
from typing import get_args

from fastapi import FastAPI

from services.scoring import api, jobs, pages
from services.scoring.access import MATRIX
from services.scoring.consumer import SERVICE, fact_consumer
from services.scoring.settings import Settings
from shared.contracts.asyncapi import asyncapi_document
from shared.db import Database
from shared.db.migrate import SchemaCheck
from shared.http import create_app
from shared.http.sweep import HttpSweep
from shared.observability.logging import configure
from shared.outbox.relay import Relay
from shared.runtime.service import serve, wanted
from shared.runtime.worker import Worker
from shared.security.tokens import TokenVerifier
from shared.settings import Role


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process; tests bring their own verifier of tokens."""
    db = Database(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    workers: list[Worker] = [
        fact_consumer(db, settings.kafka_bootstrap),
        Relay(db, settings.kafka_bootstrap, client_id=f"zi-{SERVICE}"),
        jobs.Upkeep(db, settings).worker(),
        HttpSweep(db),
    ]
    return create_app(
        service=SERVICE,
        title="Papan nilai",
        settings=settings,
        db=db,
        matrix=MATRIX,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience),
        error_status=api.ERROR_STATUS,
        routers=[api.router],
        page_routers=[pages.router],
        pages=pages.PAGES,
        workers=wanted(workers, role),
        schema=SchemaCheck(SERVICE),
        asyncapi=asyncapi_document(SERVICE),
    )


def main() -> None:
    """Run one process of the service."""
    parser = argparse.ArgumentParser(description="Zona Integritas: scoring")
    parser.add_argument("--role", choices=get_args(Role), default="all")
    role: Role = parser.parse_args().role
    settings = Settings()  # the environment fills it
    configure(service=SERVICE, version=version("zona-integritas"), level=settings.log_level)
    serve(build(settings, role), settings)


if __name__ == "__main__":
    main()
