"""Worksheets and every answer written into them.

The worksheet row is the lock of its unit and year: whoever holds it may raise the counter.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.layers import Layer
from services.planning.domain.worksheets import AnswerVersion, Draft, Origin, Worksheet
from shared.instruments.lke import Answer
from shared.kernel import new_id
from shared.security import Scope

_ANSWER = """a.layer, a.item_code, a.version, a.letter, a.index_value, a.inputs, a.note, a.reason,
    a.evidence_ids, a.origin, a.cell, a.written_by, a.written_at"""

_APPEND = text("""
    WITH counter AS (
        UPDATE worksheet SET version = version + :count WHERE unit_id = :unit_id AND year = :year
        RETURNING version - :count AS base
    )
    INSERT INTO answer (unit_id, year, layer, item_code, version, letter, index_value, inputs, note, reason,
                        evidence_ids, origin, cell, written_by)
    SELECT :unit_id, :year, :layer, d.item_code, counter.base + d.place, d.letter, d.index_value,
           cast(d.inputs AS jsonb), d.note, d.reason, cast(d.evidence_ids AS uuid[]), d.origin, d.cell,
           :written_by
    FROM counter, unnest(
        cast(:item_codes AS text[]), cast(:letters AS text[]), cast(:indexes AS text[]),
        cast(:inputs AS text[]), cast(:notes AS text[]), cast(:reasons AS text[]),
        cast(:evidence_ids AS text[]), cast(:origins AS text[]), cast(:cells AS text[])
    ) WITH ORDINALITY AS d (item_code, letter, index_value, inputs, note, reason, evidence_ids, origin, cell,
                            place)
""")


async def get(
    session: AsyncSession, scope: Scope, unit_id: str, year: int, *, lock: bool = False
) -> Worksheet | None:
    """Return the worksheet of a unit in scope, its row locked for update when asked."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    ending = "FOR UPDATE OF w" if lock else ""
    row = await session.execute(
        text(f"""
            SELECT w.unit_id, w.year, p.edition, w.version
            FROM worksheet w JOIN programme p USING (unit_id, year) JOIN unit u USING (unit_id)
            WHERE w.unit_id = :id AND w.year = :year AND {where} {ending}
        """),
        {"id": unit_id, "year": year, **params},
    )
    found = row.mappings().one_or_none()
    return Worksheet(**found) if found else None


async def append(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, drafts: Sequence[Draft], written_by: str
) -> None:
    """Write answers as the next versions of a worksheet whose row is locked; one statement for any number."""
    answers = [draft.answer for draft in drafts]
    await session.execute(
        _APPEND,
        {
            "unit_id": worksheet.unit_id,
            "year": worksheet.year,
            "layer": layer.value,
            "count": len(drafts),
            "written_by": written_by,
            "item_codes": [draft.item_code for draft in drafts],
            "letters": [answer.letter if answer else None for answer in answers],
            "indexes": [answer.index_text if answer else None for answer in answers],
            "inputs": [_inputs_json(answer) for answer in answers],
            "notes": [draft.note for draft in drafts],
            "reasons": [draft.reason for draft in drafts],
            # An array of arrays would have to be rectangular, so each list travels as PostgreSQL's own text.
            "evidence_ids": ["{" + ",".join(map(str, draft.evidence_ids)) + "}" for draft in drafts],
            "origins": [draft.origin.value for draft in drafts],
            "cells": [draft.cell for draft in drafts],
        },
    )


async def present_answers(
    session: AsyncSession, unit_id: str, year: int, layer: Layer | None = None
) -> list[AnswerVersion]:
    """Return the newest version per layer and item, blanked ones included; of one layer when given."""
    rows = await session.execute(
        text(f"""
            SELECT DISTINCT ON (a.layer, a.item_code) {_ANSWER} FROM answer a
            WHERE a.unit_id = :id AND a.year = :year AND (cast(:layer AS text) IS NULL OR a.layer = :layer)
            ORDER BY a.layer, a.item_code, a.version DESC
        """),
        {"id": unit_id, "year": year, "layer": layer.value if layer else None},
    )
    return [answer_version_of(row) for row in rows.mappings()]


