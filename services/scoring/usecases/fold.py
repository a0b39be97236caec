"""Fold a batch of facts: keep the newest of each, recount every unit they touch once, say what changed.

Cost: a constant number of statements per batch; per record index depth, never all units.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics, tables
from services.scoring.domain import sheets, survey
from services.scoring.events import FACTS, row
from services.scoring.store import facts, state
from services.scoring.store.state import Standing, UnitYear
from services.scoring.usecases.recount import Recount
from services.scoring.usecases.surveys import tell_surveys
from shared.consumer.codec import Received, Rejected
from shared.consumer.replica import Key, newest
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import ActivityFact, ProgrammeCreated, WorksheetAnswered
from shared.contracts.survey import TallyChanged, ThresholdChanged
from shared.db.overlap import while_running
from shared.instruments.lke import lke_instrument, rule_sets
from shared.kernel import UNASSIGNED_UNIT

SHOWN = (tables.ActivityRow, tables.TallyRow, tables.ThresholdRow)
"""Facts that people see and that earn no points."""

_WORKSHEET = itemgetter("unit_id", "year")
"""What an answer's version counts; other facts count their own."""

Fact = tuple[Received, dict[str, Any]]
"""A record and the row it becomes."""
Standings = Mapping[UnitYear, Standing]


async def fold(
    session: AsyncSession, records: Sequence[Received], *, is_silent: bool = False
) -> Sequence[Rejected]:
    """Apply records of any topics in any order; returns those that cannot be true.

    `is_silent` publishes nothing: a rebuild says only at its end what differs.
    """
    started = time.perf_counter()
    rejected: list[Rejected] = []
    by_table: dict[type[tables.Fact], list[Fact]] = defaultdict(list)
    for received in records:
        reason = fault(received)
        if reason is None:
            by_table[FACTS[received.data.topic][0]].append((received, row(received)))
        else:
            rejected.append(Rejected(received, DeadLetterReason(reason)))
    standings = await state.lock(session, _unit_years(by_table))
    recount = Recount(standings, is_silent)
    thresholds: list[tuple[ThresholdChanged, datetime]] = []
    for table, group in by_table.items():
        replica = facts.replica(table)
        versions, hashes = await _stored(session, table, group, standings)
        counted = _WORKSHEET if table is tables.AnswerRow else replica.key_of
        found, conflicts = newest(group, replica.key_of, versions, hashes, counted=counted)
        rejected += conflicts
        rows = [values for _, values in found.values()]
        if table is tables.AnswerRow:  # nobody else writes a locked worksheet's answers: they can wait
            recount.answers += rows
            applied = list(found.values())
        else:
            written = await replica.upsert(session, rows)
            applied = [found[key] for key in written]
        _count(table, len(applied), len(group) - len(applied) - len(conflicts), len(conflicts))
        if table is tables.ComplaintCaseRow:
            for key, old in written.items():
                received, values = found[key]
                recount.note_case(old, values, (received.event.time, received.event.id))
        elif table is tables.ProgrammeRow:
            recount.touched |= {(values["unit_id"], values["year"]) for _, values in applied}
        elif table is tables.ThresholdRow:
            thresholds = [
                (cast(ThresholdChanged, received.data), received.event.time) for received, _ in applied
            ]
        if table in SHOWN:
            recount.shown |= {(values["unit_id"], values["year"]) for _, values in applied}
            recount.shown |= {place for row in written.values() if (place := _moved_from(row)) is not None}
    await recount.read(session)
    await while_running(facts.replica(tables.AnswerRow).write(session, recount.answers), recount.count())
    await recount.write(session)
    await tell_surveys(session, thresholds, is_silent=is_silent)
    metrics.FOLD_SECONDS.observe(time.perf_counter() - started)
    return rejected


def _unit_years(by_table: Mapping[type[tables.Fact], Sequence[Fact]]) -> set[UnitYear]:
    """Return the unit years that facts are about; a unit's entry and a case without a unit are about none."""
    return {
        (values["unit_id"], values["year"])
        for table, group in by_table.items()
        if table is not tables.UnitRow
        for _, values in group
        if values["unit_id"] != UNASSIGNED_UNIT
    }


def _moved_from(written: Row[Any]) -> UnitYear | None:
    """Return the unit's year that a fact belonged to before, None when there was none."""
    unit_id = getattr(written, "old_unit_id", None)
    return None if unit_id is None else (unit_id, written.old_year)


def fault(received: Received) -> str | None:
    """Return why a fact cannot be true, or None.

    A unit or programme that is not known yet is no fault: no order holds between topics.
    """
    data = received.data
    if isinstance(data, WorksheetAnswered):
        return sheets.fault(data.item_code, data.letter, data.index, data.inputs)
    if isinstance(data, ActivityFact):
        return None if lke_instrument().is_plan_code(data.indicator_code) else "unknown_indicator"
    if isinstance(data, TallyChanged):
        return survey.tally_fault(data.regime, data.ipak, data.ipkp)
    if isinstance(data, ThresholdChanged):
        entries = [(one.predicate, one.result, one.failed, one.unknown) for one in data.predicates]
        return survey.threshold_fault(data.regime, entries)
    if isinstance(data, ProgrammeCreated):
        return None if data.rule_set in rule_sets() else "unknown_rule_set"
    return None


async def _stored(
    session: AsyncSession, table: type[tables.Fact], group: Sequence[Fact], standings: Standings
) -> tuple[dict[Key, int], dict[Key, bytes]]:
    """Return the versions of the facts stored, and the payload hashes under the versions that arrive now.

    Answers are counted by their worksheet: only versions that its standing has reached can be known.
    """
    replica = facts.replica(table)
    rows = [values for _, values in group]
    if table is not tables.AnswerRow:
        found = await replica.known(session, [replica.key_of(values) for values in rows])
        hashes = {(*key, version): payload for key, (version, payload) in found.items()}
    else:
        old = [row for row in rows if row["version"] <= standings[_WORKSHEET(row)].worksheet_version]
        found = await replica.known(session, [replica.key_of(values) for values in old])
        wanted = [(*_WORKSHEET(values), values["version"]) for values in old]
        hashes = dict(await facts.answers_by_version(session, wanted))
    return {key: version for key, (version, _) in found.items()}, hashes


def _count(table: type[tables.Fact], applied: int, stale: int, rejected: int) -> None:
    kind = str(table.__tablename__)
    for outcome, count in (("applied", applied), ("stale", stale), ("rejected", rejected)):
        if count:
            metrics.FACTS.labels(kind, outcome).inc(count)
