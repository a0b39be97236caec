"""A digest over facts, scores and gates, to compare two databases; times and history are left out.

Each row is hashed and the hashes are added, so that the digest needs no order and no memory. Versions of our
own events are history: how often a score was published depends on how facts fell into batches.
Source: reliability.md section 3, rule 6.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# A unit year that nobody filled says nothing: whether its row exists depends on the way the facts took
# (a case that passed through the unit leaves one). The same holds for the live layer without any case.
# Survey verdicts of the time before survey published its thresholds follow from no fact.
_PARTS = {
    "unit": "SELECT * FROM unit",
    "programme": "SELECT * FROM programme",
    "activity": "SELECT * FROM activity",
    "answer": """
        SELECT unit_id, year, layer, item_code, letter, index_text, inputs, origin, cell, evidence_ids,
               version, payload_hash FROM answer""",
    "complaint_case": "SELECT * FROM complaint_case",
    "tally": "SELECT * FROM tally",
    "threshold": "SELECT * FROM threshold",
    "score": """
        SELECT unit_id, year, layer, edition, total, upper, answered, items FROM score s
        WHERE answered > 0 AND (layer <> 'live' OR EXISTS (
            SELECT 1 FROM complaint_case c WHERE c.unit_id = s.unit_id AND c.year = s.year))""",
    "gate": """
        SELECT unit_id, year, met FROM score, unnest(gates_met) AS met WHERE layer = 'effective'""",
    "survey_status": """
        SELECT campaign_id, predicate, unit_id, year, result, failed FROM survey_status s
        WHERE EXISTS (SELECT 1 FROM threshold t WHERE t.campaign_id = s.campaign_id)""",
}


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
    for name, select in _PARTS.items():
        row = (
            await session.execute(
                text(f"""
                    SELECT count(*) AS rows,
                           coalesce(sum(hashtextextended(part::text, 0)), 0) AS one,
                           coalesce(sum(hashtextextended(part::text, 1)), 0) AS two
                    FROM ({select}) AS part
                """)
            )
        ).one()
        parts[name] = (int(row.rows), f"{row.one}:{row.two}")
    return Digest(parts)
