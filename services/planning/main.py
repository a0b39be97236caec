"""Composition root of planning: `python -m services.planning.main --role api|worker|relay|all`."""

from fastapi import FastAPI

from services.planning.access import MATRIX
from services.planning.api import ERROR_STATUS, routers
from services.planning.evidence import FileStore
from services.planning.jobs import evidence_sweep, overdue_count
from services.planning.settings import Settings
from shared.process import assemble, open_database, run
from shared.security.tokens import TokenVerifier
from shared.settings import Role

SERVICE = "planning"


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process."""
    db = open_database(settings)
    store = FileStore.open(
        settings.evidence_url or str(settings.data_dir), allow_http=settings.environment == "development"
    )
    return assemble(
        SERVICE,
        settings,
        role,
        verifier,
        db=db,
        workers=[evidence_sweep(db, store), overdue_count(db)],
        title="Perencanaan",
        matrix=MATRIX,
        error_status=ERROR_STATUS,
        routers=routers(settings, store),
    )


if __name__ == "__main__":
    run(SERVICE, Settings, build)
