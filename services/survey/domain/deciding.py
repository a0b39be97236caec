"""What is told of a campaign's thresholds, and which campaign of a unit's year decides. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ToldThresholds:
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

    One with enough people in a period long enough comes first, then enough people, a period long enough, more
    months, and only then the later period: a campaign that has just begun takes nothing over. An index from
    outside would come before all; none can be entered yet. Source: survey.md section 4, own.
    """
    best = max(candidates, key=_rank, default=None)
    return None if best is None else best.campaign_id


def _rank(one: Candidate) -> tuple[bool, bool, bool, int, int, UUID]:
    is_whole = one.has_months and one.has_people
    return (is_whole, one.has_people, one.has_months, one.months, one.last_month, one.campaign_id)
