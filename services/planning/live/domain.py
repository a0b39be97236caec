"""Live answers of a unit's year and the entities behind them, for the worksheet and for who hands it in.

The fold itself is the instrument's; scoring computes the same. Source: lke.md section 10.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from shared.instruments.lke import (
    ActivityFeed,
    Answer,
    CaseCounts,
    DesignationFeed,
    EvaluationFeed,
    Feed,
    FeedKind,
    Progress,
    ReviewFeed,
    SurveyFeed,
    Told,
    feeds,
)

ProofKind = Literal["evaluation", "designation", "review"]


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
class Proof(Entity):
    """An evaluation of a stream, a decree in force for a stream, or a review of the map of conflicts.

    `told` is the period that was evaluated or reviewed, and whom a decree serves: the unit or its agency.
    """

    kind: ProofKind
    stream: str | None
    told: str


@dataclass(frozen=True, slots=True)
class Proofs:
    """What handling proved in a unit's year, one by one: there are few of them."""

    found: Sequence[Proof] = ()

    def told(self, kind: ProofKind) -> dict[str, set[str]]:
        """Return what is told of each stream by proofs of a kind."""
        by_stream: dict[str, set[str]] = {}
        for one in self.found:
            if one.kind == kind and one.stream is not None:
                by_stream.setdefault(one.stream, set()).add(one.told)
        return by_stream

    @property
    def reviews(self) -> int:
        """How often the map of conflicts was reviewed."""
        return sum(one.kind == "review" for one in self.found)

    def behind(self, feed: EvaluationFeed | DesignationFeed | ReviewFeed) -> list[Proof]:
        """Return the proofs that an item's answer rests on."""
        if isinstance(feed, ReviewFeed):
            return [one for one in self.found if one.kind == "review"]
        kind = "evaluation" if isinstance(feed, EvaluationFeed) else "designation"
        return [one for one in self.found if one.kind == kind and one.stream == feed.stream]


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is known of a unit's year: cases by stream and `counts_as`, campaigns, activities, proofs."""

    cases: Mapping[tuple[str, str], Sequence[Entity]]
    campaigns: Sequence[Campaign]
    steps: Sequence[Step]
    proofs: Proofs = Proofs()

    def told(self) -> Told:
        """Return what the fold counts."""
        counts: CaseCounts = {key: len(found) for key, found in self.cases.items()}
        periods: dict[str, set[str]] = {}
        for one in self.campaigns:
            periods.setdefault(one.regime, set()).update([one.period] if one.has_figures else [])
        progress = Progress(len(self.steps), sum(step.is_done for step in self.steps))
        regimes = {regime: len(found) for regime, found in periods.items()}
        return _told(counts, regimes, progress, self.proofs)

    def behind(self, feed: Feed) -> Iterable[Entity]:
        """Return the entities that an item's answer rests on."""
        if isinstance(feed, SurveyFeed):
            return [one for one in self.campaigns if one.regime in feed.regimes]
        if isinstance(feed, ActivityFeed):
            return self.steps
        if isinstance(feed, EvaluationFeed | DesignationFeed | ReviewFeed):
            return self.proofs.behind(feed)
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
    proofs: Proofs = Proofs()

    def told(self) -> Told:
        """Return what the fold counts."""
        return _told(
            {key: found.number for key, found in self.cases.items()},
            {regime: found.number for regime, found in self.periods.items()},
            Progress(0 if self.steps is None else self.steps.number, self.done),
            self.proofs,
        )

    def behind(self, feed: Feed) -> Iterable[Sum | Proof]:
        """Return the figures that an item's answer rests on."""
        if isinstance(feed, SurveyFeed):
            return [found for regime, found in self.periods.items() if regime in feed.regimes]
        if isinstance(feed, ActivityFeed):
            return [] if self.steps is None else [self.steps]
        if isinstance(feed, EvaluationFeed | DesignationFeed | ReviewFeed):
            return self.proofs.behind(feed)
        return [self.cases[key] for key in feed.counted() if key in self.cases]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """What an item's facts answer, and when the newest of them was told.

    A fact counts in the layers live and effective; a proposal gives no points until a person accepts it, who
    looks at what `check` says first. `proofs` are what it rests on where handling proved it.
    """

    item_code: str
    kind: FeedKind
    answer: Answer
    at: datetime
    check: str = ""
    proofs: Sequence[Proof] = ()

    @property
    def is_fact(self) -> bool:
        return self.kind == "fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer(ShownAnswer):
    """A live answer with the `versions` of all that it rests on, by entity."""

    versions: Mapping[str, int]


def _told(cases: CaseCounts, periods: Mapping[str, int], progress: Progress, proofs: Proofs) -> Told:
    evaluated, designated = proofs.told("evaluation"), proofs.told("designation")
    return Told(cases, periods, progress, evaluated, designated, proofs.reviews)


def shown_answers(sums: Sums) -> dict[str, ShownAnswer]:
    """Return the live answers by item, facts and proposals."""
    told = sums.told()
    found = {}
    for code, feed in feeds().items():
        answer = feed.answer(told)
        if answer is not None:
            behind = list(sums.behind(feed))
            found[code] = ShownAnswer(
                item_code=code,
                kind=feed.kind,
                answer=answer,
                at=max(one.at for one in behind),
                check=feed.check,
                proofs=tuple(one for one in behind if isinstance(one, Proof)),
            )
    return found


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
                check=feed.check,
                proofs=tuple(one for one in behind if isinstance(one, Proof)),
            )
    return found
