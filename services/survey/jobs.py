"""The timer of survey: forgets what is due, compares sums with a recount, and measures."""

import asyncio
import time

import structlog

from services.survey import metrics
from services.survey.usecases import upkeep
from shared.db import Database
from shared.db.database import is_transient
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.runtime.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

STALL_SECONDS = 120.0
RECOUNT_SECONDS = 300.0
"""A recount reads every response, so it is rarer than the rest."""


class Upkeep:
    """A round every `seconds`. Several replicas may run it: each step can be repeated without effect."""

    name = "survey-upkeep"
    role: WorkerRole = "job"

    def __init__(self, db: Database, *, seconds: float) -> None:
        self._db = db
        self._seconds = seconds
        self._last = time.monotonic()
        self._next_recount = self._last

    def health(self) -> Health:
        """Alive while rounds end, also those that found the database away."""
        is_alive = time.monotonic() - self._last < self._seconds + STALL_SECONDS
        return Health(is_ready=is_alive, is_alive=is_alive)

    async def run(self) -> None:
        """Repeat until cancelled."""
        while True:
            try:
                await self.step()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("job_retried", job=self.name, error=type(error).__name__)
            self._last = time.monotonic()
            await asyncio.sleep(self._seconds)

    async def step(self) -> None:
        """Do one round."""
        async with self._db.transaction() as session:
            await upkeep.forget(session)
        async with self._db.reading() as session:
            willing = await upkeep.willing_by_regime(session)
        for regime, count in willing.items():
            metrics.WILLING.labels(regime).set(count)
        if time.monotonic() >= self._next_recount:
            await self.recount()
            self._next_recount = time.monotonic() + RECOUNT_SECONDS
        JOBS_LAST_SUCCESS.labels("survey_upkeep").set_to_current_time()

    async def recount(self) -> None:
        """Compare the running sums of all campaigns with a recount."""
        async with self._db.reading() as session:
            drift = await upkeep.drift(session)
        metrics.DRIFT.set(drift)
        if drift:
            log.error("sums_differ_from_recount", points=drift)
