"""Series whose values are read from the database: every replica shows the same, and no kill loses one.

Before the first reading there is no series: a 0 that nobody counted would be believed by whoever scrapes a
process that has just started, and "none" and "not known yet" are two answers. Sum over replicas would count
each case once per replica: use `max`.
"""

import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeVar

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from shared.observability.metrics import CATALOGUE, Metric

T = TypeVar("T")
Labels = tuple[str, ...]


class _Reading(Collector, Generic[T]):
    """What all of them have in common; `T` is what a set of label values has."""

    def __init__(self, name: str, kind: str, description: str, labels: Labels = ()) -> None:
        self.name = name
        self._description = description
        self._labels = labels
        self._values: Mapping[Labels, T] = {}
        CATALOGUE.append(Metric(name, kind, labels, description))
        REGISTRY.register(self)

    def set(self, values: Mapping[Labels, T]) -> None:
        """Show these series and no others."""
        self._values = dict(values)

    def collect(self) -> Iterator[Family]:
        """Give the series to Prometheus."""
        yield self._family()

    @abstractmethod
    def _family(self) -> Family:
        """Return the series under their name."""


class Reading(_Reading[float]):
    """A gauge, or a counter whose values a ledger keeps."""

    def __init__(
        self,
        name: str,
        description: str,
        labels: Labels = (),
        kind: Literal["gauge", "counter"] = "gauge",
    ) -> None:
        self._kind = kind
        super().__init__(name, kind, description, labels)

    def set_one(self, value: float | None) -> None:
        """Show the one value of a series without labels; None when nobody knows it yet."""
        self.set({} if value is None else {(): value})

    def _family(self) -> Family:
        family = (
            CounterMetricFamily(self.name.removesuffix("_total"), self._description, labels=self._labels)
            if self._kind == "counter"
            else GaugeMetricFamily(self.name, self._description, labels=self._labels)
        )
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        return family


class Age(Reading):
    """Seconds since something last happened: it goes on growing when nobody looks any more."""

    def __init__(
        self, name: str, description: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._read_at = 0.0
        super().__init__(name, description)

    def set(self, values: Mapping[Labels, float]) -> None:
        """Show these ages, counted on from now."""
        self._read_at = self._monotonic()
        super().set(values)

    def _family(self) -> Family:
        family = GaugeMetricFamily(self.name, self._description)
        for value in self._values.values():
            family.add_metric((), value + self._monotonic() - self._read_at)
        return family


class Distribution(_Reading[tuple[Sequence[int], float]]):
    """A histogram: per set of labels how many lie within each bound, and at all, and their sum."""

    def __init__(self, name: str, description: str, buckets: Sequence[float], labels: Labels = ()) -> None:
        self.buckets = buckets
        super().__init__(name, "histogram", description, labels)

    def _family(self) -> Family:
        family = HistogramMetricFamily(self.name, self._description, labels=self._labels)
        bounds = [*map(str, self.buckets), "+Inf"]
        for labels, (counts, total) in self._values.items():
            within = [(bound, float(count)) for bound, count in zip(bounds, counts, strict=True)]
            family.add_metric(labels, within, total)
        return family
