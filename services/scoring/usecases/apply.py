"""Apply a batch of facts: keep the newest of each, and say which unit years that touches, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics, tables
from services.scoring.domain.sheets import Standing, UnitYear
from services.scoring.store import facts
from services.scoring.usecases.answers import new_answers
from shared.consumer.codec import Received, Rejected
from shared.consumer.replica import newest
from shared.contracts.survey import ThresholdChanged
from shared.kernel import UNASSIGNED_UNIT

SHOWN = (
    tables.ActivityRow,
    tables.StageRow,
    tables.CandidacyRow,
    tables.TallyRow,
    tables.ThresholdRow,
)
"""Facts that people see and that earn no points."""

_UNIT_YEAR = itemgetter("unit_id", "year")

Fact = tuple[Received, dict[str, Any]]
"""A record and the row it becomes."""
Facts = Mapping[type[tables.Fact], Sequence[Fact]]
"""The facts of a batch by their table."""
Standings = Mapping[UnitYear, Standing]


@dataclass(slots=True)
class Applied:
    """What a batch changed, by unit year.

    `answers` rise by version and are not written yet. `cases` names the event that last moved one. In `shown`
    something moved that people see and that earns no points; `units` are those of a moved deadline, whatever
    the year.
    """

    answers: dict[UnitYear, list[Received]] = field(default_factory=dict)
    programmes: set[UnitYear] = field(default_factory=set)
    cases: dict[UnitYear, tuple[datetime, UUID]] = field(default_factory=dict)
    shown: set[UnitYear] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    thresholds: list[tuple[ThresholdChanged, datetime]] = field(default_factory=list)
    conflicts: list[Rejected] = field(default_factory=list)

    def counted(self) -> list[UnitYear]:
        """Return the unit years whose points may have moved."""
        return sorted(self.answers.keys() | self.programmes | self.cases.keys())

    def add_deadlines(self, written: Sequence[tuple[Mapping[str, Any], Row[Any]]]) -> None:
        """Note the units whose deadlines moved, also those that a case left with its clocks."""
        for values, old in written:
            self.units |= {values["unit_id"], old.old_unit_id} - {None, UNASSIGNED_UNIT}

    def add_case(self, fact: Fact, moved_from: UnitYear | None) -> None:
        """Note the unit years whose complaint counts may have changed, also where a case moved away.

        Cases whose unit nobody knows yet wait: they are nobody's score.
        """
        received, values = fact
        for unit_year in (_UNIT_YEAR(values), moved_from):
            if unit_year is not None and unit_year[0] != UNASSIGNED_UNIT:
                self.cases[unit_year] = (received.time, UUID(received.id))


async def apply(
    session: AsyncSession, batch: Facts, answers: Sequence[Received], standings: Standings
) -> Applied:
    """Write the facts that are newer than what is stored; answers are left to the caller.

    Nobody else writes the answers of a locked worksheet: they can wait.
    """
    applied = Applied()
    applied.answers, applied.conflicts = await new_answers(session, answers, standings)
    new = sum(map(len, applied.answers.values()))
    _measure("answer", new, len(answers) - new - len(applied.conflicts), len(applied.conflicts))
    for table, group in batch.items():
        replica = facts.replica(table)
        stored = await replica.known(session, [replica.key_of(values) for _, values in group])
        versions = {key: version for key, (version, _) in stored.items()}
        hashes = {(*key, version): payload for key, (version, payload) in stored.items()}
        found, conflicts = newest(group, replica.key_of, versions, hashes)
        written = await replica.upsert(session, [values for _, values in found.values()])
        if table is tables.DeadlineRow:
            applied.add_deadlines([(found[key][1], old) for key, old in written.items()])
        else:
            _note(applied, table, [(found[key], _moved_from(old)) for key, old in written.items()])
        applied.conflicts += conflicts
        _measure(
            str(table.__tablename__), len(written), len(group) - len(written) - len(conflicts), len(conflicts)
        )
    return applied


def _note(
    applied: Applied, table: type[tables.Fact], written: Sequence[tuple[Fact, UnitYear | None]]
) -> None:
    for fact, moved_from in written:
        received, values = fact
        if table is tables.ComplaintCaseRow:
            applied.add_case(fact, moved_from)
        elif table is tables.ProgrammeRow:
            applied.programmes.add(_UNIT_YEAR(values))
        elif table in SHOWN:
            applied.shown |= {_UNIT_YEAR(values), moved_from or _UNIT_YEAR(values)}
        if table is tables.ThresholdRow:
            applied.thresholds.append((cast(ThresholdChanged, received.data), received.time))


def _moved_from(written: Row[Any]) -> UnitYear | None:
    """Return the unit's year that a fact belonged to before, None when there was none."""
    unit_id = getattr(written, "old_unit_id", None)
    return None if unit_id is None else (unit_id, written.old_year)


def _measure(kind: str, applied: int, stale: int, rejected: int) -> None:
    for outcome, count in (("applied", applied), ("stale", stale), ("rejected", rejected)):
        if count:
            metrics.FACTS.labels(kind, outcome).inc(count)
