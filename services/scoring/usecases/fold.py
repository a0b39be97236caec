"""Fold a batch of facts: reject, lock, apply, read, count, write, tell.

Cost: a constant number of statements per batch; per record index depth, never all units.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics, tables
from services.scoring.domain import sheets, survey
from services.scoring.domain.counting import CasesMoved, CountedYear, Pinned, count_year
from services.scoring.domain.sheets import UnitYear
from services.scoring.events import FACTS, row
from services.scoring.store import facts, state
from services.scoring.usecases.apply import Applied, Fact, Facts, Standings, apply
from services.scoring.usecases.publish import publish
from services.scoring.usecases.surveys import tell_surveys
from shared.consumer.codec import Received, Rejected
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import ActivityFact, ProgrammeCreated, WorksheetAnswered
from shared.contracts.survey import TallyChanged, ThresholdChanged
from shared.db.overlap import while_running
from shared.instruments.lke import lke_instrument, rule_sets
from shared.kernel import UNASSIGNED_UNIT

YEARLESS = (tables.UnitRow, tables.DeadlineRow)
"""Facts of a unit, whatever the year."""

AT_ONCE = 20
"""Unit years counted before others get their turn: about a millisecond."""


async def fold(
    session: AsyncSession, records: Sequence[Received], *, is_silent: bool = False
) -> Sequence[Rejected]:
    """Apply records of any topics in any order; returns those that cannot be true.

    `is_silent` publishes nothing: a rebuild says only at its end what differs.
    """
    started = time.perf_counter()
    batch, rejected = _sorted_out(records)
    standings = await state.lock(session, _unit_years(batch))
    applied = await apply(session, batch, standings)
    standings |= await state.lock(session, (applied.cases.keys() | applied.shown) - standings.keys())
    pinned = await state.programmes(session, applied.counted())
    counts = await facts.count_cases(session, sorted(applied.cases))
    cases = {key: CasesMoved(counts[key], *event) for key, event in applied.cases.items()}
    years: dict[UnitYear, CountedYear] = {}
    answers = [values for changes in applied.answers.values() for values in changes]
    await while_running(
        facts.replica(tables.AnswerRow).write(session, answers),
        _count(applied, standings, cases, pinned, into=years),
    )
    moved = {key: standings[key] for key in applied.shown}
    moved |= {key: year.standing for key, year in years.items()}
    await state.write_standings(session, moved)
    await publish(session, years, is_silent=is_silent)
    if applied.units:
        await state.touch(session, applied.units)
    if applied.thresholds:
        await tell_surveys(session, applied.thresholds, is_silent=is_silent)
    metrics.RECOMPUTED.inc(len(years))
    metrics.FOLD_SECONDS.observe(time.perf_counter() - started)
    return [*rejected, *applied.conflicts]


def _sorted_out(records: Sequence[Received]) -> tuple[Facts, list[Rejected]]:
    """Return facts by their table, and the records that cannot be true."""
    rejected: list[Rejected] = []
    batch: dict[type[tables.Fact], list[Fact]] = defaultdict(list)
    for received in records:
        reason = fault(received)
        if reason is None:
            batch[FACTS[received.data.topic][0]].append((received, row(received)))
        else:
            rejected.append(Rejected(received, DeadLetterReason(reason)))
    return batch, rejected


def _unit_years(batch: Facts) -> set[UnitYear]:
    """Return the unit years that facts are about.

    A unit's entry, a deadline and a case without a unit are about none.
    """
    return {
        (values["unit_id"], values["year"])
        for table, group in batch.items()
        if table not in YEARLESS
        for _, values in group
        if values["unit_id"] != UNASSIGNED_UNIT
    }


def _count(
    applied: Applied,
    standings: Standings,
    cases: Mapping[UnitYear, CasesMoved],
    pinned: Mapping[UnitYear, Pinned],
    *,
    into: dict[UnitYear, CountedYear],
) -> Iterator[None]:
    """Count every unit's year that was touched, once; yields now and then."""
    for number, key in enumerate(applied.counted(), 1):
        answers = applied.answers.get(key, ())
        into[key] = count_year(key, standings[key], answers, cases.get(key), pinned.get(key))
        if number % AT_ONCE == 0:
            yield


def fault(received: Received) -> str | None:
    """Return why a fact cannot be true, or None.

    A unit or programme that is not known yet is no fault: no order holds between topics.
    """
    data = received.event.data
    judge = _FAULTS.get(data.topic)
    return None if judge is None else judge(data)


def _answer_fault(data: WorksheetAnswered) -> str | None:
    return sheets.fault(data.item_code, data.letter, data.index, data.inputs)


def _activity_fault(data: ActivityFact) -> str | None:
    return None if lke_instrument().is_plan_code(data.indicator_code) else "unknown_indicator"


def _tally_fault(data: TallyChanged) -> str | None:
    return survey.tally_fault(data.regime, data.ipak, data.ipkp)


def _threshold_fault(data: ThresholdChanged) -> str | None:
    entries = [(one.predicate, one.result, one.failed, one.unknown) for one in data.predicates]
    return survey.threshold_fault(data.regime, entries)


def _programme_fault(data: ProgrammeCreated) -> str | None:
    return None if data.rule_set in rule_sets() else "unknown_rule_set"


_FAULTS: Mapping[str, Callable[[Any], str | None]] = {
    WorksheetAnswered.topic: _answer_fault,
    ActivityFact.topic: _activity_fault,
    TallyChanged.topic: _tally_fault,
    ThresholdChanged.topic: _threshold_fault,
    ProgrammeCreated.topic: _programme_fault,
}
"""How a fact is judged, by its topic: asking a model for its class costs as much as half its decoding."""
