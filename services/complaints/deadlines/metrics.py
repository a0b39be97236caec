"""Prometheus objects of deadlines. Breaches are read from the ledger."""

from collections.abc import Iterator, Mapping

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from services.complaints.deadlines.data import shipped_policies
from services.complaints.deadlines.domain import policy
from services.complaints.deadlines.domain.clock_trust import HOLDS
from shared.observability.metrics import CATALOGUE, Metric, gauge, histogram

KINDS = sorted(policy.KINDS)
RULES = shipped_policies().ids


class LedgerCounter(Collector):
    """A counter whose values a ledger keeps: every replica shows the same, and no kill loses one.

    Sum over replicas would count each breach once per replica: use `max`.
    """

    def __init__(self, name: str, description: str, labels: tuple[str, ...]) -> None:
        self._name = name
        self._description = description
        self._labels = labels
        self._values: Mapping[tuple[str, ...], int] = {}
        CATALOGUE.append(Metric(name, "counter", labels, description))
        REGISTRY.register(self)

    def set(self, values: Mapping[tuple[str, ...], int]) -> None:
        """Show what the ledger says now."""
        self._values = dict(values)

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the series to Prometheus."""
        family = CounterMetricFamily(
            self._name.removesuffix("_total"), self._description, labels=self._labels
        )
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        yield family


BREACHES = LedgerCounter(
    "zi_complaints_breaches_total",
    "Clocks that ran out, by case kind and rule; read from the ledger, aggregate with max",
    ("kind", "rule"),
)
BREACHES.set({(kind, rule): 0 for kind in KINDS for rule in RULES})
CASES_OVERDUE = gauge(
    "zi_complaints_cases_overdue", "Open cases with a breached clock of an officer", {"kind": KINDS}
)
OLDEST_DUE = gauge(
    "zi_complaints_oldest_due_unfired_seconds", "Age of the oldest rung that is due and has not fired"
)
FIRE_LAG = histogram(
    "zi_complaints_deadline_fire_lag_seconds",
    "Seconds from due time to the breach's event",
    buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0),
)
ENGINE_HELD = gauge(
    "zi_complaints_engine_held",
    "1 while this process neither fires nor lets anybody act, as it mistrusts a clock, by reason",
    {"reason": HOLDS},
)
CANARY_AGE = gauge("zi_complaints_canary_age_seconds", "Seconds since this replica's canary clock last fired")
CLOCKS_PUT_ASIDE = gauge(
    "zi_complaints_clocks_put_aside", "Due clocks that this replica cannot fire, to be tried again"
)
WORK_PUT_ASIDE = gauge(
    "zi_complaints_work_put_aside", "What the engine owes cases and failed to do, to be tried again"
)
DUE_MISMATCHES = gauge(
    "zi_complaints_due_audit_mismatches", "Running clocks whose due time the last audit computed otherwise"
)
CALENDAR_CONFIRMED = gauge(
    "zi_complaints_calendar_confirmed_days", "Days until the last year with a holiday decree ends"
)
PROVISIONAL = gauge(
    "zi_complaints_provisional_clocks", "Running clocks that reach into a year without a confirmed calendar"
)
