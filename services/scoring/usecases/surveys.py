"""Judge the surveys whose tallies changed, per predicate; publish a verdict only when it changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.survey import Tally, statuses
from services.scoring.store import state
from services.scoring.store.state import change
from shared import outbox
from shared.consumer import Received
from shared.contracts.scoring import SurveyStatusChanged
from shared.contracts.survey import TallyChanged


async def judge_surveys(
    session: AsyncSession, changed: Sequence[Received], *, is_silent: bool = False
) -> None:
    """Compare each tally with the thresholds of both predicates; two statements for any number of tallies."""
    tallies = {tally.campaign_id: tally for tally in map(_tally, changed)}
    rows = [
        (tally.campaign_id, predicate, tally.unit_id, tally.year, status.result, " ".join(status.failed))
        for tally in tallies.values()
        for predicate, status in statuses(tally).items()
    ]
    written = await state.write_survey_statuses(session, rows)
    events, lines = [], []
    for row in written:
        tally = tallies[row.campaign_id]
        failed = row.failed.split()
        events.append(
            SurveyStatusChanged(
                unit_id=row.unit_id,
                version=row.version,
                year=row.year,
                campaign_id=row.campaign_id,
                predicate=row.predicate,
                result=row.result,
                failed=failed,
                n=tally.n,
                willing=tally.willing,
                ipak=None if tally.ipak is None else str(tally.ipak),
                ipkp=None if tally.ipkp is None else str(tally.ipkp),
            )
        )
        detail = {"predicate": row.predicate, "result": row.result, "failed": failed}
        lines.append(change((row.unit_id, row.year), datetime.now(UTC), "survei", None, "survey", detail))
    await state.write_changes(session, lines)
    if not is_silent:
        await outbox.record(session, events, source="zi/scoring")


def _tally(received: Received) -> Tally:
    data = received.data
    assert isinstance(data, TallyChanged)  # noqa: S101 - the fold sorts facts by table
    return Tally(
        campaign_id=data.campaign_id,
        unit_id=data.unit_id,
        year=data.year,
        regime=data.regime,
        n=data.n,
        willing=data.willing,
        ipak=None if data.ipak is None else Fraction(data.ipak),
        ipkp=None if data.ipkp is None else Fraction(data.ipkp),
    )
