"""Write about a case, bring files to it, and read both: officers within their sight, the reporter the own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import OPEN, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.store import cases, owed
from services.complaints.cases.usecases import acts
from services.complaints.cases.usecases.queries import reader_of, reporters_acts
from services.complaints.conversation import store
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.domain import (
    SERVED,
    Attachment,
    ConversationFullError,
    ConversationOverError,
    FileInfectedError,
    FileWaitsError,
    KeptFile,
    Message,
    SameFile,
    Scan,
    TooManySentError,
    Waiting,
    unanswered,
)
from services.complaints.conversation.metrics import FILE_BYTES, FILES_SWEPT
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared import audit
from shared.db import Database, on_commit
from shared.db.clock import database_now
from shared.files import sweeping
from shared.files.store import FileStore
from shared.kernel import NotFoundError, new_id
from shared.security import Principal

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one side sends at once: a text, files that lie in the store, or both."""

    text: str | None
    files: Sequence[KeptFile] = ()
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that was written about a case as its officers see it.

    `unanswered` counts the reporter's messages that came after the office last wrote or acted; `same_files`
    names files that came with other cases within sight.
    """

    messages: Sequence[Message]
    unanswered: int
    same_files: Sequence[SameFile]

    @property
    def cited(self) -> dict[str, UUID]:
        """Return the files of the case by what acts may cite as evidence: their names and ids."""
        files = [one for message in self.messages for one in message.attachments]
        return {key: one.id for one in files for key in (one.name, str(one.id))}


async def send_as_reporter(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    sent: Sent,
    *,
    read: int | None = None,
) -> Message:
    """Take what the reporter sends. Where the office waits for facts, these are the facts.

    Only then do clocks move, by the act `complete`; `read` is the number of the request that was there to
    read. Raises `ConversationOverError`, `ConversationFullError`, `TooManySentError`, and as `complete`.
    """
    case = await cases.lock(session, case_id)
    if case is None:
        raise _unknown()
    await _check_may_write(session, engine, case)
    sent_before = await store.count(session, case_id, by_reporter_within=HOUR)
    if sent_before >= conversation_rules().messages_per_hour_of_reporter:
        raise TooManySentError("Terlalu banyak pesan dalam satu jam. Tunggu sebelum mengirim lagi.")
    message = await _send(session, actor, case, sent, author=None)
    await store.wait(session, case_id, message.sent_at)
    if case.state is State.MENUNGGU_KELENGKAPAN:
        note = (
            sent.text or f"Kelengkapan berupa berkas: {', '.join(one.name for one in message.attachments)}."
        )
        await acts.complete(session, engine, actor, case_id, None, note=note, is_reporter=True, read=read)
    return message


async def send_as_officer(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID, sent: Sent
) -> Message:
    """Take what an officer writes to the reporter, or notes for officers alone.

    Raises `NotFoundError` outside the caller's sight, `ConversationOverError`, `ConversationFullError`,
    `TooManySentError`.
    """
    case = await cases.lock(session, case_id, await reader_of(session, actor))
    if case is None:
        raise _unknown()
    await _check_officer_may_write(session, engine, case)
    if not sent.is_internal:
        await store.wait_no_longer(session, case_id)
    message = await _send(session, actor, case, sent, author=actor.subject)
    if not sent.is_internal:
        await owed.owe_message(session, case, message.id, message.sent_at)
    return message


async def check_seen(session: AsyncSession, actor: Principal, case_id: UUID) -> None:
    """Raise `NotFoundError` outside the caller's sight, before a file is looked into.

    Room and state are asked in the command alone: a repeated sending gets its first answer, whatever
    happened since.
    """
    if await cases.get(session, case_id, await reader_of(session, actor)) is None:
        raise _unknown()


async def may_write(session: AsyncSession, engine: DeadlineEngine, case: Case) -> bool:
    """Tell whether anybody may still write about a case: while it is open or its reporter may act."""
    return case.state in OPEN or bool(await reporters_acts(session, engine, case))


async def may_write_to(session: AsyncSession, engine: DeadlineEngine, case_id: UUID) -> bool:
    """Tell whether an officer may still write about a case: also to answer what came before it was over."""
    case = await cases.get(session, case_id)
    return case is not None and (
        await may_write(session, engine, case) or await store.is_waiting(session, case_id)
    )


async def read_as_officer(session: AsyncSession, actor: Principal, case_id: UUID) -> Conversation:
    """Return all that was written about a case; `NotFoundError` outside the caller's sight."""
    reader = await reader_of(session, actor)
    if await cases.get(session, case_id, reader) is None:
        raise _unknown()
    found = await store.messages(session, case_id, is_public=False)
    return Conversation(
        found,
        unanswered(found, await store.last_act_at(session, case_id)),
        await store.same_files(session, case_id, reader) if any(one.attachments for one in found) else (),
    )


