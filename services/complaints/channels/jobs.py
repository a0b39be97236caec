"""The timer of probes: leases channels that are due, calls them outside of any transaction, and settles."""

import asyncio
import time

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels import metrics, store
from services.complaints.channels.data import kinds
from services.complaints.channels.domain import Channel, Verdict
from services.complaints.channels.probes import Probes
from services.complaints.channels.usecases import probing
from services.complaints.channels.usecases.probing import LastImport, Leased
from shared.db import Database
from shared.process.jobs import Repeating

AT_ONCE = 4
LOOK_SECONDS = 5.0
COUNT_SECONDS = 60.0
STALL_SECONDS = 300.0
"""Longer than any probe may take."""


async def nothing_imported(_session: AsyncSession, _channel: Channel) -> None:
    """Where nothing is imported people note what they find in the other system."""


class Prober:
    """Probes the channels that are due, a few at once; of several processes each takes other ones."""

    def __init__(self, db: Database, probes: Probes, last_import: LastImport = nothing_imported) -> None:
        self._db = db
        self._probes = probes
        self._last_import = last_import
        self._next_count = 0.0

    def worker(self) -> Repeating:
        """Return the worker that probes."""
        return Repeating("channel_probe", "job", self.step, stall_seconds=STALL_SECONDS)

    async def step(self) -> float:
        """Probe some channels; return the seconds until the next look, 0 while there may be more."""
        if time.monotonic() >= self._next_count:
            await self.look()
            self._next_count = time.monotonic() + COUNT_SECONDS
        due: list[Leased] = []
        while len(due) < AT_ONCE and (one := await self._claim()) is not None:
            due.append(one)
        await asyncio.gather(*(self.probe(one) for one in due))
        return 0.0 if len(due) == AT_ONCE else LOOK_SECONDS

    async def probe(self, one: Leased) -> bool:
        """Probe a leased channel; False when another one has the word by now."""
        verdict = await self._call(one)
        async with self._db.transaction() as session:
            return await probing.settle(session, one, verdict)

    async def look(self) -> None:
        """Show how many channels of each kind are down."""
        async with self._db.reading() as session:
            counted = await store.by_kind(session)
        down: dict[tuple[str, ...], float] = {(kind,): counted.get(kind, (0, 0))[1] for kind in kinds()}
        metrics.CHANNELS_DOWN.set(down)
        metrics.CHANNEL_UP.set({labels: int(count == 0) for labels, count in down.items()})

    async def _claim(self) -> Leased | None:
        async with self._db.transaction() as session:
            return await probing.claim(session)

    async def _call(self, one: Leased) -> Verdict | None:
        if self._probes.calls(one.channel, one.probe):
            return await self._probes.call(one.channel, one.probe)
        async with self._db.reading() as session:
            return await probing.recorded(session, one, self._last_import)
