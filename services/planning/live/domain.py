"""Live answers of a unit's year and the entities behind them, for the worksheet and for who hands it in.

The fold itself is the instrument's; scoring computes the same. Source: lke.md section 10.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shared.instruments.lke import (
    ActivityFeed,
    Answer,
    CaseCounts,
    Feed,
    FeedKind,
    Progress,
    SurveyFeed,
    Told,
    feeds,
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that a service told of: its id, the version that is known, and when that was told."""

    entity_id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Campaign(Entity):
    """A survey campaign; `has_figures` once figures of it are released."""

    regime: str
    period: str
    has_figures: bool


@dataclass(frozen=True, slots=True)
class Step(Entity):
    """An activity of the work plan that is due or done."""

    is_done: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is known of a unit's year: cases by stream and `counts_as`, campaigns, activities."""

    cases: Mapping[tuple[str, str], Sequence[Entity]]
    campaigns: Sequence[Campaign]
    steps: Sequence[Step]

    def told(self) -> Told:
        """Return what the fold counts."""
        counts: CaseCounts = {key: len(found) for key, found in self.cases.items()}
        periods: dict[str, set[str]] = {}
        for one in self.campaigns:
            periods.setdefault(one.regime, set()).update([one.period] if one.has_figures else [])
        progress = Progress(len(self.steps), sum(step.is_done for step in self.steps))
        return Told(counts, {regime: len(found) for regime, found in periods.items()}, progress)

    def behind(self, feed: Feed) -> Iterable[Entity]:
        """Return the entities that an item's answer rests on."""
        if isinstance(feed, SurveyFeed):
            return [one for one in self.campaigns if one.regime in feed.regimes]
        if isinstance(feed, ActivityFeed):
            return self.steps
        return [one for key in feed.counted() for one in self.cases.get(key, ())]


class Sum(NamedTuple):
    """How many things of a kind count, and when the newest of all of them was told."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known of a unit's year in figures, however many things it came from.

    Cases by stream and `counts_as`, periods with released figures by regime, activities that are due or done
    (None for none) and how many of them are done.
    """

    cases: Mapping[tuple[str, str], Sum]
    periods: Mapping[str, Sum]
    steps: Sum | None
    done: int

    def told(self) -> Told:
        """Return what the fold counts."""
        return Told(
            {key: found.number for key, found in self.cases.items()},
            {regime: found.number for regime, found in self.periods.items()},
            Progress(0 if self.steps is None else self.steps.number, self.done),
        )

    def behind(self, feed: Feed) -> Iterable[Sum]:
        """Return the figures that an item's answer rests on."""
        if isinstance(feed, SurveyFeed):
            return [found for regime, found in self.periods.items() if regime in feed.regimes]
        if isinstance(feed, ActivityFeed):
            return [] if self.steps is None else [self.steps]
        return [self.cases[key] for key in feed.counted() if key in self.cases]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """What an item's facts answer, and when the newest of them was told.

    A fact counts in the layers live and effective; a proposal gives no points until a person accepts it.
    """

    item_code: str
    kind: FeedKind
    answer: Answer
    at: datetime

    @property
    def is_fact(self) -> bool:
        return self.kind == "fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer(ShownAnswer):
    """A live answer with the `versions` of all that it rests on, by entity."""

    versions: Mapping[str, int]


def shown_answers(sums: Sums) -> dict[str, ShownAnswer]:
    """Return the live answers by item, facts and proposals."""
    told = sums.told()
    return {
        code: ShownAnswer(
            item_code=code, kind=feed.kind, answer=answer, at=max(one.at for one in sums.behind(feed))
        )
        for code, feed in feeds().items()
        if (answer := feed.answer(told)) is not None
    }


def answers_of(heard: Heard) -> dict[str, LiveAnswer]:
    """Return the live answers by item, facts and proposals, with the versions behind each."""
    told = heard.told()
    found = {}
    for code, feed in feeds().items():
        answer = feed.answer(told)
        if answer is not None:
            behind = list(heard.behind(feed))
            versions = {one.entity_id: one.version for one in behind}
            found[code] = LiveAnswer(
                item_code=code,
                kind=feed.kind,
                answer=answer,
                versions=versions,
                at=max(one.at for one in behind),
            )
    return found
