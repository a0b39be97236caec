"""Repeat what survey judged, per predicate; publish a verdict only when it changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.events import SOURCE, status_changed
from services.scoring.store import state
from services.scoring.store.state import change
from shared import outbox
from shared.contracts.survey import ThresholdChanged


async def tell_surveys(
    session: AsyncSession, changed: Sequence[ThresholdChanged], *, is_silent: bool = False
) -> None:
    """Write and publish the verdicts that changed; two statements for any number of campaigns.

    A verdict names counts and no index: an index is released apart from it.
    """
    rows = [
        (
            threshold.campaign_id,
            entry.predicate,
            threshold.unit_id,
            threshold.year,
            entry.result,
            " ".join(entry.failed),
            threshold.finished,
            threshold.willing,
            " ".join(threshold.policy_ids),
        )
        for threshold in changed
        for entry in threshold.predicates
    ]
    written = await state.write_survey_statuses(session, rows)
    lines = [
        change(
            (row.unit_id, row.year),
            datetime.now(UTC),
            "survei",
            None,
            "survey",
            {"predicate": row.predicate, "result": row.result, "failed": row.failed.split()},
        )
        for row in written
    ]
    await state.write_changes(session, lines)
    if not is_silent:
        await outbox.record(session, list(map(status_changed, written)), source=SOURCE)
