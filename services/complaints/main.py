"""Composition root of complaints: `python -m services.complaints.main --role all`."""

import argparse
from importlib.metadata import version
from typing import get_args

from fastapi import FastAPI

from services.complaints import api, jobs, pages
from services.complaints.access import MATRIX
from services.complaints.consumer import SERVICE, unit_consumer
from services.complaints.data import load_policies
from services.complaints.office import Office
from services.complaints.receipts import Receipts
from services.complaints.settings import Settings
from services.complaints.usecases.desk import Desk
from shared.contracts.asyncapi import asyncapi_document
from shared.db import Database
from shared.db.migrate import SchemaCheck
from shared.http import create_app
from shared.observability.logging import configure
from shared.outbox.relay import Relay
from shared.runtime.service import serve, wanted
from shared.runtime.worker import Worker
from shared.security.tokens import TokenVerifier
from shared.settings import Role


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process; tests bring their own verifier of tokens.

    Raises `PolicyError` for unsound policy data.
    """
    db = Database(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    desk = Desk(load_policies(settings.policy_dir))
    workers: list[Worker] = [
        jobs.DeadlinePoller(db).worker(),
        jobs.CaseWork(db, desk).worker(),
        jobs.Upkeep(db, desk).worker(),
        unit_consumer(db, settings.kafka_bootstrap),
        Relay(db, settings.kafka_bootstrap, client_id=f"zi-{SERVICE}"),
    ]
    app = create_app(
        service=SERVICE,
        title="Pengaduan",
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
    app.state.office = Office(desk, Receipts(settings.secret_key.get_secret_value()))
    return app


def main() -> None:
    """Run one process of the service."""
    parser = argparse.ArgumentParser(description="Zona Integritas: complaints")
    parser.add_argument("--role", choices=get_args(Role), default="all")
    role: Role = parser.parse_args().role
    settings = Settings()  # the environment fills it
    configure(service=SERVICE, version=version("zona-integritas"), level=settings.log_level)
    serve(build(settings, role), settings)


if __name__ == "__main__":
    main()
