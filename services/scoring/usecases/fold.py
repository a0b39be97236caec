"""Fold a batch of facts: keep the newest of each, recount every unit they touch once, say what changed.

Cost: a constant number of statements per batch; per record index depth, never all units.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics, tables
from services.scoring.domain import sheets, survey
from services.scoring.events import FACTS, row
from services.scoring.store import facts
from services.scoring.usecases.recount import AnswerChange, Recount
from services.scoring.usecases.surveys import judge_surveys
from shared.consumer import Received, Rejected
from shared.contracts.planning import ActivityFact, ProgrammeCreated, WorksheetAnswered
from shared.contracts.survey import TallyChanged
from shared.instruments.lke import lke_instrument, rule_sets

PAYLOAD_CONFLICT = "payload_conflict"
"""Another payload under a version that is known already."""

Newest = dict[facts.Key, tuple[Received, dict[str, Any]]]


async def fold(
    session: AsyncSession, records: Sequence[Received], *, is_silent: bool = False
) -> Sequence[Rejected]:
    """Apply records of any topics in any order; returns those that cannot be true.

    `is_silent` publishes nothing: a rebuild says only at its end what differs.
    """
    started = time.perf_counter()
    rejected: list[Rejected] = []
    by_table: dict[type[tables.Fact], list[Received]] = defaultdict(list)
    for received in records:
        reason = fault(received)
        if reason is None:
            by_table[FACTS[received.data.topic][0]].append(received)
        else:
            rejected.append(Rejected(received, reason))
    recount = Recount(is_silent)
    tallies: list[Received] = []
    for table, group in by_table.items():
        newest, conflicts = await _without_conflicts(session, table, group)
        rejected += conflicts
        written = await facts.upsert(session, table, [values for _, values in newest.values()])
        applied = {key: newest[key] for key in written}
        _count(table, len(applied), len(group) - len(applied) - len(conflicts), len(conflicts))
        if table is tables.AnswerRow:
            recount.answers += [AnswerChange(received, values) for received, values in applied.values()]
        elif table is tables.ComplaintCaseRow:
            recount.note_cases(written, applied)
        elif table is tables.ProgrammeRow:
            recount.touched |= {(values["unit_id"], values["year"]) for _, values in applied.values()}
        elif table is tables.TallyRow:
            tallies = [received for received, _ in applied.values()]
        if table in (tables.ActivityRow, tables.TallyRow):
            recount.shown |= {(values["unit_id"], values["year"]) for _, values in applied.values()}
    await recount.run(session)
    await judge_surveys(session, tallies, is_silent=is_silent)
    metrics.FOLD_SECONDS.observe(time.perf_counter() - started)
    return rejected


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
        return survey.fault(data.regime, data.ipak, data.ipkp)
    if isinstance(data, ProgrammeCreated):
        return None if data.rule_set in rule_sets() else "unknown_rule_set"
    return None


async def _without_conflicts(
    session: AsyncSession, table: type[tables.Fact], group: Sequence[Received]
) -> tuple[Newest, list[Rejected]]:
    """Return the newest row per key, and the records whose version is known with another payload."""
    keys = facts.key_columns(table)
    rows = [(received, row(received)) for received in group]
    stored = await _stored_hashes(session, table, keys, rows)
    newest: Newest = {}
    rejected: list[Rejected] = []
    for received, values in rows:
        version_key = _version_key(table, keys, values)
        known_hash = stored.setdefault(version_key, values["payload_hash"])
        if known_hash != values["payload_hash"]:
            rejected.append(Rejected(received, PAYLOAD_CONFLICT))
            continue
        key = tuple(values[name] for name in keys)
        if key not in newest or values["version"] > newest[key][1]["version"]:
            newest[key] = (received, values)
    return newest, rejected


def _version_key(table: type[tables.Fact], keys: Sequence[str], values: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a version counts: for answers the worksheet, else the fact itself."""
    if table is tables.AnswerRow:
        return (values["unit_id"], values["year"], values["version"])
    return (*(values[name] for name in keys), values["version"])


async def _stored_hashes(
    session: AsyncSession,
    table: type[tables.Fact],
    keys: Sequence[str],
    rows: Sequence[tuple[Received, dict[str, Any]]],
) -> dict[tuple[Any, ...], bytes]:
    """Return the payload hashes stored under the versions that arrive now; one statement."""
    if table is tables.AnswerRow:
        wanted = [cast("tuple[str, int, int]", _version_key(table, keys, values)) for _, values in rows]
        return dict(await facts.answers_by_version(session, wanted))
    found = await facts.known(session, table, [tuple(values[name] for name in keys) for _, values in rows])
    return {(*key, version): payload for key, (version, payload) in found.items()}


def _count(table: type[tables.Fact], applied: int, stale: int, rejected: int) -> None:
    kind = str(table.__tablename__)
    for outcome, count in (("applied", applied), ("stale", stale), ("rejected", rejected)):
        if count:
            metrics.FACTS.labels(kind, outcome).inc(count)
