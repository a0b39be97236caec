"""A digest over facts, scores and gates, to compare two databases; times and history are left out.

Each row is hashed and the hashes are added, so that the digest needs no order and no memory. Versions of our
own events are history: how often a score was published depends on how facts fell into batches.
Source: reliability.md section 3, rule 6.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, Subquery, Table, Text, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import same_year
from services.scoring.store.rebuilding import BESIDE
from services.scoring.tables import (
    ACTIVITY,
    CANDIDACY,
    COMPLAINT_CASE,
    DEADLINE,
    NEWEST_ANSWER,
    PROGRAMME,
    SCORE,
    STAGE,
    SURVEY_STATUS,
    TALLY,
    THRESHOLD,
    UNIT,
    Fact,
    ScoreRow,
    SurveyStatusRow,
)


def _but(table: Table, *names: str) -> list[Column[Any]]:
    """Return all other columns, in their order in the database: there a fact's guards stand last."""
    return sorted(
        (one for one in table.c if one.name not in names), key=lambda one: one.name in Fact.model_fields
    )


# The release before kept no writers.
# A unit year that nobody filled says nothing: whether its row exists depends on the way the facts took
# (a case that passed through the unit leaves one). The same holds for the live layer without any case.
# Survey verdicts of the time before survey published its thresholds follow from no fact.
_PARTS: Sequence[Table | Subquery] = (
    *(UNIT, PROGRAMME, ACTIVITY, STAGE, CANDIDACY, COMPLAINT_CASE, DEADLINE, TALLY, THRESHOLD),
    select(*_but(NEWEST_ANSWER, "event_id", "at", "writer_id")).subquery("answer"),
    select(*_but(SCORE, "points", "pengungkit", "parts", "gates_met", *BESIDE[ScoreRow]))
    .where(SCORE.c.answered > 0, (SCORE.c.layer != "live") | exists().where(same_year(COMPLAINT_CASE, SCORE)))
    .subquery("score"),
    select(*SCORE.c["unit_id", "year"], func.unnest(SCORE.c.gates_met))
    .where(SCORE.c.layer == "effective")
    .subquery("gate"),
    select(*_but(SURVEY_STATUS, *BESIDE[SurveyStatusRow]))
    .where(exists().where(THRESHOLD.c.campaign_id == SURVEY_STATUS.c.campaign_id))
    .subquery("survey_status"),
)


@dataclass(frozen=True, slots=True)
class Digest:
    """`parts` gives rows and hash per kind; equal digests have equal `text`."""

    parts: dict[str, tuple[int, str]]

    @property
    def text(self) -> str:
        """SHA-256 over all parts, as hex."""
        lines = [f"{name} {rows} {sums}" for name, (rows, sums) in sorted(self.parts.items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def differences(self, other: "Digest") -> list[str]:
        """Return the kinds that differ."""
        return [name for name in self.parts if self.parts[name] != other.parts.get(name)]


async def digest(session: AsyncSession) -> Digest:
    """Read the digest of a database; one pass over each table."""
    parts = {}
    for part in _PARTS:
        row = (await session.execute(_sums(part))).one()
        parts[part.name] = (row.rows, f"{row.one}:{row.two}")
    return Digest(parts)


def _sums(part: Table | Subquery) -> Select[Any]:
    """Count the rows of a part and add their hashes, two for each."""
    sums = (func.sum(func.hashtextextended(cast(part.table_valued(), Text), seed)) for seed in (0, 1))
    one, two = (func.coalesce(found, 0) for found in sums)
    return select(func.count().label("rows"), one.label("one"), two.label("two")).select_from(part)
