"""A campaign: its unit, period and state, its counts, and what its answers say. Exact."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self
from uuid import UUID

from services.survey.domain.release import Released
from shared.instruments.survey import Indices, Instrument, Item, ItemSum, Regime, indices, regimes
from shared.kernel import DomainError, NotFoundError, Zone, display2

DAYS_AFTER_PERIOD = 92
"""A campaign ends so long after its period, or after it was made, at the latest, so that every one ends.

Source: own.
"""
TALLY_PAUSE = timedelta(seconds=0.5)
"""Between two tallies of a campaign: at most two per second, and always the last.

Source: survey.md section 12.
"""


class UnitNotFoundError(NotFoundError):
    """No active unit of that id is known here yet, or none in scope."""

    code = "unit_not_found"


class CampaignOverlapsError(DomainError):
    code = "campaign_overlaps"


class CampaignStateError(DomainError):
    code = "campaign_state"


class CampaignClosedError(DomainError):
    code = "campaign_closed"


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


_PERIOD = re.compile(
    r"(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|S(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months of one year: `2026`, `2026-S1`, `2026-Q3` or `2026-07`."""

    text: str
    year: int
    first_month: int
    last_month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a period; `ValueError` for anything else. Source: PermenPANRB 14/2017 art. 1."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ValueError(text)
        year = int(found["year"])
        if found["quarter"]:
            last = int(found["quarter"]) * 3
            return cls(text, year, last - 2, last)
        if found["half"]:
            last = int(found["half"]) * 6
            return cls(text, year, last - 5, last)
        if found["month"]:
            return cls(text, year, int(found["month"]), int(found["month"]))
        return cls(text, year, 1, 12)

    def latest_end(self, zone: Zone, now: datetime) -> datetime:
        """Return when a campaign of this period that is made now ends at the latest, as a local midnight."""
        after = datetime(self.year + self.last_month // 12, self.last_month % 12 + 1, 1, tzinfo=zone.tz)
        start = max(after, zone.day_start(now).astimezone(zone.tz))
        return start + timedelta(days=DAYS_AFTER_PERIOD)


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    agency_id: str
    name: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Campaign:
    """One survey of one unit. `version` counts its changes from 1, the draft.

    `tally_version` counts published tallies; `n` valid responses, `willing` consents not withdrawn. Of the
    `invited` people `gone` refused or withdrew. `is_erased` when its answers were too few to be kept.
    `tally_told_at` is when its tally was told last, `told_tally` what it said then: only while it says
    something else now, which waits for its turn.
    """

    campaign_id: UUID
    unit: Unit
    regime_id: str
    instrument_version: str
    period: Period
    mode: str
    state: State
    policies: Mapping[str, str]
    excluded_items: tuple[str, ...]
    closes_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    tally_version: int = 0
    n: int = 0
    willing: int = 0
    invited: int = 0
    gone: int = 0
    released: Released = field(default_factory=Released)
    is_erased: bool = False
    tally_told_at: datetime | None = None
    told_tally: Mapping[str, Any] | None = None

    @property
    def regime(self) -> Regime:
        return regimes()[self.regime_id]

    @property
    def instrument(self) -> Instrument:
        found = self.regime.instrument
        if found is None or found.version != self.instrument_version:
            raise LookupError(f"instrument {self.instrument_version} is not in the data of {self.regime_id}")
        return found

    @property
    def items(self) -> tuple[Item, ...]:
        """Items in use: all of them are mandatory."""
        return tuple(item for item in self.instrument.items if item.key not in self.excluded_items)

    @property
    def policy_ids(self) -> list[str]:
        """Name the counting policies behind its numbers, in a fixed order."""
        return [f"{kind}.{choice}" for kind, choice in sorted(self.policies.items())]

    @property
    def more(self) -> int:
        """Return how many of the invited people can still answer."""
        return self.invited - self.gone - self.n

    def indices(self, sums: Mapping[str, ItemSum]) -> Indices:
        """Return what sums say under the campaign's policies; null without answers."""
        return indices(self.regime, self.items, sums, self.policies)

    def released_indices(self) -> Indices:
        """Return the indices of the released answers, the only ones that leave the service.

        With two decimals when they were released after the close: what differs by little shows no more.
        """
        found = self.indices(self.released.sums())
        if not self.released.is_coarse:
            return found
        return replace(
            found, ipak=_coarse(found.ipak), ipkp=_coarse(found.ipkp), ikm=_coarse(found.ikm), ni=None
        )

    @property
    def fact_version(self) -> int:
        """Count of published facts: the draft is none, opening is the first."""
        return self.version - 1

    def may_tell_tally(self, now: datetime) -> bool:
        """Tell whether the pause since the last tally is over; it is when that lies in the future.

        Else a clock that was set back would hold up every tally for as long.
        """
        told_at = self.tally_told_at
        return told_at is None or not now - TALLY_PAUSE < told_at <= now

    def takes_answers(self, now: datetime) -> bool:
        """Tell whether an answer given now counts."""
        return self.state is State.OPEN and now < self.closes_at


def _coarse(value: Fraction | None) -> Fraction | None:
    return None if value is None else Fraction(display2(value))
