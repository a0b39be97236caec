"""Recount the unit years a batch touched: read what that needs, count each once, write what came out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics
from services.scoring.domain.feeds import CaseCounts
from services.scoring.store import facts, state
from services.scoring.store.state import Change, Standing, UnitYear
from services.scoring.usecases.counting import AnswerValues, CountedYear, count_year
from services.scoring.usecases.publish import Why, answer_lines, complaint_lines, publish
from shared.kernel import UNASSIGNED_UNIT

AT_ONCE = 20
"""Unit years counted before others get their turn: about a millisecond."""


@dataclass(slots=True)
class Recount:
    """What a batch touched. `read`, `count` and `write` follow each other; each unit's year is counted once.

    `standings` are those the batch locked. `shown` are unit years in which something moved that people see
    and that earns no points.
    """

    standings: dict[UnitYear, Standing]
    is_silent: bool = False
    answers: list[AnswerValues] = field(default_factory=list)
    touched: set[UnitYear] = field(default_factory=set)
    shown: set[UnitYear] = field(default_factory=set)
    case_years: dict[UnitYear, Why] = field(default_factory=dict)
    _pinned: Mapping[UnitYear, tuple[str, str]] = field(default_factory=dict)
    _cases: Mapping[UnitYear, CaseCounts] = field(default_factory=dict)
    _years: dict[UnitYear, CountedYear] = field(default_factory=dict)
    _lines: list[Change] = field(default_factory=list)

    def note_case(self, written: Row[Any], values: Mapping[str, Any], why: Why) -> None:
        """Note the unit years whose complaint counts may have changed, also where a case moved away.

        Cases whose unit nobody knows yet wait: they are nobody's score.
        """
        for place in ((values["unit_id"], values["year"]), (written.old_unit_id, written.old_year)):
            if place[0] not in (None, UNASSIGNED_UNIT):
                self.case_years[place] = why

    async def read(self, session: AsyncSession) -> None:
        """Read what counting needs; locks the unit years that facts moved away from."""
        if moved_from := (self.case_years.keys() | self.shown) - self.standings.keys():
            self.standings |= await state.lock(session, moved_from)
        self._pinned = await state.programmes(session, self._dirty())
        self._cases = await facts.count_cases(session, sorted(self.case_years))

    def count(self) -> Iterator[None]:
        """Count every unit's year that was touched, without the database; yields now and then."""
        by_year: dict[UnitYear, list[AnswerValues]] = {}
        for values in self.answers:
            by_year.setdefault((values["unit_id"], values["year"]), []).append(values)
        for number, place in enumerate(self._dirty(), 1):
            changes, old = by_year.get(place, []), self.standings[place]
            year = count_year(place, old, changes, self._cases.get(place), self._pinned.get(place))
            self._years[place] = year
            self._lines += answer_lines(place, changes, year)
            if place in self.case_years:
                self._lines += complaint_lines(place, self.case_years[place], old, year)
            if number % AT_ONCE == 0:
                yield

    async def write(self, session: AsyncSession) -> None:
        """Write standings, scores, gates and changes, and publish each only when it changed."""
        years = self._years
        standings = {place: self.standings[place] for place in self.shown}
        standings |= {place: year.standing for place, year in years.items()}
        await state.write_standings(session, standings)
        await publish(session, years, self._lines, is_silent=self.is_silent)
        metrics.RECOMPUTED.inc(len(years))

    def _dirty(self) -> list[UnitYear]:
        answered = {(values["unit_id"], values["year"]) for values in self.answers}
        return sorted(answered | self.touched | self.case_years.keys())
