"""Messages about cases, the files that came with them, and what the scanner said of these."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Text,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import CASE, CASE_EVENT
from services.complaints.conversation.domain import Attachment, KeptFile, Message, SameFile, Scan, Waiting
from services.complaints.conversation.tables import ATTACHMENT, MESSAGE, MESSAGE_WAITING, STORED_FILE
from services.complaints.tables import UNIT
from shared.kernel import new_id

MOST_SAME = 20
_BY_THE_REPORTER = ("reporter", "engine")
_FILES = select(
    *ATTACHMENT.c["id", "number", "message_id"],
    *STORED_FILE.c["sha256", "media_type", "size_bytes", "extension", "scan"],
).join_from(ATTACHMENT, STORED_FILE)


async def insert(session: AsyncSession, case_id: UUID, message: Message) -> None:
    """Insert a message with its attachments, whose files are noted already."""
    await session.execute(
        MESSAGE.insert().values(
            id=message.id,
            case_id=case_id,
            author=message.author,
            is_internal=message.is_internal,
            content=message.content,
            sent_at=message.sent_at,
        )
    )
    if message.attachments:
        rows = [
            {
                "id": one.id,
                "case_id": case_id,
                "message_id": message.id,
                "number": one.number,
                "sha256": one.file.sha256,
            }
            for one in message.attachments
        ]
        await session.execute(ATTACHMENT.insert(), rows)


async def note_file(session: AsyncSession, file: KeptFile) -> KeptFile:
    """Note bytes that lie in the store; known bytes keep what the scanner said of them."""
    row = {
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "media_type": file.media_type,
        "extension": file.extension,
        "scan": file.scan.value,
    }
    made = insert_into(STORED_FILE).values(**row)
    if file.scan is Scan.CLEAN:
        made = made.on_conflict_do_update(
            index_elements=[STORED_FILE.c.sha256], set_={"scan": file.scan.value}
        )
    else:
        made = made.on_conflict_do_nothing()
    await session.execute(made)
    asked = select(STORED_FILE.c.scan).where(STORED_FILE.c.sha256 == file.sha256)
    return replace(file, scan=Scan((await session.scalars(asked)).one()))


async def numbered(
    session: AsyncSession, case_id: UUID, files: Sequence[KeptFile], *, is_internal: bool
) -> tuple[Attachment, ...]:
    """Return files as the next attachments of a locked case, counted as `Attachment` says."""
    step, last = (-1, func.min(ATTACHMENT.c.number)) if is_internal else (1, func.max(ATTACHMENT.c.number))
    asked = select(last).where(ATTACHMENT.c.case_id == case_id, ATTACHMENT.c.number * step > 0)
    before: int = (await session.scalars(asked)).one() or 0
    return tuple(Attachment(new_id(), before + step * nth, file) for nth, file in enumerate(files, 1))


async def count(session: AsyncSession, case_id: UUID, *, by_reporter_within: timedelta | None = None) -> int:
    """Return how many messages there are about a case, or how many of its reporter within a time."""
    asked = select(func.count()).where(MESSAGE.c.case_id == case_id)
    if by_reporter_within is not None:
        asked = asked.where(
            MESSAGE.c.author.is_(None), MESSAGE.c.sent_at > func.zi_now() - by_reporter_within
        )
    return (await session.scalars(asked)).one()


async def count_files(session: AsyncSession, case_id: UUID, *, within: timedelta) -> int:
    """Return how many files came to a case within a time."""
    asked = select(func.count()).select_from(
        ATTACHMENT.join(MESSAGE, MESSAGE.c.id == ATTACHMENT.c.message_id)
    )
    asked = asked.where(MESSAGE.c.case_id == case_id, MESSAGE.c.sent_at > func.zi_now() - within)
    return (await session.scalars(asked)).one()


async def messages(session: AsyncSession, case_id: UUID, *, is_public: bool) -> list[Message]:
    """Return the messages about a case in order with their attachments, for its reporter the public ones.

    Cost: two statements by index; `messages_of_case` bounds their rows.
    """
    asked = select(MESSAGE).where(MESSAGE.c.case_id == case_id).order_by(MESSAGE.c.id)
    asked = asked.where(~MESSAGE.c.is_internal) if is_public else asked
    rows = (await session.execute(asked)).mappings().all()
    if not rows:
        return []
    files = await session.execute(
        _FILES.where(ATTACHMENT.c.case_id == case_id).order_by(
            ATTACHMENT.c.message_id, func.abs(ATTACHMENT.c.number)
        )
    )
    of = {
        key: tuple(map(_attachment, group))
        for key, group in groupby(files.mappings(), key=lambda row: row["message_id"])
    }
    return [_message(row, of.get(row["id"], ())) for row in rows]


async def last_act_at(session: AsyncSession, case_id: UUID) -> datetime | None:
    """Return when an officer last did something to a case, or when it ended."""
    acted = select(func.max(CASE_EVENT.c.at)).where(
        CASE_EVENT.c.case_id == case_id, CASE_EVENT.c.actor.not_in(_BY_THE_REPORTER)
    )
    ended = select(CASE.c.closed_at).where(CASE.c.id == case_id)
    asked = select(func.greatest(acted.scalar_subquery(), ended.scalar_subquery()))
    found: datetime | None = await session.scalar(asked)
    return found


async def wait(session: AsyncSession, case_id: UUID, since: datetime) -> None:
    """Note that a reporter waits for words, since the first message that nobody answered."""
    acted = await last_act_at(session, case_id)
    noted = insert_into(MESSAGE_WAITING).values(case_id=case_id, since=since)
    is_over = MESSAGE_WAITING.c.since < acted if acted is not None else false()
    await session.execute(
        noted.on_conflict_do_update(
            index_elements=[MESSAGE_WAITING.c.case_id], set_={"since": since}, where=is_over
        )
    )


def _is_answered() -> ColumnElement[bool]:
    """Return the condition that an act or the end of a case answered what a row of it waits for."""
    of = MESSAGE_WAITING.c
    acted = exists().where(
        CASE_EVENT.c.case_id == of.case_id,
        CASE_EVENT.c.at > of.since,
        CASE_EVENT.c.actor.not_in(_BY_THE_REPORTER),
    )
    ended = exists().where(CASE.c.id == of.case_id, CASE.c.closed_at > of.since)
    return or_(acted.correlate(MESSAGE_WAITING), ended.correlate(MESSAGE_WAITING))


async def is_waiting(session: AsyncSession, case_id: UUID) -> bool:
    """Tell whether a reporter's message was answered neither by words nor by an act or the end."""
    asked = select(exists().where(MESSAGE_WAITING.c.case_id == case_id, ~_is_answered()))
    return bool(await session.scalar(asked))


