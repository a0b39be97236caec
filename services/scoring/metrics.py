"""Metrics of the scoring service."""

from services.scoring.events import FACTS as KINDS
from shared.kernel import PREDICATES
from shared.observability.metrics import counter, gauge, histogram

GATES = gauge(
    "zi_scoring_gates",
    "Units whose effective score meets the gate, in the newest programme year",
    {"predicate": PREDICATES, "gate": ()},
)
DRIFT_POINTS = gauge(
    "zi_scoring_drift_points",
    "Largest difference in points between a stored score and its independent recomputation; must be 0",
)
DRIFT_CHECKED = counter("zi_scoring_drift_checked_total", "Scores recomputed by the drift probe")
FACTS = counter(
    "zi_scoring_facts_total",
    "Facts folded, by fact table and outcome",
    {
        "kind": tuple(str(table.__tablename__) for table, _ in KINDS.values()),
        "outcome": ("applied", "stale", "rejected"),
    },
)
RECOMPUTED = counter("zi_scoring_recomputed_total", "Unit years recomputed")
FOLD_SECONDS = histogram(
    "zi_scoring_fold_seconds",
    "Seconds of one batch of facts, without its commit",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
