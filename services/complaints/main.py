"""Composition root of complaints: `python -m services.complaints.main --role api|worker|relay|all`."""

from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

import shared.service.sparing  # noqa: F401
from services.complaints import api
from services.complaints.access import MATRIX
from services.complaints.cases import kinds as of_cases
from services.complaints.cases import pages as officers
from services.complaints.cases.callers import Callers
from services.complaints.cases.jobs import Keeping, Orphans, Silence
from services.complaints.cases.pages.other_kinds import KindWords
from services.complaints.cases.usecases.officers import are_one
from services.complaints.channels import pages as channel_pages
from services.complaints.channels.data import probe_rules
from services.complaints.channels.jobs import Prober
from services.complaints.channels.probes import Probes
from services.complaints.channels.probes.link import LinkProbe
from services.complaints.channels.probes.mail import Mailbox, MailProbe
from services.complaints.consumer import SERVICE, register_consumer
from services.complaints.conversation import pages as conversation
from services.complaints.conversation.jobs import LateScan, file_sweep
from services.complaints.conversation.metrics import FILES_CORRUPT
from services.complaints.conversation.taking import Files
from services.complaints.conversation.usecases import beside_case
from services.complaints.deadlines import pages as calendar
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import ClockReader, DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.decrees import pages as decrees
from services.complaints.decrees.jobs import Designations
from services.complaints.duties import kinds as of_duties
from services.complaints.duties import pages as duty_pages
from services.complaints.duties import words as duty_words
from services.complaints.frame import PAGES
from services.complaints.handling import pages as handling
from services.complaints.handling import public
from services.complaints.handling.jobs import Statistics
from services.complaints.imports import pages as import_pages
from services.complaints.imports.jobs import Imports
from services.complaints.imports.usecases.exporting import last_import, told_of
from services.complaints.intake import pages
from services.complaints.intake.messages import let_bring
from services.complaints.intake.receipts import Receipts
from services.complaints.integrity import kinds as of_integrity
from services.complaints.integrity import pages as integrity_pages
from services.complaints.integrity import words as integrity_words
from services.complaints.integrity.jobs import MapYears
from services.complaints.jobs import Audit, Figures, Upkeep
from services.complaints.matters.watched import require_known, require_watched
from services.complaints.notices import pages as posting
from services.complaints.notices.addresses import AddressBook
from services.complaints.notices.jobs import HandingOn
from services.complaints.notices.texts import catalogue
from services.complaints.notices.usecases import note_ending
from services.complaints.secrecy import pages as identity_pages
from services.complaints.secrecy.jobs import Sealing
from services.complaints.secrecy.usecases import opening
from services.complaints.secrecy.usecases.keeping import Identities
from services.complaints.settings import Settings
from shared.files.scanning import Clamd
from shared.files.store import FileStore
from shared.http.state import state_of
from shared.notices.contacts import Contacts
from shared.notices.sending import Sender
from shared.notices.smtp import post_of
from shared.notices.upkeep import upkeep
from shared.process.settings import Role
from shared.security import Principal
from shared.security.keys import KeyFileError, KeyProvider, open_keys
from shared.security.sealing import derive_key
from shared.security.signing import Signer
from shared.security.tokens import TokenVerifier
from shared.service.assembly import assemble, open_databases, run


