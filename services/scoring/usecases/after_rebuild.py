"""The end of a rebuild: adopt the versions of our own events, then publish only what differs.

Source: reliability.md section 3, rule 6.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.pinning import pinned
from services.scoring.domain.precedence import layered_cells
from services.scoring.domain.scores import flip, gate_name
from services.scoring.domain.sheets import load
from services.scoring.events import SOURCE, gate_changed, moment_of, score_changed, status_changed
from services.scoring.store import history
from services.scoring.store import rebuilding as store
from services.scoring.tables import GateRow, ScoreRow, SurveyStatusRow
from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, ScoreChanged, SurveyStatusChanged
from shared.instruments.lke import totals_of_cells

Known = Mapping[str, EventData]
"""The newest of our own events by the entity it is about."""
Own = TypeVar("Own", ScoreChanged, GateChanged, SurveyStatusChanged)
_BESIDE: Mapping[type[EventData], set[str]] = {
    ScoreChanged: {"worksheet_version", *ScoreChanged.beside},
    GateChanged: {"value", "minimum"},
    SurveyStatusChanged: {"n", "willing", "ipak", "ipkp", "policy_ids"},
}


async def adopt_versions(session: AsyncSession, known: Known) -> list[EventData]:
    """Set versions after what the topics carry; record and return the events that say something new.

    A survey verdict that only our own topic holds (told before survey published its thresholds) is entered
    as it was told, so that the next one gets the version after it.
    """
    await store.forget_notices(session)
    scores = await store.scores(session)
    versions = [_after(score_changed(1, row), known) for row in scores]
    await store.set_told(session, ScoreRow, [_row(event) for event, _ in versions])
    gates = list(_gates(scores, known))
    await store.replace_gates(session, [_row(event) for event, _ in gates])
    judged = [_after(status_changed(1, row), known) for row in await store.statuses(session)]
    await store.set_told(session, SurveyStatusRow, [_row(event) for event, _ in judged])
    told = {event.subject() for event, _ in judged}
    rest = [
        one for one in known.values() if isinstance(one, SurveyStatusChanged) and one.subject() not in told
    ]
    await store.put(session, SurveyStatusRow, [_row(event) for event in rest])
    news = [event for event, is_new in [*versions, *gates, *judged] if is_new]
    now = datetime.now(UTC)
    await history.keep(session, [moment_of(one, now) for one in news if isinstance(one, ScoreChanged)])
    await outbox.record(session, news, source=SOURCE, at=now)
    return news


async def enter_gate(session: AsyncSession, told: GateChanged, floor: int) -> list[EventData] | None:
    """Enter a gate that only the topic knows; returns its event when it stands otherwise here.

    None when the unit's year has no score.
    """
    rows = await store.scores(session, told.unit_id, told.year)
    found = [pair for pair in _gates(rows, {told.subject(): told}) if pair[0].subject() == told.subject()]
    for event, is_news in found:
        gate = event.model_copy(update={"version": floor + is_news})
        await store.put(session, GateRow, [_row(gate)])
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
    """What makes an event news: all but its version and what only goes along with it."""
    return event.model_dump(exclude={"version"} | _BESIDE[type(event)])


def _gates(scores: Iterable[Row[Any]], known: Known) -> Iterable[tuple[GateChanged, bool]]:
    """Return the gates that flipped at least once, as the topic has them or as they are now."""
    for row in scores:
        if row.layer != "effective":
            continue
        live = load(row.live).get("live")
        _, rules, policies = pinned(row.year, row.pinned_edition, row.rule_set, row.policies)
        totals = totals_of_cells(layered_cells(load(row.sheets), live)["effective"], policies)
        for gate in rules.gates:
            is_met = gate_name(gate.predicate, gate.code) in row.gates_met
            event = gate_changed(1, flip((row.unit_id, row.year), gate, totals, is_met=is_met))
            if is_met or event.subject() in known:
                yield _after(event, known)


def _row(event: EventData) -> store.Values:
    """Return the row that an event tells; several names stand in one text."""
    values = event.model_dump(exclude=set(event.beside)).items()
    return {name: " ".join(value) if isinstance(value, list) else value for name, value in values}
