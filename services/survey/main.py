"""Composition root of survey: `python -m services.survey.main --role api|worker|relay|all`."""

from fastapi import FastAPI

import shared.service.sparing  # noqa: F401
from services.survey import api, pages
from services.survey.access import MATRIX
from services.survey.consumer import SERVICE, unit_consumer
from services.survey.jobs import Tallies, Upkeep
from services.survey.pages.frame import PAGES
from services.survey.settings import Settings
from shared.process.settings import Role
from shared.security.tokens import TokenVerifier
from shared.service.assembly import assemble, open_databases, run


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process."""
    databases = open_databases(settings)
    return assemble(
        SERVICE,
        settings,
        role,
        verifier,
        databases=databases,
        workers=[
            Upkeep(databases.workers, seconds=settings.upkeep_seconds).worker(),
            Tallies(databases.workers).worker(),
            unit_consumer(databases.workers, settings.kafka_bootstrap),
        ],
        title="Survei",
        matrix=MATRIX,
        error_status=api.ERROR_STATUS,
        routers=[api.router],
        page_routers=pages.ROUTERS,
        pages=PAGES,
    )


if __name__ == "__main__":
    run(SERVICE, Settings, build)