async def forget_answered(session: AsyncSession) -> int:
    """Delete the rows that an act or the end of their case answered; return how many.

    A row that gets another message meanwhile is left. Cost: a walk over `message_waiting`, each row with its
    acts and its case: half a second for 100,000 that all wait, every ten minutes.
    """
    locked = (
        select(MESSAGE_WAITING.c.case_id)
        .where(_is_answered())
        .with_for_update(of=MESSAGE_WAITING, skip_locked=True)
    )
    gone = MESSAGE_WAITING.delete().where(MESSAGE_WAITING.c.case_id.in_(locked))
    return len((await session.scalars(gone.returning(MESSAGE_WAITING.c.case_id))).all())


async def wait_no_longer(session: AsyncSession, case_id: UUID) -> None:
    """Note that the office has written to a reporter."""
    await session.execute(MESSAGE_WAITING.delete().where(MESSAGE_WAITING.c.case_id == case_id))


async def waiting(
    session: AsyncSession, reader: Reader, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Waiting]:
    """Return cases within sight whose reporter waits for words, the oldest first.

    The end of a case answers what was written before it. Cost: the rows of `message_waiting` before the page
    is full, each with its case and its acts by key; the office's next message takes a row away at once, an
    act or the end within the minutes of a sweep.
    """
    of = MESSAGE_WAITING.c
    asked = (
        select(CASE.c.id, CASE.c.tracking_id, CASE.c.unit_id, UNIT.c.name, UNIT.c.zone, of.since)
        .join_from(MESSAGE_WAITING, CASE, CASE.c.id == of.case_id)
        .outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id)
        .where(reader.sees(), ~_is_answered())
        .order_by(of.since, of.case_id)
        .limit(limit)
    )
    if after is not None:
        asked = asked.where(tuple_(of.since, of.case_id) > after)
    return [Waiting(*row) for row in await session.execute(asked)]


