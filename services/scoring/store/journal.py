"""The journal of answers: a row holds what one batch brought a unit's year, as JSON.

The hot path, and text: one row in place of as many as there are answers, without a second index. A year of a
unit is merged into one row, newest answers alone, after every `MERGED_AFTER` writes, so that reading it stays
cheap. What the release before kept in `answer` is read beside it. Figures: docs/adr/0035.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.answers import Answered, Packed, pack
from services.scoring.domain.sheets import UnitYear
from services.scoring.tables import JournalRow
from shared.db.arrays import Columns

MERGED_AFTER = 64

_ROW = Columns.of_table(JournalRow)
_WRITE = text(_ROW.insert("journal"))
_PACKED = (
    "json_build_array(version, layer, item_code, event_id, at, letter, index_text, inputs, origin, cell,"
    " evidence_ids)"
)
_SPAN = Columns(unit_id="text", year="int", low="bigint", high="bigint")
_BETWEEN = text(f"""
    SELECT asked.unit_id, asked.year, found.facts FROM {_SPAN.sql} AS asked({_SPAN.list}), LATERAL (
        SELECT facts FROM journal
        WHERE (unit_id, year) = (asked.unit_id, asked.year) AND last_version >= low AND version <= high
        UNION ALL
        SELECT json_build_array({_PACKED})::text FROM answer
        WHERE (unit_id, year) = (asked.unit_id, asked.year) AND version BETWEEN low AND high) AS found
""")
_UNIT_YEAR = Columns.of_table(JournalRow, "unit_id", "year")
_NEWEST = text(f"""
    SELECT asked.unit_id, asked.year, layer, item_code, version
    FROM {_UNIT_YEAR.sql} AS asked(unit_id, year), LATERAL (
        SELECT layer, item_code, version FROM newest_answer
        WHERE unit_id = asked.unit_id AND year = asked.year) AS found
""")
_MERGE = text(f"""
    WITH wanted AS (SELECT * FROM {_UNIT_YEAR.sql} AS w(unit_id, year)),
    gone AS (
        DELETE FROM journal USING wanted
        WHERE (journal.unit_id, journal.year) = (wanted.unit_id, wanted.year) RETURNING journal.*),
    old AS (
        DELETE FROM answer USING wanted
        WHERE (answer.unit_id, answer.year) = (wanted.unit_id, wanted.year) RETURNING answer.*),
    facts AS (
        SELECT unit_id, year, f->>1 AS layer, f->>2 AS item_code, (f->>0)::bigint AS version, f AS fact
        FROM gone, json_array_elements(facts::json) AS f
        UNION ALL SELECT unit_id, year, layer, item_code, version, {_PACKED} FROM old),
    newest AS (
        SELECT DISTINCT ON (unit_id, year, layer, item_code) * FROM facts
        ORDER BY unit_id, year, layer, item_code, version DESC)
    INSERT INTO journal (unit_id, year, last_version, version, facts)
    SELECT unit_id, year, max(version), min(version),
           '[' || string_agg(fact::text, ',' ORDER BY version) || ']'
    FROM newest GROUP BY unit_id, year
""")


async def write(session: AsyncSession, answers: Mapping[UnitYear, Sequence[Answered]]) -> None:
    """Append what a batch brought each unit's year, rising by version."""
    rows = [
        (*unit_year, found[-1].fact.version, found[0].fact.version, _text(found))
        for unit_year, found in answers.items()
        if found
    ]
    if rows:
        await session.execute(_WRITE, _ROW.of(rows))


def _text(answers: Sequence[Answered]) -> str:
    return orjson.dumps([pack(one) for one in answers]).decode()


async def merge(session: AsyncSession, unit_years: Iterable[UnitYear]) -> None:
    """Leave one row of each locked unit's year, with the newest answer of each item in each layer."""
    if wanted := sorted(unit_years):
        await session.execute(_MERGE, _UNIT_YEAR.of(wanted))


async def kept(
    session: AsyncSession, spans: Mapping[UnitYear, tuple[int, int]]
) -> Mapping[UnitYear, Mapping[int, Packed]]:
    """Return by version the answers that are kept from a lowest to a highest version, and some beside."""
    found: dict[UnitYear, dict[int, Packed]] = defaultdict(dict)
    if spans:
        rows = [(*unit_year, *span) for unit_year, span in spans.items()]
        for unit_id, year, facts in await session.execute(_BETWEEN, _SPAN.of(rows)):
            found[unit_id, year].update({fact[0]: fact for fact in orjson.loads(facts)})
    return found


async def newest(
    session: AsyncSession, unit_years: Sequence[UnitYear]
) -> Mapping[tuple[str, int, str, str], int]:
    """Return the version of the newest answer by unit, year, layer and item."""
    if not unit_years:
        return {}
    rows = await session.execute(_NEWEST, _UNIT_YEAR.of(unit_years))
    return {(row.unit_id, row.year, row.layer, row.item_code): row.version for row in rows}
