"""The end of a rebuild: take over the versions of our own events, then publish only what differs.

Source: reliability.md section 3, rule 6.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.sheets import layered, unpack
from services.scoring.events import SOURCE, score_changed, status_changed
from services.scoring.store import rebuilding as store
from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, ScoreChanged, SurveyStatusChanged
from shared.instruments.lke import Totals, rule_set, rule_set_for_year, totals

Known = Mapping[str, EventData]
"""The newest of our own events by the entity it is about."""
Own = TypeVar("Own", ScoreChanged, SurveyStatusChanged)


async def take_over(session: AsyncSession, known: Known) -> list[EventData]:
    """Set versions after what the topics carry; record and return the events that say something new.

    A survey verdict that only our own topic holds (told before survey published its thresholds) is entered
    as it was told, so that the next one gets the version after it.
    """
    await store.forget_notices(session)
    scores = await store.scores(session)
    versions = [_after(score_changed(1, row), known) for row in scores]
    await store.set_scores(
        session,
        [
            (event.unit_id, event.year, event.layer, event.version, event.worksheet_version)
            for event, _ in versions
        ],
    )
    gates = list(_gates(scores, known))
    await store.replace_gates(session, [_gate_row(event) for event, _ in gates])
    statuses = await store.statuses(session)
    judged = [_after(status_changed(row), known) for row in statuses]
    await store.set_statuses(
        session,
        [
            (
                event.campaign_id,
                event.predicate,
                event.version,
                event.n,
                event.willing,
                event.ipak,
                event.ipkp,
                " ".join(event.policy_ids),
            )
            for event, _ in judged
        ],
    )
    told = {event.subject() for event, _ in judged}
    await store.put_statuses(
        session,
        [
            (
                event.campaign_id,
                event.predicate,
                event.unit_id,
                event.year,
                event.result,
                " ".join(event.failed),
                event.version,
                event.n,
                event.willing,
                event.ipak,
                event.ipkp,
                " ".join(event.policy_ids),
            )
            for event in known.values()
            if isinstance(event, SurveyStatusChanged) and event.subject() not in told
        ],
    )
    news = [event for event, is_new in [*versions, *gates, *judged] if is_new]
    await outbox.record(session, news, source=SOURCE)
    return news


async def take_over_gate(session: AsyncSession, told: GateChanged, floor: int) -> list[EventData] | None:
    """Enter a gate that only the topic knows; returns its event when it stands otherwise here.

    None when the unit's year has no score.
    """
    rows = await store.scores(session, told.unit_id, told.year)
    found = [pair for pair in _gates(rows, {told.subject(): told}) if pair[0].subject() == told.subject()]
    for event, is_news in found:
        gate = event.model_copy(update={"version": floor + is_news})
        await store.put_gates(session, [_gate_row(gate)])
        return [gate] if is_news else []
    return None


def _after(event: Own, known: Known) -> tuple[Own, bool]:
    """Return the event as the topic has it, or with the version after that, and whether it is news there."""
    before = known.get(event.subject())
    if not isinstance(before, type(event)):
        return event.model_copy(update={"version": 1}), True
    if _meaning(before) == _meaning(event):
        return before, False
    return event.model_copy(update={"version": before.version + 1}), True


def _meaning(event: EventData) -> dict[str, Any]:
    """What makes an event news: all but versions, and what only goes along with a survey verdict."""
    apart = {"version", "worksheet_version"}
    if isinstance(event, SurveyStatusChanged):
        apart |= {"n", "willing", "ipak", "ipkp", "policy_ids"}
    return event.model_dump(exclude=apart)


def _gates(scores: Iterable[Row[Any]], known: Known) -> Iterable[tuple[GateChanged, bool]]:
    """Return the gates that flipped at least once, as the topic has them or as they are now."""
    for row in scores:
        if row.layer != "effective":
            continue
        met = set(row.gates_met.split())
        rules = rule_set(row.rule_set or rule_set_for_year(row.year))
        counted: Totals | None = None
        for gate in rules.gates:
            now = _gate(row, gate.predicate, gate.code, is_met=f"{gate.predicate}:{gate.code}" in met)
            before = known.get(now.subject())
            if isinstance(before, GateChanged) and before.is_met == now.is_met:
                yield before, False
            elif before is not None or now.is_met:
                version = 1 if before is None else before.version + 1
                counted = counted or _totals(row)
                value = sum((counted.points(part) for part in gate.basis), Fraction(0))
                measured = {"version": version, "value": str(value), "minimum": str(gate.minimum)}
                yield now.model_copy(update=measured), True


def _gate(row: Row[Any], predicate: Any, code: str, *, is_met: bool) -> GateChanged:
    return GateChanged(
        unit_id=row.unit_id,
        version=1,
        year=row.year,
        layer="effective",
        predicate=predicate,
        gate=code,
        is_met=is_met,
        value="0",
        minimum="0",
    )


def _totals(row: Row[Any]) -> Totals:
    """Count the unit's sheets, as its gates are measured by."""
    live = unpack(row.live).get("live")
    return totals(layered(unpack(row.sheets), live)["effective"])


def _gate_row(event: GateChanged) -> store.Values:
    return (
        event.unit_id,
        event.year,
        event.predicate,
        event.gate,
        event.is_met,
        event.value,
        event.minimum,
        event.version,
    )