async def attachment(
    session: AsyncSession, case_id: UUID, attachment_id: UUID, *, is_public: bool
) -> Attachment | None:
    """Return an attachment of a case, for its reporter one of a public message."""
    asked = _FILES.where(ATTACHMENT.c.case_id == case_id, ATTACHMENT.c.id == attachment_id)
    if is_public:
        asked = asked.join(MESSAGE, MESSAGE.c.id == ATTACHMENT.c.message_id).where(~MESSAGE.c.is_internal)
    row = (await session.execute(asked)).mappings().one_or_none()
    return None if row is None else _attachment(row)


async def same_files(session: AsyncSession, case_id: UUID, reader: Reader) -> list[SameFile]:
    """Return which files of a case came with other cases too, of those within sight, at most `MOST_SAME`."""
    other = ATTACHMENT.alias("other")
    asked = (
        select(ATTACHMENT.c.number, CASE.c.id, CASE.c.tracking_id)
        .join_from(ATTACHMENT, other, other.c.sha256 == ATTACHMENT.c.sha256)
        .join(CASE, CASE.c.id == other.c.case_id)
        .where(ATTACHMENT.c.case_id == case_id, CASE.c.id != case_id, reader.sees())
        .distinct()
        .order_by(ATTACHMENT.c.number, CASE.c.id)
        .limit(MOST_SAME)
    )
    return [SameFile(*row) for row in await session.execute(asked)]


async def unknown_files(session: AsyncSession, names: Sequence[str]) -> list[str]:
    """Return those sha256 names that no metadata row keeps: harmful bytes are not kept, their rows are."""
    given = select(func.unnest(literal(list(names), ARRAY(Text))).column_valued("name"))
    kept = select(STORED_FILE.c.sha256).where(STORED_FILE.c.scan != Scan.INFECTED.value)
    return list(await session.scalars(given.except_(kept)))


async def unseen(session: AsyncSession, after: str, limit: int) -> list[str]:
    """Return names of files that no scanner has looked at, by name."""
    asked = select(STORED_FILE.c.sha256).where(
        STORED_FILE.c.scan.in_((Scan.UNSCANNED.value, Scan.WAITING.value)), STORED_FILE.c.sha256 > after
    )
    return list(await session.scalars(asked.order_by(STORED_FILE.c.sha256).limit(limit)))


async def count_waiting(session: AsyncSession) -> int:
    """Return how many files wait for the scanner, served to nobody."""
    return (await session.scalars(select(func.count()).where(STORED_FILE.c.scan == Scan.WAITING.value))).one()


async def note_scan(session: AsyncSession, sha256: str, scan: Scan) -> None:
    """Note what the scanner said of a file."""
    noted = STORED_FILE.update().where(STORED_FILE.c.sha256 == sha256).values(scan=scan.value)
    await session.execute(noted)


def _message(row: RowMapping, attachments: Sequence[Attachment]) -> Message:
    values = {name: row[name] for name in ("id", "author", "is_internal", "content", "sent_at")}
    return Message(**values, attachments=attachments)


def _attachment(row: RowMapping) -> Attachment:
    file = KeptFile(row["sha256"], row["media_type"], row["size_bytes"], row["extension"], Scan(row["scan"]))
    return Attachment(row["id"], row["number"], file)
