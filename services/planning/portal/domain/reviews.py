"""The agency's review of a unit in the portal, mirrored: what packages, pulls and people make of it.

Nothing here is set by hand but what a person says: a review is pending until somebody says `sesuai` of a unit
that was pulled, and again as soon as the unit is pulled once more or a further package names it otherwise.
Source: portalrb.md, Freezing and review reset.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from shared.kernel import DomainError


class ReviewState(StrEnum):
    """Pending, or found in order by the agency."""

    PENDING = "pending"
    SESUAI = "sesuai"


class ReviewCause(StrEnum):
    """Why it stands so: nobody pulled it yet, it was pulled, it is named otherwise, a person said so."""

    NEW = "new"
    PULLED = "pulled"
    RENAMED = "renamed"
    SAID = "said"


class UnpulledError(DomainError):
    """Only what the portal has pulled can be found in order there."""

    code: ClassVar[str] = "portal_unpulled"


@dataclass(frozen=True, slots=True)
class PackagedName:
    """A unit as one version of a package names it."""

    version: int
    frozen_at: datetime
    name: str
    is_affirmation: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said last of a unit's review: the `number`-th word, after that many pulls."""

    number: int
    version: int
    pulls: int
    state: ReviewState
    said_by: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Pulls:
    """How often a unit was pulled with success, and when last."""

    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A unit's review as it stands; `said_by` where a person said so.

    `version` grows with every package, pull and word, so that nobody speaks of what they have not seen.
    """

    state: ReviewState
    cause: ReviewCause
    since: datetime
    said_by: str | None
    version: int
    pulls: int
    last_pull_at: datetime | None


def review_of(names: Sequence[PackagedName], pulls: Pulls | None, said: Said | None) -> Review:
    """Return how a unit's review stands.

    `names` are the packages that hold it, by version, one at least; `pulls` is None before the first.
    """
    times = 0 if pulls is None else pulls.times
    last_at = None if pulls is None else pulls.last_at
    version = names[-1].version + times + (0 if said is None else said.number)

    def stands(state: ReviewState, cause: ReviewCause, since: datetime, by: str | None = None) -> Review:
        return Review(state, cause, since, by, version, times, last_at)

    if said is not None:
        renamed = _renamed(names, said)
        if times == said.pulls and (renamed is None or said.state is ReviewState.PENDING):
            return stands(said.state, ReviewCause.SAID, said.said_at, said.said_by)
        if renamed is not None and (times == said.pulls or (last_at and last_at < renamed.frozen_at)):
            return stands(ReviewState.PENDING, ReviewCause.RENAMED, renamed.frozen_at)
    if last_at is not None:
        return stands(ReviewState.PENDING, ReviewCause.PULLED, last_at)
    return stands(ReviewState.PENDING, ReviewCause.NEW, names[0].frozen_at)


def _renamed(names: Sequence[PackagedName], said: Said) -> PackagedName | None:
    """Return the first package after what was said that names the unit otherwise than the one before it."""
    before: PackagedName | None = None
    for one in names:
        if one.version > said.version and before is not None and not is_named_alike(one, before):
            return one
        before = one
    return None


def is_named_alike(one: PackagedName, other: PackagedName) -> bool:
    """Tell whether the portal would keep a review: it looks at `nama` and `afirmasi` alone."""
    return (one.name, one.is_affirmation) == (other.name, other.is_affirmation)


def names_in(packages: Iterable[tuple[int, datetime, Mapping[str, Any]]]) -> Mapping[str, list[PackagedName]]:
    """Return how units are named, by unit, of the parts `proposal` of packages by version."""
    found: dict[str, list[PackagedName]] = {}
    for version, frozen_at, proposal in packages:
        for unit in proposal["units"]:
            named = PackagedName(version, frozen_at, unit["nama"], unit["afirmasi"])
            found.setdefault(unit["id"], []).append(named)
    return MappingProxyType(found)