async def waiting(
    session: AsyncSession, actor: Principal, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Waiting]:
    """Return the cases within sight whose reporter wrote since the office last did, the oldest first."""
    return await store.waiting(session, await reader_of(session, actor), after=after, limit=limit)


async def beside_case(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID
) -> dict[str, Any]:
    """Return what stands beside a case on the page of its officers."""
    return {
        "conversation": await read_as_officer(session, actor, case_id),
        "may_write": await may_write_to(session, engine, case_id),
    }


async def read_as_reporter(session: AsyncSession, case_id: UUID) -> list[Message]:
    """Return what reporter and officers wrote each other."""
    return await store.messages(session, case_id, is_public=True)


async def attachment_of(
    session: AsyncSession, case_id: UUID, attachment_id: UUID, officer: Principal | None
) -> Attachment:
    """Return an attachment that may be served, to its reporter where there is no officer.

    Raises `NotFoundError` outside sight, `FileWaitsError`, `FileInfectedError`.
    """
    is_seen = officer is None or await cases.get(session, case_id, await reader_of(session, officer))
    found = await store.attachment(session, case_id, attachment_id, is_public=officer is None)
    if not is_seen or found is None:
        raise NotFoundError("Berkas tidak ditemukan.")
    if found.file.scan is Scan.INFECTED:
        raise FileInfectedError("Pemindai menemukan program jahat dalam berkas ini; berkas tidak disimpan.")
    if found.file.scan not in SERVED:
        raise FileWaitsError("Berkas ini masih menunggu pemeriksaan keamanan. Coba lagi nanti.")
    return found


async def forget_answered(db: Database) -> int:
    """Take from the list of who waits for words those whom an act or the end of the case answered."""
    return await db.run(store.forget_answered)


async def sweep(db: Database, files: FileStore) -> int:
    """Delete files older than an hour that no attachment's row knows; return how many."""
    async with db.reading() as session:
        now = await database_now(session)
    swept = await sweeping.sweep_orphans(db, files, store.unknown_files, now)
    FILES_SWEPT.inc(swept)
    return swept


async def _send(
    session: AsyncSession, actor: Principal, case: Case, sent: Sent, *, author: str | None
) -> Message:
    if await store.count(session, case.id) >= conversation_rules().messages_of_case:
        raise ConversationFullError("Percakapan pengaduan ini sudah terlalu panjang. Hubungi loket.")
    await _check_files(session, case.id, len(sent.files))
    # Their names are locked in one order, whatever order they were sent in.
    noted = {one: await _note(session, one) for one in sorted(sent.files, key=lambda one: one.sha256)}
    files = [noted[one] for one in sent.files]
    attachments = await store.numbered(session, case.id, files, is_internal=sent.is_internal)
    message = Message(new_id(), author, sent.is_internal, sent.text, await database_now(session), attachments)
    await store.insert(session, case.id, message)
    await audit.record(
        session,
        actor=actor,
        operation="send_message",
        entity="message",
        entity_id=str(message.id),
        version=1,
        changes={"case_id": str(case.id), "is_internal": message.is_internal, "files": len(attachments)},
    )
    return message


async def _note(session: AsyncSession, file: KeptFile) -> KeptFile:
    await sweeping.lock_name(session, file.sha256)
    noted = await store.note_file(session, file)
    if noted.scan is Scan.INFECTED:
        raise FileInfectedError("Pemindai menemukan program jahat dalam berkas ini.", field="files")
    on_commit(session, partial(FILE_BYTES.inc, file.size_bytes))
    return noted


async def _check_files(session: AsyncSession, case_id: UUID, more: int) -> None:
    most = conversation_rules().files_per_hour
    if more and await store.count_files(session, case_id, within=HOUR) + more > most:
        raise TooManySentError(
            f"Paling banyak {most} berkas dalam satu jam untuk satu pengaduan. Kirim sisanya nanti.",
            field="files",
        )


async def _check_officer_may_write(session: AsyncSession, engine: DeadlineEngine, case: Case) -> None:
    if not await store.is_waiting(session, case.id):
        await _check_may_write(session, engine, case)


async def _check_may_write(session: AsyncSession, engine: DeadlineEngine, case: Case) -> None:
    if not await may_write(session, engine, case):
        raise ConversationOverError("Pengaduan ini sudah selesai; tidak ada pesan yang dapat dikirim lagi.")


def _unknown() -> NotFoundError:
    return NotFoundError("Pengaduan tidak ditemukan.")
