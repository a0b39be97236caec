"""Fact tables: replicas of what other services tell, and what is asked of them besides.

The hot path, and text: 20,900 events/s of which the database takes 21.6 us each (docs/benchmarks.md, B1).
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.sheets import UnitYear
from services.scoring.tables import ComplaintCaseRow, DeadlineRow, Fact, TallyRow, ThresholdRow
from shared.consumer.replica import Replica
from shared.db.arrays import Columns

MOVABLE = (ComplaintCaseRow, TallyRow, ThresholdRow)
"""Facts that may move to another unit or year, whose page changes too."""


@cache
def replica(table: type[Fact]) -> Replica:
    """Return the replica that a fact table is."""
    if table is DeadlineRow:
        return Replica(table, before=("unit_id",))
    return Replica(table, before=("unit_id", "year") if table in MOVABLE else ())


_UNIT_YEAR = Columns.of_table(ComplaintCaseRow, "unit_id", "year")
_COUNT_CASES = text(f"""
    SELECT unit_id, year, stream, counts_as, count(*) AS cases FROM complaint_case
    WHERE (unit_id, year) IN (SELECT * FROM {_UNIT_YEAR.sql}) GROUP BY unit_id, year, stream, counts_as
""")


async def count_cases(
    session: AsyncSession, unit_years: Sequence[UnitYear]
) -> dict[UnitYear, dict[tuple[str, str], int]]:
    """Count the cases of each unit and year by stream and `counts_as`, afresh from the facts."""
    if not unit_years:
        return {}
    counts: dict[UnitYear, dict[tuple[str, str], int]] = {key: {} for key in unit_years}
    for row in await session.execute(_COUNT_CASES, _UNIT_YEAR.of(unit_years)):
        counts[row.unit_id, row.year][row.stream, row.counts_as] = row.cases
    return counts
