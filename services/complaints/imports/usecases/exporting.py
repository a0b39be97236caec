"""Tell another system how the cases stand that it forwarded."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.usecases.queries import reader_of
from services.complaints.channels.domain import Channel
from services.complaints.imports import store
from services.complaints.imports.data import import_rules
from services.complaints.imports.usecases.trying import ImportRefusedError
from shared.kernel import Zone
from shared.security import Principal


async def states(
    session: AsyncSession, actor: Principal, source: str, first: date, last: date
) -> Sequence[RowMapping]:
    """Return the cases within sight that a system forwarded from `first` to `last`, days of WIB.

    Raises `ImportRefusedError` for a period that ends before it begins, and for more than one file holds.
    """
    if last < first:
        raise ImportRefusedError("last", "before_first", "Hari terakhir tidak boleh sebelum hari pertama.")
    most = import_rules().limits.exported_rows
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    found = await store.states(session, await reader_of(session, actor), source, start, end, most + 1)
    if len(found) > most:
        raise ImportRefusedError("last", "too_many", f"Lebih dari {most} perkara; persempit masanya.")
    return found


async def last_import(session: AsyncSession, channel: Channel) -> datetime | None:
    """Return when the last file of a channel's system was taken in for its agency; the probe asks."""
    return await store.last_finished(session, channel.agency_id, [channel.kind])


async def told_of(session: AsyncSession, case_id: UUID) -> Mapping[str, Any] | None:
    """Return what another system says of a case, for who sees it; None for one of our own."""
    told = await store.told_of(session, case_id)
    return None if told is None else {**told, "label": import_rules().sources[told["source"]].label}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=Zone.WIB.tz)
