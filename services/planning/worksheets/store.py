"""Worksheets and every answer written into them.

The worksheet row is the lock of its unit and year: whoever holds it may raise the counter.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.newest import ANSWERS, NEWEST, answer_of
from services.planning.stages.store.assessments import hand_of
from services.planning.tables import (
    ANSWER,
    PROGRAMME,
    UNIT,
    WORKSHEET,
    WORKSHEET_IMPORT,
    AnswerRow,
    columns_of,
    row_of,
)
from services.planning.units.store import WITHIN, reach, within
from services.planning.worksheets.domain import AnswerVersion, Draft, Origin, Worksheet
from shared.db.arrays import Columns, among
from shared.db.hot import Hot
from shared.kernel import new_id
from shared.security import Scope

WORKSHEETS = select(*columns_of(Worksheet, WORKSHEET, PROGRAMME)).join_from(WORKSHEET, PROGRAMME)


_DRAFTS = Columns.of_table(
    AnswerRow,
    *("version", "item_code", "letter", "index_value", "inputs", "note", "reason", "evidence_ids"),
    *("origin", "cell"),
)
_WRITER = "cast(:written_by AS text)"
_PSEUDONYM = (
    f"(SELECT substr(encode(sha256(secret || convert_to({_WRITER}, 'UTF8')), 'hex'), 1, 16) FROM pseudonym)"
)
_OF_WRITE = {
    "unit_id": ":unit_id",
    "year": ":year",
    "layer": ":layer",
    "written_by": _WRITER,
    "writer_id": _PSEUDONYM,
}
_APPEND = Hot(f"""
    WITH raised AS (UPDATE worksheet SET version = version + :count WHERE unit_id = :unit_id AND year = :year)
    {_DRAFTS.insert("answer", **_OF_WRITE)} RETURNING writer_id
""")
"""Text, because every answer goes this way: counter and answers in one statement, however many they are.

Rows of a whole sheet, told as values, would take 60 ms to be made a statement.
"""

_TAKE = Hot(f"""
    SELECT taken.*, pg_advisory_xact_lock(hashtextextended(:hand, 0)) FROM (
        SELECT worksheet.unit_id, worksheet.year, programme.edition,
            programme.policies, worksheet.version, unit.merged_into
        FROM worksheet JOIN programme USING (unit_id, year) JOIN unit USING (unit_id)
        WHERE worksheet.unit_id = :unit_id AND worksheet.year = :year AND {WITHIN}
        FOR UPDATE OF worksheet FOR KEY SHARE OF unit
    ) AS taken
""")
"""All locks of a write at once: sheet and unit in the inner query, then the hand.

