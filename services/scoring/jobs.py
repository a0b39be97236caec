"""Timers of scoring: recompute a sample by other means, measure, and keep the change log short."""

import time
from fractions import Fraction

import structlog

from services.scoring import metrics
from services.scoring.domain.scores import gate_name
from services.scoring.settings import Settings
from services.scoring.store import board, recompute, state
from services.scoring.usecases.measure import AT_ONCE, measure_gates
from services.scoring.usecases.surveys import take_back_indices
from shared.db import Database
from shared.instruments.lke import rule_set, rule_sets
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

TOLERANCE = Fraction(1, 10**9)
"""Decimals of SQL's divisions end somewhere; a real drift is a share of a point."""

PRUNE_SECONDS = 3600.0
"""Pruning ranks every line of the change log, so it is rarer than the rest."""


class Upkeep:
    """Drift probe, gate gauge, indices to take back and pruning, one after the other."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._next_prune = time.monotonic()

    def worker(self) -> Repeating:
        """Return the worker that repeats it."""
        return Repeating("scoring_upkeep", "job", self.step)

    async def step(self) -> float:
        """Do what is due; returns the seconds until the next time."""
        drift = await probe_drift(self._db, self._settings.drift_sample)
        metrics.DRIFT_POINTS.set(float(drift))
        if drift:
            log.error("score_drift", points=str(drift))
        await self._measure()
        async with self._db.transaction() as session:
            await take_back_indices(session)
        await self._measure_old()
        if time.monotonic() >= self._next_prune:
            async with self._db.transaction() as session:
                await state.prune_changes(session, self._settings.changes_kept)
            self._next_prune = time.monotonic() + PRUNE_SECONDS
        return self._settings.drift_every_seconds

    async def _measure_old(self) -> None:
        """Measure what was counted by a release before this one; one empty look afterwards."""
        found = AT_ONCE
        while found == AT_ONCE:
            async with self._db.transaction() as session:
                found = await measure_gates(session)

    async def _measure(self) -> None:
        async with self._db.reading() as session:
            met = await board.units_by_gate(session)
            used = await board.rule_sets_in_use(session)
        metrics.GATES.clear()  # a gate that nobody is measured by any longer is not met by nobody
        for rules in [rule_set(one) for one in used] or rule_sets().values():
            for gate in rules.gates:
                units = met.get(gate_name(gate.predicate, gate.code), 0)
                metrics.GATES.labels(gate.predicate, gate.code).set(units)


async def probe_drift(db: Database, size: int) -> Fraction:
    """Return the largest difference in points between stored totals and SQL's; 0 unless beyond 1e-9.

    One snapshot, so that a batch in flight cannot look like drift.
    """
    async with db.reading() as session:
        sample = await recompute.effective_totals(session, size)
    metrics.DRIFT_CHECKED.inc(len(sample))
    differences = (abs(Fraction(row.stored) - Fraction(row.recomputed)) for row in sample)
    return max((drift for drift in differences if drift > TOLERANCE), default=Fraction(0))
