"""Composition root of complaints: `python -m services.complaints.main --role api|worker|relay|all`."""

from fastapi import FastAPI

import shared.service.sparing  # noqa: F401
from services.complaints import api
from services.complaints.access import MATRIX
from services.complaints.cases import kinds as of_cases
from services.complaints.cases import pages as officers
from services.complaints.cases.callers import Callers
from services.complaints.cases.jobs import Silence
from services.complaints.consumer import SERVICE, register_consumer
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import ClockReader, DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.frame import PAGES
from services.complaints.intake import pages
from services.complaints.intake.receipts import Receipts
from services.complaints.integrity import kinds as of_integrity
from services.complaints.integrity import pages as integrity_pages
from services.complaints.integrity.jobs import MapYears
from services.complaints.jobs import Audit, Figures, Upkeep
from services.complaints.matters.watched import require_known, require_watched
from services.complaints.settings import Settings
from shared.http.state import state_of
from shared.process.settings import Role
from shared.security.tokens import TokenVerifier
from shared.service.assembly import assemble, open_databases, run


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process. Raises `PolicyError` for unsound policy data."""
    databases = open_databases(settings)
    clock = TrustedClock()
    policies = load_policies(settings.policy_dir)
    require_known(policies, [of_cases.LIFE, of_integrity.LIFE])
    require_watched(policies, of_cases.tables(), of_cases.LIFE)
    require_watched(policies, of_integrity.tables(), of_integrity.LIFE)
    engine = DeadlineEngine(policies, clock)
    app = assemble(
        SERVICE,
        settings,
        role,
        verifier,
        databases=databases,
        workers=[
            ClockReader(databases.workers, clock).worker(),
            DeadlinePoller(databases.workers, engine).worker(),
            Silence(databases.workers, engine).worker(),
            Figures(databases.workers, engine).worker(),
            Upkeep(databases.workers, engine).worker(),
            Audit(databases.workers, engine).worker(),
            MapYears(databases.workers, engine).worker(),
            register_consumer(databases.workers, settings.kafka_bootstrap),
        ],
        title="Pengaduan",
        matrix=MATRIX,
        error_status=api.ERROR_STATUS,
        routers=api.ROUTERS,
        page_routers=(*pages.ROUTERS, *officers.ROUTERS, *integrity_pages.ROUTERS),
        pages=PAGES,
    )
    state_of(app).seen = Callers(databases.requests).note
    app.state.engine = engine
    app.state.receipts = Receipts(settings.secret_key.get_secret_value())
    return app


if __name__ == "__main__":
    run(SERVICE, Settings, build)
