"""Composition root of planning: `python -m services.planning.main --role api|worker|relay|all`."""

from fastapi import FastAPI

import shared.service.sparing  # noqa: F401
from services.planning import pages
from services.planning.access import MATRIX
from services.planning.api import ERROR_STATUS, routers
from services.planning.evidence.metrics import FILES_CORRUPT
from services.planning.evidence.taking import FileTaker
from services.planning.jobs import evidence_sweep, overdue_count, portal_watch
from services.planning.live.consumer import SERVICE, live_consumer
from services.planning.nomination.moving import KeptStages
from services.planning.notices.jobs import closing_reminders
from services.planning.notices.texts import catalogue
from services.planning.parameters import MIB
from services.planning.portal.pull_api import foreign_api
from services.planning.proceedings import HOOKS
from services.planning.reports.writing import ReportWriter
from services.planning.settings import Settings
from services.planning.stages.store.closings import closings
from services.planning.units.files.reading import UnitFileReader
from services.planning.worksheets.exports import Exporter
from shared.files.store import FileStore
from shared.http.state import state_of
from shared.notices.contacts import Contacts, addresses_of
from shared.notices.sending import Sender
from shared.notices.smtp import post_of
from shared.notices.upkeep import upkeep
from shared.process.settings import Role
from shared.security.tokens import TokenVerifier
from shared.service.assembly import assemble, open_databases, run


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process."""
    databases = open_databases(settings)
    store = FileStore.open(
        settings.evidence_url or str(settings.data_dir),
        allow_http=settings.accepts_plaintext("evidence"),
        on_corrupt=FILES_CORRUPT.inc,
    )
    reader = UnitFileReader(
        packed_bytes=settings.workbook_max_mib * MIB,
        seconds=settings.workbook_seconds,
        at_once=settings.workbooks_at_once,
    )
    taker = FileTaker(settings, store)
    exporter = Exporter(
        packed_bytes=settings.workbook_max_mib * MIB,
        seconds=settings.workbook_seconds,
        at_once=settings.workbooks_at_once,
    )
    sender = Sender(
        databases.workers,
        catalogue(),
        post_of(settings.mail_server(), sender=catalogue().sender, sender_address=settings.mail_from),
        addresses_of(SERVICE),
        base_url=settings.base_url,
        numbers=settings.numbers_post(),
    )
    proposed, writer = KeptStages(), ReportWriter(settings.reports_at_once)
    app = assemble(
        SERVICE,
        settings,
        role,
        verifier,
        databases=databases,
        workers=[
            evidence_sweep(databases.workers, store),
            overdue_count(databases.workers),
            portal_watch(databases.workers),
            live_consumer(databases.workers, settings.kafka_bootstrap),
            sender,
            closing_reminders(databases.workers, closings),
            upkeep(databases.workers, SERVICE),
        ],
        title="Perencanaan",
        matrix=MATRIX,
        error_status=ERROR_STATUS,
        routers=routers(settings, store, reader, taker, exporter, HOOKS, proposed, writer),
        page_routers=[pages.router(settings, store, reader, taker, exporter, proposed, writer, hooks=HOOKS)],
        pages=pages.PAGES,
        foreign=[foreign_api()],
    )
    state_of(app).verifier.told = Contacts(SERVICE, databases.requests).told
    return app


if __name__ == "__main__":
    run(SERVICE, Settings, build)
