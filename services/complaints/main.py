"""Composition root of complaints: `python -m services.complaints.main --role api|worker|relay|all`."""

from fastapi import FastAPI

from services.complaints import api, jobs, pages
from services.complaints.access import MATRIX
from services.complaints.consumer import SERVICE, unit_consumer
from services.complaints.data import load_policies
from services.complaints.office import Office
from services.complaints.receipts import Receipts
from services.complaints.settings import Settings
from services.complaints.usecases.desk import Desk
from services.complaints.usecases.watch import ClockWatch
from shared.process import assemble, open_database, run
from shared.security.tokens import TokenVerifier
from shared.settings import Role


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process. Raises `PolicyError` for unsound policy data."""
    db = open_database(settings)
    watch = ClockWatch()
    desk = Desk(load_policies(settings.policy_dir), watch)
    app = assemble(
        SERVICE,
        settings,
        role,
        verifier,
        db=db,
        workers=[
            jobs.ClockReader(db, watch).worker(),
            jobs.DeadlinePoller(db, watch).worker(),
            jobs.CaseWork(db, desk).worker(),
            jobs.Upkeep(db, desk).worker(),
            unit_consumer(db, settings.kafka_bootstrap),
        ],
        title="Pengaduan",
        matrix=MATRIX,
        error_status=api.ERROR_STATUS,
        routers=[api.router],
        page_routers=[pages.router],
        pages=pages.PAGES,
    )
    app.state.office = Office(desk, Receipts(settings.secret_key.get_secret_value()))
    return app


if __name__ == "__main__":
    run(SERVICE, Settings, build)
