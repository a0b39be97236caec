"""Probe channels by lease: who holds the lease that stands in the row has the word, and nobody else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels import store
from services.complaints.channels.data import kinds, probe_rules
from services.complaints.channels.domain import Channel, ChannelKind, Probe, Verdict, verdict_of_record
from services.complaints.channels.usecases.outages import take
from services.complaints.deadlines.events import SOURCE
from shared.db.clock import database_now
from shared.kernel import new_id
from shared.recording import record

LastImport = Callable[[AsyncSession, Channel], Awaitable[datetime | None]]
"""Tells when cases last came in by an import; None where nothing is imported, so that people note it."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A channel that this process may probe until its lease runs out.

    Whoever changes what is probed, or closes it, takes the lease away: a verdict is of what stands.
    """

    channel: Channel
    kind: ChannelKind
    probe: Probe
    lease: UUID


async def claim(session: AsyncSession) -> Leased | None:
    """Lease the channel whose probe is due the longest; None when none is due."""
    lease, now = new_id(), await database_now(session)
    found = await store.claim(session, lease, now, probe_rules().lease_seconds)
    channel = None if found is None else await store.leased(session, found)
    if channel is None or (probe := kinds()[channel.kind].probe) is None:
        return None
    return Leased(channel, kinds()[channel.kind], probe, lease)


async def recorded(session: AsyncSession, one: Leased, last_import: LastImport) -> Verdict | None:
    """Return what people, or the last import, say of a channel now; None where nobody had to say it yet."""
    now, since = await database_now(session), await store.entered_at(session, one.channel.id)
    if one.kind.max_age_days is None or since is None:
        return None
    imported = await last_import(session, one.channel) if one.probe == "import" else None
    last = (imported, True) if imported is not None else await store.last_record(session, one.channel.id)
    return verdict_of_record(last, since, now, one.kind.max_age_days)


async def settle(session: AsyncSession, one: Leased, verdict: Verdict | None) -> bool:
    """Keep what a probe found, and tell an outage that begins or ends; False when the lease is another's.

    Without a verdict the channel stays as it was and is probed again at its time.
    """
    locked = await store.locked(session, one.channel.id)
    if locked is None or not await store.holds(session, one.channel.id, one.lease):
        return False
    found, told = locked
    now, rules = await database_now(session), probe_rules()
    if verdict is None:
        next_at = now + rules.pause(one.probe, failures=0)
        await store.keep_watch(session, one.channel.id, found.watch, next_at)
        return True
    failures = 0 if verdict.is_ok else found.watch.failures + 1
    next_at = now + rules.pause(one.probe, failures=failures)
    facts = await take(session, found, told, verdict, now, next_at)
    await store.sweep_checks(session, one.channel.id, now - timedelta(days=rules.kept_days))
    if facts:
        await record(
            session,
            None,
            "probe_channel",
            source=SOURCE,
            entity="channel",
            entity_id=one.channel.id,
            facts=facts,
            version=found.channel.version,
            changes={"kind": one.channel.kind, "reason": verdict.reason},
            at=now,
        )
    return True
