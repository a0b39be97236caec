"""Timers of scoring: recompute a sample by other means, measure, and keep the change log short."""

from fractions import Fraction

import structlog
from sqlalchemy import text

from services.scoring import metrics
from services.scoring.domain.feeds import facts_of
from services.scoring.domain.sheets import WRITTEN, Answers, answer_of, layered
from services.scoring.settings import Settings
from services.scoring.store import facts, state
from shared.db import Database
from shared.instruments.lke import rule_sets, score
from shared.jobs import Repeating
from shared.observability.metrics import JOBS_LAST_SUCCESS

log = structlog.get_logger(__name__)

_SAMPLE = text("""
    SELECT unit_id, year, total FROM score WHERE layer = 'effective' ORDER BY random() LIMIT :size
""")
_FACTS = text("""
    SELECT unit_id, year, layer, item_code, letter, index_text, inputs FROM answer
    WHERE (unit_id, year) IN (SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[])))
""")
_GATES = text("""
    SELECT met, count(*) AS units FROM score, unnest(string_to_array(gates_met, ' ')) AS met
    WHERE layer = 'effective' AND year = (SELECT max(year) FROM programme) AND met <> '' GROUP BY met
""")


class Upkeep:
    """Drift probe, gate gauge and pruning, one after the other."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings

    def worker(self) -> Repeating:
        """Return the worker that repeats it."""
        return Repeating("scoring-upkeep", "job", self.step)

    async def step(self) -> float:
        """Do all three once; returns the seconds until the next time."""
        drift = await probe_drift(self._db, self._settings.drift_sample)
        metrics.DRIFT_POINTS.set(float(drift))
        if drift:
            log.error("score_drift", points=str(drift))
        await self._measure()
        async with self._db.transaction() as session:
            await state.prune_changes(session, self._settings.changes_kept)
        JOBS_LAST_SUCCESS.labels("drift").set_to_current_time()
        return self._settings.drift_every_seconds

    async def _measure(self) -> None:
        async with self._db.reading() as session:
            met = {row.met: row.units for row in await session.execute(_GATES)}
        for rules in rule_sets().values():
            for gate in rules.gates:
                units = met.get(f"{gate.predicate}:{gate.code}", 0)
                metrics.GATES.labels(gate.predicate, gate.code).set(units)


async def probe_drift(db: Database, size: int) -> Fraction:
    """Return the largest difference in points between stored totals and a recomputation; must be 0.

    The recomputation reads the fact rows, not the packed sheets, and scores in fractions, not on the hot
    path. One snapshot, so that a batch in flight cannot look like drift.
    """
    async with db.reading() as session:
        sample = (await session.execute(_SAMPLE, {"size": size})).all()
        places = {"units": [row.unit_id for row in sample], "years": [row.year for row in sample]}
        sheets: dict[tuple[str, int], dict[str, Answers]] = {}
        for row in await session.execute(_FACTS, places):
            answer = answer_of(row.letter, row.index_text, row.inputs)
            if answer is not None:
                layers = sheets.setdefault((row.unit_id, row.year), {name: {} for name in WRITTEN})
                layers[row.layer][row.item_code] = answer
        cases = await facts.count_cases(session, [(row.unit_id, row.year) for row in sample])
        worst = Fraction(0)
        for row in sample:
            place = (row.unit_id, row.year)
            answers = layered(sheets.get(place, {}), facts_of(cases[place]))["effective"]
            points = score(answers).total.points or Fraction(0)
            worst = max(worst, abs(points - Fraction(row.total)))
    metrics.DRIFT_CHECKED.inc(len(sample))
    return worst
