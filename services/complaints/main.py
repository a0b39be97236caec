"""Composition root of complaints: `python -m services.complaints.main --role api|worker|relay|all`."""

from fastapi import FastAPI

from services.complaints import api, jobs, pages
from services.complaints.access import MATRIX
from services.complaints.cases.callers import Callers
from services.complaints.consumer import SERVICE, unit_consumer
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.usecases.engine import Desk
from services.complaints.deadlines.usecases.trusted_clock import ClockWatch
from services.complaints.intake.receipts import Receipts
from services.complaints.reporters import Office
from services.complaints.settings import Settings
from shared.http.state import state_of
from shared.process.settings import Role
from shared.security.tokens import TokenVerifier
from shared.service.assembly import assemble, open_databases, run


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process. Raises `PolicyError` for unsound policy data."""
    databases = open_databases(settings)
    watch = ClockWatch()
    desk = Desk(load_policies(settings.policy_dir), watch)
    app = assemble(
        SERVICE,
        settings,
        role,
        verifier,
        databases=databases,
        workers=[
            jobs.ClockReader(databases.workers, watch).worker(),
            jobs.DeadlinePoller(databases.workers, watch).worker(),
            jobs.CaseWork(databases.workers, desk).worker(),
            jobs.Upkeep(databases.workers, desk).worker(),
            unit_consumer(databases.workers, settings.kafka_bootstrap),
        ],
        title="Pengaduan",
        matrix=MATRIX,
        error_status=api.ERROR_STATUS,
        routers=[api.router],
        page_routers=[pages.router],
        pages=pages.PAGES,
    )
    state_of(app).seen = Callers(databases.requests).note
    app.state.office = Office(desk, Receipts(settings.secret_key.get_secret_value()))
    return app


if __name__ == "__main__":
    run(SERVICE, Settings, build)
