"""Numbers and names of the stages that a regulation or an agency's practice gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.planning.stages.domain.assessors import AssessorRole
from services.planning.stages.domain.stage import Window
from services.planning.stages.domain.windows import Days


@dataclass(frozen=True, slots=True)
class Practice:
    """What is data: who ends each round of TPI, limits, who is checked before TPI, known last days.

    `unit_minutes` bounds the minutes planned for one unit, `team_units` the units of one team in a year.
    `last_days` are month and day by window, for years in which nothing was announced.
    """

    tpi_rounds: tuple[frozenset[AssessorRole], ...]
    team_units: int
    unit_minutes: int
    agency_types: tuple[str, ...]
    preliminary_types: frozenset[str]
    last_days: Mapping[Window, tuple[int, int]]

    def default_days(self, window: Window, year: int) -> Days:
        """Return the days of a window that nobody announced: open at the ends that no rule names."""
        found = self.last_days.get(window)
        return Days() if found is None else Days(closes_on=date(year, *found))