def build(settings: Settings, role: Role = "all", verifier: TokenVerifier | None = None) -> FastAPI:
    """Wire the application of one process. Raises `PolicyError` for unsound policy data."""
    databases = open_databases(settings)
    clock = TrustedClock()
    policies = load_policies(settings.policy_dir, settings.policy_profiles)
    require_known(policies, [of_cases.LIFE, of_integrity.LIFE, of_duties.LIFE])
    require_watched(policies, of_cases.tables(), of_cases.LIFE)
    require_watched(policies, of_integrity.tables(), of_integrity.LIFE)
    require_watched(policies, of_duties.tables(), of_duties.LIFE)
    engine = DeadlineEngine(policies, clock)
    store = FileStore.open(
        settings.evidence_url or str(settings.data_dir),
        allow_http=settings.accepts_plaintext("evidence"),
        on_corrupt=FILES_CORRUPT.inc,
    )
    identities = Identities(_keys(settings))
    scanner = Clamd(settings.scanner, seconds=settings.scanner_seconds) if settings.scanner else None
    sender = Sender(
        databases.workers,
        catalogue(),
        post_of(settings.mail_server(), sender=catalogue().sender, sender_address=settings.mail_from),
        AddressBook(databases.workers, identities),
        base_url=settings.base_url,
        numbers=settings.numbers_post(),
        ended=note_ending,
    )
    import_key = derive_key(settings.secret_key.get_secret_value(), "case-import")
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
            Orphans(databases.workers, engine).worker(),
            Keeping(databases.workers, engine).worker(),
            Figures(databases.workers, engine).worker(),
            Upkeep(databases.workers, engine).worker(),
            Audit(databases.workers, engine).worker(),
            file_sweep(databases.workers, store, is_scanned=scanner is not None),
            *([] if scanner is None else [LateScan(databases.workers, store, scanner).worker()]),
            Statistics(databases.workers, policies).worker(),
            MapYears(databases.workers, engine).worker(),
            Prober(databases.workers, _probes(settings), last_import).worker(),
            Imports(databases.workers, engine, import_key).worker(),
            HandingOn(databases.workers, engine, sender.ways).worker(),
            sender,
            upkeep(databases.workers, SERVICE),
            Designations(databases.workers).worker(),
            Sealing(databases.workers, identities).worker(),
            register_consumer(databases.workers, settings.kafka_bootstrap),
        ],
        title="Pengaduan",
        matrix=MATRIX,
        error_status=api.ERROR_STATUS,
        routers=api.ROUTERS,
        page_routers=(
            *pages.ROUTERS,
            public.pages,
            handling.router,
            decrees.router,
            conversation.router,
            posting.router,
            import_pages.router,
            *calendar.ROUTERS,
            *integrity_pages.ROUTERS,
            *duty_pages.ROUTERS,
            *channel_pages.ROUTERS,
            identity_pages.router,
            *officers.ROUTERS,  # last: the acts of a case take every `/pengaduan/{case}/{act}`
        ),
        guards={"attach_to_my_case": let_bring, "page_send_message": pages.let_bring},
        pages=PAGES,
    )
    state_of(app).verifier.told = Contacts(SERVICE, databases.requests).told
    state_of(app).seen = Callers(databases.requests).note
    app.state.engine = engine
    app.state.are_one = are_one
    app.state.files = Files(store, scanner)
    secret = settings.proof_secret.get_secret_value() or settings.secret_key.get_secret_value()
    app.state.signer = Signer(secret, "proof-of-filing")
    app.state.beside_case = _beside_case
    app.state.import_key = import_key
    app.state.other_kinds = KindWords(
        integrity_words.KINDS, integrity_words.ACTS, integrity_words.STARTS
    ).before(KindWords(duty_words.KINDS, duty_words.ACTS, duty_words.STARTS))
    app.state.identities = identities
    app.state.receipts = Receipts(settings.secret_key.get_secret_value())
    return app


def _probes(settings: Settings) -> Probes:
    """Return the probes of channels; without a mail server, or an account, a mailbox is tested by hand."""
    rules = probe_rules()
    mailboxes = {address: Mailbox.of(url.get_secret_value()) for address, url in settings.mailboxes.items()}
    post = post_of(settings.mail_server(), sender=settings.mail_from, sender_address=settings.mail_from)
    return Probes(
        LinkProbe(rules, allows_loopback=settings.probes_loopback), MailProbe(rules, post, mailboxes)
    )


async def _beside_case(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID
) -> dict[str, Any]:
    """Return what other subjects show on the page of a case."""
    told = await beside_case(session, engine, actor, case_id)
    identity = await opening.beside_case(session, actor, case_id)
    return {**told, "identity": identity, "foreign": await told_of(session, case_id)}


def _keys(settings: Settings) -> KeyProvider:
    """Return the keeper of wrapping keys; in development the first use makes a file of them."""
    try:
        return open_keys(
            settings.keys_address,
            settings.keys_token_file,
            may_make=settings.environment == "development",
        )
    except KeyFileError as error:
        raise SystemExit(f"refusing to start: ZI_COMPLAINTS_KEYS: {error}") from None


if __name__ == "__main__":
    run(SERVICE, Settings, build)
