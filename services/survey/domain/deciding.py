"""What is told of a campaign's thresholds, and which campaign of a unit's year decides. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Told:
    """The newest event about a campaign's thresholds: its version and its other data."""

    version: int
    fact: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A campaign of a unit's year that was opened under a regime with floors.

    `has_months` tells whether its period is as long as its regime asks, `has_people` whether the minima of
    willing people and of answers are reached.
    """

    campaign_id: UUID
    has_months: bool
    has_people: bool
    months: int
    last_month: int


def deciding(candidates: Sequence[Candidate]) -> UUID | None:
    """Return the campaign that decides, None without any.

    A period long enough comes before a shorter one, enough people before too few, more months before fewer,
    and only then the later period: a campaign that has just begun takes nothing over. An index from outside
    would come before all; none can be entered yet. Source: survey.md section 4, own.
    """
    best = max(
        candidates,
        key=lambda one: (one.has_months, one.has_people, one.months, one.last_month, one.campaign_id),
        default=None,
    )
    return None if best is None else best.campaign_id
