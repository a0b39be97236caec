"""The end of a rebuild: take over the versions of our own events, then publish only what differs.

Source: reliability.md section 3, rule 6.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.sheets import layered, unpack
from services.scoring.store import takeover as store
from services.scoring.usecases.publish import SOURCE
from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, ScoreChanged, SurveyStatusChanged
from shared.instruments.lke import RuleSet, rule_set, rule_set_for_year, totals

Known = Mapping[str, EventData]
"""The newest of our own events by the entity it is about."""


async def take_over(session: AsyncSession, known: Known) -> list[EventData]:
    """Set versions after what the topics carry; record and return the events that say something new."""
    await store.forget_notices(session)
    scores = await store.scores(session)
    made: list[EventData] = [_score(row) for row in scores]
    versions = [_after(event, known) for event in made]
    await store.set_scores(
        session,
        [
            (event.unit_id, row.year, row.layer, event.version)
            for row, (event, _) in zip(scores, versions, strict=True)
        ],
    )
    gates = list(_gates(scores, known))
    await store.replace_gates(session, [_gate_row(event) for event, _ in gates])
    statuses = await store.statuses(session)
    judged = [_after(_status(row), known) for row in statuses]
    await store.set_statuses(
        session,
        [
            (row.campaign_id, row.predicate, event.version)
            for row, (event, _) in zip(statuses, judged, strict=True)
        ],
    )
    news = [event for event, is_new in [*versions, *gates, *judged] if is_new]
    await outbox.record(session, news, source=SOURCE)
    return news


def _after(event: EventData, known: Known) -> tuple[EventData, bool]:
    """Return the event with its right version, and whether it says something the topic does not."""
    before = known.get(event.subject())
    if before is None:
        return event, True
    is_same = _meaning(before) == _meaning(event)
    return event.model_copy(update={"version": before.version + (not is_same)}), not is_same


def _meaning(event: EventData) -> dict[str, Any]:
    """What makes an event news: all but versions, and the counts that go along with a survey verdict."""
    apart = {"version", "worksheet_version"}
    if isinstance(event, SurveyStatusChanged):
        apart |= {"n", "willing", "ipak", "ipkp"}
    return event.model_dump(exclude=apart)


def _score(row: Row[Any]) -> ScoreChanged:
    return ScoreChanged(
        unit_id=row.unit_id,
        version=1,
        year=row.year,
        layer=row.layer,
        edition=row.edition,
        total=row.total,
        upper=row.upper,
        answered=row.answered,
        items=row.items,
        worksheet_version=row.worksheet_version,
    )


def _status(row: Row[Any]) -> SurveyStatusChanged:
    return SurveyStatusChanged(
        unit_id=row.unit_id,
        version=1,
        year=row.year,
        campaign_id=row.campaign_id,
        predicate=row.predicate,
        result=row.result,
        failed=row.failed.split(),
        n=row.n,
        willing=row.willing,
        ipak=row.ipak,
        ipkp=row.ipkp,
    )


def _gates(scores: Iterable[Row[Any]], known: Known) -> Iterable[tuple[GateChanged, bool]]:
    """Return the gates that flipped at least once, as the topic has them or as they are now."""
    for row in scores:
        if row.layer != "effective":
            continue
        met = set(row.gates_met.split())
        rules = rule_set(row.rule_set or rule_set_for_year(row.year))
        for gate in rules.gates:
            now = _gate(row, gate.predicate, gate.code, is_met=f"{gate.predicate}:{gate.code}" in met)
            before = known.get(now.subject())
            if isinstance(before, GateChanged) and before.is_met == now.is_met:
                yield before, False
            elif before is not None or now.is_met:
                version = 1 if before is None else before.version + 1
                yield _measured(now, row, rules).model_copy(update={"version": version}), True


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


def _measured(event: GateChanged, row: Row[Any], rules: RuleSet) -> GateChanged:
    """Return the event with the gate's value and minimum, counted from the unit's sheets."""
    live = unpack(row.live).get("live")
    counted = totals(layered(unpack(row.sheets), live)["effective"])
    gate = next(g for g in rules.gates if (g.predicate, g.code) == (event.predicate, event.gate))
    value = sum((counted.points(code) for code in gate.basis), Fraction(0))
    return event.model_copy(update={"value": str(value), "minimum": str(gate.minimum)})


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
