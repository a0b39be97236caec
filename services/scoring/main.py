"""Composition root of scoring: `python -m services.scoring.main --role api|worker|relay|all`."""

from fastapi import FastAPI

import shared.service.sparing  # noqa: F401
from services.scoring import api, jobs, pages
from services.scoring.access import MATRIX
from services.scoring.consumer import SERVICE, fact_consumer
from services.scoring.settings import Settings
from shared.process.settings import Role
from shared.security.tokens import TokenVerifier
from shared.service.assembly import assemble, open_databases, run


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process."""
    databases = open_databases(settings)
    app = assemble(
        SERVICE,
        settings,
        role,
        verifier,
        databases=databases,
        workers=[
            fact_consumer(databases.workers, settings.kafka_bootstrap),
            jobs.Upkeep(databases.workers, settings).worker(),
        ],
        title="Papan nilai",
        matrix=MATRIX,
        error_status=api.ERROR_STATUS,
        routers=[api.router],
        page_routers=[pages.router],
        pages=pages.PAGES,
    )
    app.state.watcher = pages.open_watcher(databases.requests)
    return app


if __name__ == "__main__":
    run(SERVICE, Settings, build)