Text, as what follows, because every answer asks them: four statements made of tables took 2,400 us of the
9,500 of a POST, these two take 320.
"""


class Taken(NamedTuple):
    """A worksheet whose row is locked, and the unit that its own was merged into, if it was."""

    worksheet: Worksheet
    merged_into: str | None


async def get(session: AsyncSession, scope: Scope, unit_id: str, year: int) -> Worksheet | None:
    """Return the worksheet of a unit in scope."""
    asked = WORKSHEETS.join(UNIT, UNIT.c.unit_id == WORKSHEET.c.unit_id).where(
        WORKSHEET.c.unit_id == unit_id, WORKSHEET.c.year == year, within(scope)
    )
    found = (await session.execute(asked)).mappings().one_or_none()
    return Worksheet(**found) if found else None


async def take(session: AsyncSession, scope: Scope, unit_id: str, year: int, writer: str) -> Taken | None:
    """Return the worksheet of a unit in scope, for one hand to write: its row locked, the unit's held.

    One transaction at a time writes a person's answers in a unit, whatever year, and nobody merges the unit
    meanwhile.
    """
    asked = {"unit_id": unit_id, "year": year, "hand": hand_of(unit_id, writer)}
    found = await _TAKE.row(session, asked | reach(scope))
    if found is None:
        return None
    unit_id, year, edition, policies, version, merged_into, _ = found
    return Taken(Worksheet(unit_id, year, edition, policies, version), merged_into)


async def append(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, drafts: Sequence[Draft], written_by: str
) -> str | None:
    """Write answers as the next versions of a worksheet whose row is locked; one statement for any number.

    Returns the pseudonym that others may know their writer by, None when there are none.
    """
    written = await _APPEND.row(
        session,
        _DRAFTS.of([_row(draft, worksheet.version + place) for place, draft in enumerate(drafts, 1)])
        | {
            "unit_id": worksheet.unit_id,
            "year": worksheet.year,
            "layer": layer,
            "written_by": written_by,
            "count": len(drafts),
        },
    )
    writer_id: str | None = written[0] if written else None
    return writer_id


async def present_answers(
    session: AsyncSession,
    unit_id: str,
    year: int,
    layer: Layer | None = None,
    *,
    item_codes: Collection[str] | None = None,
) -> list[AnswerVersion]:
    """Return the newest version per layer and item, blanked ones too; of one layer or items when given."""
    asked = NEWEST.where(ANSWER.c.unit_id == unit_id, ANSWER.c.year == year)
    if layer is not None:
        asked = asked.where(ANSWER.c.layer == layer)
    if item_codes is not None:
        asked = asked.where(among(ANSWER.c.item_code, sorted(item_codes)))
    rows = await session.execute(asked)
    return [answer_version_of(row) for row in rows.mappings()]


async def answer_history(
    session: AsyncSession, unit_id: str, year: int, layer: Layer, item_code: str, *, before: int, limit: int
) -> list[AnswerVersion]:
    """Return the versions of one item below `before`, newest first."""
    asked = ANSWERS.where(
        of_layer(unit_id, year, layer), ANSWER.c.item_code == item_code, ANSWER.c.version < before
    )
    rows = await session.execute(asked.order_by(ANSWER.c.version.desc()).limit(limit))
    return [answer_version_of(row) for row in rows.mappings()]


async def changed_since(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, item_codes: Sequence[str], version: int
) -> list[str]:
    """Return those items of a layer that were written after a version of the worksheet, sorted."""
    asked = (
        select(ANSWER.c.item_code)
        .distinct()
        .where(
            of_layer(worksheet.unit_id, worksheet.year, layer),
            among(ANSWER.c.item_code, item_codes),
            ANSWER.c.version > version,
        )
    )
    return list(await session.scalars(asked.order_by(ANSWER.c.item_code)))


async def insert_import(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, sha256: str, imported_by: str
) -> None:
    """Note which file led to the worksheet's version."""
    await session.execute(
        WORKSHEET_IMPORT.insert().values(
            **row_of(worksheet, WORKSHEET_IMPORT),
            import_id=new_id(),
            layer=layer,
            sha256=sha256,
            imported_by=imported_by,
        )
    )


def of_layer(unit_id: str, year: int, layer: Layer) -> ColumnElement[bool]:
    """Return the filter of statements that read the answers of one layer."""
    return and_(ANSWER.c.unit_id == unit_id, ANSWER.c.year == year, ANSWER.c.layer == layer)


def answer_version_of(row: RowMapping | Mapping[str, Any]) -> AnswerVersion:
    return AnswerVersion(
        layer=Layer(row["layer"]),
        version=row["version"],
        draft=Draft(
            item_code=row["item_code"],
            answer=answer_of(row),
            note=row["note"],
            evidence_ids=tuple(row["evidence_ids"]),
            reason=row["reason"],
            origin=Origin(row["origin"]),
            cell=row["cell"],
        ),
        written_by=row["written_by"],
        written_at=row["written_at"],
        writer_id=row["writer_id"],
    )


def _row(draft: Draft, version: int) -> tuple[Any, ...]:
    """Return a draft in the order of `_DRAFTS`."""
    answer = draft.answer
    return (
        version,
        draft.item_code,
        answer.letter if answer else None,
        answer.index_text if answer else None,
        json.dumps(dict(answer.inputs)) if answer and answer.inputs is not None else None,
        draft.note,
        draft.reason,
        draft.evidence_ids,
        draft.origin.value,
        draft.cell,
    )
