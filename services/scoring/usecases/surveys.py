"""Judge the surveys whose tallies changed, per predicate; publish a verdict only when it changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.survey import Tally, statuses
from services.scoring.events import SOURCE, status_changed
from services.scoring.store import state
from services.scoring.store.state import change
from shared import outbox
from shared.consumer import Received
from shared.contracts.survey import TallyChanged


async def judge_surveys(
    session: AsyncSession, changed: Sequence[Received], *, is_silent: bool = False
) -> None:
    """Compare each tally with the thresholds of both predicates; two statements for any number of tallies."""
    tallies = {tally.campaign_id: tally for tally in map(_tally, changed)}
    rows = [
        (
            tally.campaign_id,
            predicate,
            tally.unit_id,
            tally.year,
            status.result,
            " ".join(status.failed),
            tally.n,
            tally.willing,
            None if tally.ipak is None else str(tally.ipak),
            None if tally.ipkp is None else str(tally.ipkp),
        )
        for tally in tallies.values()
        for predicate, status in statuses(tally).items()
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
