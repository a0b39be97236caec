"""Repeat what survey judged, per predicate; publish a verdict only when it changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import survey_line
from services.scoring.domain.survey import SurveyStatus
from services.scoring.events import SOURCE, status_changed
from services.scoring.store import state
from shared import outbox
from shared.contracts.scoring import SurveyStatusChanged
from shared.contracts.survey import ThresholdChanged


async def tell_surveys(
    session: AsyncSession, changed: Sequence[tuple[ThresholdChanged, datetime]], *, is_silent: bool = False
) -> None:
    """Write and publish the verdicts that changed, each with the day that survey told with it.

    Two statements for any number of campaigns, and one more for each day. A verdict names counts and no
    index: an index is released apart from it. It has no moment, as nothing has that people move: what one
    person does changes it.
    """
    statuses = [
        SurveyStatus(
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
        for threshold, _ in changed
        for entry in threshold.predicates
    ]
    days = {threshold.campaign_id: day for threshold, day in changed}
    written = await state.write_survey_statuses(session, statuses)
    lines = [
        survey_line(
            (row.unit_id, row.year), days[row.campaign_id], row.predicate, row.result, row.failed.split()
        )
        for row in written
    ]
    await state.write_changes(session, lines)
    if is_silent:
        return
    told: dict[datetime, list[SurveyStatusChanged]] = defaultdict(list)
    for row in written:
        told[days[row.campaign_id]].append(status_changed(row.version, row))
    for day, facts in told.items():
        await outbox.record(session, facts, source=SOURCE, day=day)


async def take_back_indices(session: AsyncSession) -> int:
    """Keep and tell no index in statuses of before survey judged; return how many had one.

    They are exact and cover every answer there was: less the next one of their kind they are one person's.
    """
    blanked = await state.blank_survey_indices(session)
    await outbox.record(session, [status_changed(row.version, row) for row in blanked], source=SOURCE)
    return len(blanked)
