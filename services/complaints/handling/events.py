"""Evaluations and counts as contracts; what was written in words stays behind."""

from collections.abc import Mapping

from services.complaints.handling.domain.figures import Figures
from services.complaints.handling.store.told import Past, Told
from shared.contracts.complaints import (
    HandlingCounts,
    HandlingEvaluated,
    HandlingFact,
    StatisticsFact,
    StatisticsRecorded,
)

_FACTS: Mapping[Past, tuple[type[HandlingFact | StatisticsFact], str]] = {
    "evaluated": (HandlingEvaluated, "handling_id"),
    "recorded": (StatisticsRecorded, "statistics_id"),
}


def as_told(told: Told) -> HandlingFact | StatisticsFact:
    """Return the fact that says this state."""
    contract, name = _FACTS[told.fact]
    return contract.model_validate({**told.content, name: told.entity_id, "version": told.version})


def counts_in(figures: Figures) -> HandlingCounts:
    """Return the counts of figures as others are told them."""
    median = figures.median_first_response
    return HandlingCounts(
        received=figures.received,
        due=figures.due,
        in_progress=figures.in_progress,
        completed=figures.completed,
        carried_over=figures.carried_over,
        dismissed=figures.dismissed.total(),
        withdrawn=figures.withdrawn,
        closed_by_silence=figures.closed_by_silence,
        late=figures.late,
        first_due=figures.first_due,
        first_in_time=figures.first_in_time,
        standard_breaches=figures.standard_breaches,
        median_first_response_seconds=None if median is None else round(median.total_seconds()),
    )
