"""The timers of survey: one closes, follows and forgets what is due, recounts sums; one tells tallies."""

import time

import structlog

from services.survey import metrics
from services.survey.domain.campaign import TALLY_PAUSE
from services.survey.usecases import campaigns, telling, upkeep
from shared.db import Database
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

LONGEST_SECONDS = 120.0
RECOUNT_SECONDS = 300.0
"""A recount reads every response, so it is rarer than the rest."""
LOOK_SECONDS = TALLY_PAUSE.total_seconds()
"""As long as a tally may have to wait: one is seen while it does or when it is over, and told on time."""


class Upkeep:
    """A round every `seconds`. Several replicas may run it: each step can be repeated without effect."""

    def __init__(self, db: Database, *, seconds: float) -> None:
        self._db = db
        self._seconds = seconds
        self._next_recount = time.monotonic()

    def worker(self) -> Repeating:
        """Return the worker that does the rounds."""
        return Repeating("survey_upkeep", "job", self.step, stall_seconds=LONGEST_SECONDS)

    async def step(self) -> float:
        """Do one round; returns the seconds until the next."""
        async with self._db.transaction() as session:
            closed = await campaigns.close_due(session)
        if closed:
            log.info("campaigns_closed", count=closed)
        async with self._db.transaction() as session:
            await upkeep.note_finished(session)
        async with self._db.transaction() as session:
            taken_back = await upkeep.take_back_overdue(session)
        if taken_back:
            log.info("figures_taken_back", campaigns=taken_back)
        async with self._db.transaction() as session:
            await upkeep.tell_untold(session)
        async with self._db.transaction() as session:
            await upkeep.forget(session)
        async with self._db.reading() as session:
            willing = await upkeep.willing_by_regime(session)
        for regime, count in willing.items():
            metrics.WILLING.labels(regime).set(count)
        if time.monotonic() >= self._next_recount:
            await self.recount()
            self._next_recount = time.monotonic() + RECOUNT_SECONDS
        return self._seconds

    async def recount(self) -> None:
        """Compare the running sums of all campaigns with a recount."""
        async with self._db.reading() as session:
            drift = await upkeep.drift(session)
        metrics.DRIFT.set(drift)
        if drift:
            log.error("sums_differ_from_recount", points=drift)


class Tallies:
    """Tells the tallies that wait for their turn. Several replicas may run it: each is told once."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def worker(self) -> Repeating:
        """Return the worker that looks for them; scoring waits for what it tells."""
        return Repeating("survey_tallies", "worker", self.step)

    async def step(self) -> float:
        """Tell some of what is due; returns the seconds until the next look."""
        async with self._db.looking() as session:
            pause = await telling.seconds_to_next(session)
        if pause is None or pause > 0:
            return LOOK_SECONDS if pause is None else min(pause, LOOK_SECONDS)
        async with self._db.transaction() as session:
            told = await telling.tell_waiting(session)
        return 0.0 if told else LOOK_SECONDS
