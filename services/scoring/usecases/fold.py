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
from services.scoring.domain.counting import CasesMoved, CountedYear, count_year
from services.scoring.domain.pinning import Pinned
from services.scoring.domain.sheets import UnitYear
from services.scoring.events import FACTS, row
from services.scoring.store import facts, journal, state
from services.scoring.usecases.apply import Applied, Fact, Facts, Standings, apply
from services.scoring.usecases.publish import publish
from services.scoring.usecases.surveys import tell_surveys
from shared.consumer.codec import Received, Rejected
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import ActivityFact, ProgrammeCreated, WorksheetAnswered
from shared.contracts.survey import TallyChanged, ThresholdChanged
from shared.db.overlap import while_running
from shared.instruments.lke import lke_instrument, policy_sets, rule_sets
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
    batch, answers, rejected = _sorted_out(records)
    standings = await state.lock(session, _unit_years(batch, answers))
    applied = await apply(session, batch, answers, standings)
    standings |= await state.lock(session, (applied.cases.keys() | applied.shown) - standings.keys())
    pinned = await state.programmes(session, applied.counted())
    counts = await facts.count_cases(session, sorted(applied.cases))
    cases = {key: CasesMoved(counts[key], *event) for key, event in applied.cases.items()}
    years: dict[UnitYear, CountedYear] = {}
    await while_running(
        _journal(session, applied, standings), _count(applied, standings, cases, pinned, into=years)
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


async def _journal(session: AsyncSession, applied: Applied, standings: Standings) -> None:
    """Write the answers, and merge the years that have been written often."""
    often = [key for key in applied.answers if (standings[key].writes + 1) % journal.MERGED_AFTER == 0]
    await journal.merge(session, often)
    await journal.write(session, applied.answers)


def _sorted_out(records: Sequence[Received]) -> tuple[Facts, list[Received], list[Rejected]]:
    """Return facts by their table, answers, and the records that cannot be true."""
    rejected: list[Rejected] = []
    answers: list[Received] = []
    batch: dict[type[tables.Fact], list[Fact]] = defaultdict(list)
    certain = sheets.certain()
    for received in records:
        fact = received.fact
        if (
            received.contract is WorksheetAnswered
            and (fact.item_code, fact.letter) in certain
            and fact.index is None
            and fact.inputs is None
        ):
            answers.append(received)
            continue
        reason = fault(received)
        if reason is not None:
            rejected.append(Rejected(received, DeadLetterReason(reason)))
        elif received.contract is WorksheetAnswered:
            answers.append(received)
        else:
            batch[FACTS[received.contract.topic][0]].append((received, row(received)))
    return batch, answers, rejected


def _unit_years(batch: Facts, answers: Sequence[Received]) -> set[UnitYear]:
    """Return the unit years that facts are about.

    A unit's entry, a deadline and a case without a unit are about none.
    """
    found = {(one.fact.unit_id, one.fact.year) for one in answers}
    return found | {
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
    judge = _FAULTS.get(received.contract.topic)
    return None if judge is None else judge(received.fact)


def is_judged(topic: str) -> bool:
    """Tell whether facts of a topic may be such that cannot be true."""
    return topic in _FAULTS


def _threshold_fault(fact: ThresholdChanged) -> str | None:
    entries = [(one.predicate, one.result, one.failed, one.unknown) for one in fact.predicates]
    return survey.threshold_fault(fact.regime, entries)


def _programme_fault(fact: ProgrammeCreated) -> str | None:
    if fact.rule_set not in rule_sets():
        return "unknown_rule_set"
    return None if fact.policies is None or fact.policies in policy_sets() else "unknown_policies"


_FAULTS: Mapping[str, Callable[[Any], str | None]] = {
    WorksheetAnswered.topic: lambda fact: sheets.fault(fact.item_code, fact.letter, fact.index, fact.inputs),
    ActivityFact.topic: lambda fact: (
        None if lke_instrument().is_plan_code(fact.indicator_code) else "unknown_indicator"
    ),
    TallyChanged.topic: lambda fact: survey.tally_fault(fact.regime, fact.ipak, fact.ipkp),
    ThresholdChanged.topic: _threshold_fault,
    ProgrammeCreated.topic: _programme_fault,
}
"""Topic -> what is asked of its facts."""
