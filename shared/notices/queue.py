"""Queue notices, in the transaction of the command that they tell of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.arrays import Columns
from shared.db.clock import database_now
from shared.kernel import Zone, is_storable, is_subject, new_id
from shared.notices.catalogue import Catalogue

LONGEST_KEY = 200

_ROWS = Columns(
    notice_id="uuid", recipient="text", key="text", template="text", data="jsonb", rhythm="text", zone="text",
    queued_at="timestamptz", due_at="timestamptz", expires_at="timestamptz",
)  # fmt: skip
_INSERT = text(f"{_ROWS.insert('notice')} ON CONFLICT (recipient, key) DO NOTHING RETURNING notice_id")


@dataclass(frozen=True, slots=True)
class Notice:
    """What one recipient is to be told.

    `recipient` is an opaque name that the post's address book knows, such as the subject of a log-in.
    `key` names the occasion: the same key tells the same recipient once, however often it is queued.
    `data` is what the template asks for, JSON without anything personal. `zone` decides quiet hours.
    After `expires_at` (aware) it is dropped instead of sent.
    """

    recipient: str
    key: str
    template: str
    zone: Zone
    data: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


async def put(session: AsyncSession, catalogue: Catalogue, notices: Sequence[Notice]) -> int:
    """Queue notices and return how many are new; one statement for any number.

    Each is due by the rhythm of its template and the database's clock. Raises `ValueError` for a key,
    recipient or template that cannot be: faults of the caller's code.
    """
    for notice in notices:
        _check(catalogue, notice)
    if not notices:
        return 0
    now = await database_now(session)
    # In one order, so that two transactions never wait for each other's keys.
    rows = [_row(catalogue, one, now) for one in sorted(notices, key=lambda one: (one.recipient, one.key))]
    return len((await session.execute(_INSERT, _ROWS.of(rows))).all())


def _check(catalogue: Catalogue, notice: Notice) -> None:
    if notice.template not in catalogue.templates:
        raise ValueError(f"there is no template {notice.template}")
    if not is_subject(notice.recipient):
        raise ValueError(
            f"the recipient of {notice.template} is no name of 1 to 255 visible ASCII characters"
        )
    if not 0 < len(notice.key) <= LONGEST_KEY or not is_storable(notice.key):
        raise ValueError(f"the key of {notice.template} does not have 1 to {LONGEST_KEY} storable characters")


def _row(catalogue: Catalogue, notice: Notice, now: datetime) -> tuple[Any, ...]:
    rhythm = catalogue.rhythm_of(notice.template)
    return (
        new_id(),
        notice.recipient,
        notice.key,
        notice.template,
        orjson.dumps(dict(notice.data)).decode(),
        rhythm.name,
        notice.zone.value,
        now,
        rhythm.due(now, notice.zone),
        notice.expires_at,
    )