async def answer_history(
    session: AsyncSession, unit_id: str, year: int, layer: Layer, item_code: str, *, before: int, limit: int
) -> list[AnswerVersion]:
    """Return the versions of one item below `before`, newest first."""
    rows = await session.execute(
        text(f"""
            SELECT {_ANSWER} FROM answer a
            WHERE a.unit_id = :id AND a.year = :year AND a.layer = :layer AND a.item_code = :item
              AND a.version < :before
            ORDER BY a.version DESC LIMIT :n
        """),
        {"id": unit_id, "year": year, "layer": layer.value, "item": item_code, "before": before, "n": limit},
    )
    return [answer_version_of(row) for row in rows.mappings()]


async def changed_since(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, item_codes: Sequence[str], version: int
) -> list[str]:
    """Return those items of a layer that were written after a version of the worksheet, sorted."""
    rows = await session.execute(
        text("""
            SELECT DISTINCT item_code FROM answer
            WHERE unit_id = :id AND year = :year AND layer = :layer AND item_code = ANY(:items)
              AND version > :version
            ORDER BY item_code
        """),
        {
            "id": worksheet.unit_id,
            "year": worksheet.year,
            "layer": layer.value,
            "items": list(item_codes),
            "version": version,
        },
    )
    return list(rows.scalars())


async def lock_hand(session: AsyncSession, unit_id: str, writer: str) -> None:
    """Let one transaction at a time write this person's answers in the unit, whatever year."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:hand, 0))"),
        {"hand": f"worksheet-hand/{unit_id}/{writer}"},
    )


async def has_written(session: AsyncSession, unit_id: str, layers: Sequence[Layer], writer: str) -> bool:
    """Tell whether this person ever wrote an answer of these layers of the unit."""
    found = await session.scalar(
        text("""
            SELECT EXISTS (SELECT 1 FROM answer WHERE unit_id = :id AND layer = ANY(:layers)
                           AND written_by = :writer)
        """),
        {"id": unit_id, "layers": [layer.value for layer in layers], "writer": writer},
    )
    return bool(found)


async def insert_import(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, sha256: str, version: int, imported_by: str
) -> None:
    """Note which file led to which version."""
    await session.execute(
        text("""
            INSERT INTO worksheet_import (import_id, unit_id, year, layer, sha256, version, imported_by)
            VALUES (:import_id, :unit_id, :year, :layer, :sha256, :version, :imported_by)
        """),
        {
            "import_id": new_id(),
            "unit_id": worksheet.unit_id,
            "year": worksheet.year,
            "layer": layer.value,
            "sha256": sha256,
            "version": version,
            "imported_by": imported_by,
        },
    )


def _inputs_json(answer: Answer | None) -> str | None:
    return json.dumps(dict(answer.inputs)) if answer and answer.inputs is not None else None


def answer_version_of(row: RowMapping | Mapping[str, Any]) -> AnswerVersion:
    return AnswerVersion(
        layer=Layer(row["layer"]),
        version=row["version"],
        draft=Draft(
            item_code=row["item_code"],
            answer=_answer(row),
            note=row["note"],
            evidence_ids=tuple(row["evidence_ids"]),
            reason=row["reason"],
            origin=Origin(row["origin"]),
            cell=row["cell"],
        ),
        written_by=row["written_by"],
        written_at=row["written_at"],
    )


def _answer(row: RowMapping | Mapping[str, Any]) -> Answer | None:
    if row["letter"] is not None:
        return Answer(letter=row["letter"])
    if row["index_value"] is not None:
        return Answer(index=Decimal(row["index_value"]))
    inputs = row["inputs"]
    if inputs is None:
        return None
    # text() leaves jsonb undecoded
    return Answer(inputs=json.loads(inputs) if isinstance(inputs, str) else inputs)
