"""What the answers of a mix must come to, by the pure functions alone: fast and wrong fails."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import asyncpg

from services.scoring.domain.scores import met
from shared.contracts.planning import WorksheetAnswered
from shared.instruments.lke import TOTAL, Answer, rule_set, rule_set_for_year, totals
from tests.bench.workload import YEAR, Mix, stream


@dataclass(frozen=True, slots=True)
class Expected:
    """A unit's score: total and upper bound in points, items answered, gates met."""

    total: Fraction
    upper: Fraction
    answered: int
    gates: frozenset[str]


@dataclass(slots=True)
class Truth:
    """Newest letters by unit and item, newest versions, and how many answers say something new."""

    letters: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    versions: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    good: int = 0
    poison: int = 0

    @classmethod
    def of(cls, mix: Mix) -> "Truth":
        """Replay a mix in its order."""
        truth = cls()
        for sent in stream(mix):
            if sent.data is None:
                truth.poison += 1
                continue
            truth.good += 1
            if isinstance(sent.data, WorksheetAnswered) and not sent.is_duplicate:
                truth.answers += 1
                truth.letters[sent.data.unit_id][sent.data.item_code] = str(sent.data.letter)
                truth.versions[sent.data.unit_id] = sent.data.version
        return truth

    def scores(self) -> Mapping[str, Expected]:
        """Return every unit's score."""
        rules = rule_set(rule_set_for_year(YEAR))
        found = {}
        for unit, letters in self.letters.items():
            counted = totals({code: Answer(letter=letter) for code, letter in letters.items()})
            found[unit] = Expected(
                counted.points(TOTAL), counted.upper(TOTAL), len(letters), frozenset(met(counted, rules))
            )
        return found


def refuse(expected: Mapping[str, Expected], found: Mapping[str, Expected], who: str) -> None:
    """Raise `AssertionError` unless the scores are all there and equal."""
    wrong = [unit for unit in expected.keys() | found.keys() if expected.get(unit) != found.get(unit)]
    if wrong:
        unit = min(wrong)
        raise AssertionError(
            f"{who}: {len(wrong)} of {len(expected)} scores are wrong, e.g. {unit}: "
            f"{found.get(unit)} instead of {expected.get(unit)}"
        )


async def check_ours(owner_url: str, truth: Truth) -> None:
    """Compare our scores, facts and dead letters with the truth."""
    connection = await asyncpg.connect(owner_url)
    try:
        rows = await connection.fetch(
            "SELECT layer, unit_id, total, upper, answered, gates_met FROM score WHERE layer <> 'live'"
        )
        kept_in = await connection.fetchval(
            "SELECT coalesce(to_regclass('newest_answer'), 'answer'::regclass)"
        )
        facts = await connection.fetch(f"SELECT unit_id, max(version), count(*) FROM {kept_in} GROUP BY 1")
        dead = await connection.fetchval("SELECT count(*) FROM dead_letter")
        applied = await connection.fetchval("SELECT sum(next_offset) FROM watermark")
    finally:
        await connection.close()
    expected = truth.scores()
    for layer in ("unit", "effective"):
        found = {
            row["unit_id"]: Expected(
                Fraction(row["total"]),
                Fraction(row["upper"]),
                row["answered"],
                frozenset(row["gates_met"]) if layer == "effective" else expected[row["unit_id"]].gates,
            )
            for row in rows
            if row["layer"] == layer
        }
        refuse(expected, found, f"layer {layer}")
    kept = {unit: (version, count) for unit, version, count in facts}
    wanted = {unit: (truth.versions[unit], len(letters)) for unit, letters in truth.letters.items()}
    records = truth.good + truth.poison
    if kept != wanted or (dead, applied) != (truth.poison, records):
        raise AssertionError(
            f"facts of {len(kept)} units (equal: {kept == wanted}), {dead} of {truth.poison} dead letters, "
            f"watermarks at {applied} of {records} records"
        )


async def check_peer(database_url: str, truth: Truth) -> None:
    """Compare what the peer of the same job has upserted with the truth."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT * FROM score")
    finally:
        await connection.close()
    found = {
        row["unit_id"]: Expected(
            Fraction(row["total"]),
            Fraction(row["upper"]),
            row["answered"],
            frozenset(row["gates_met"].split()),
        )
        for row in rows
    }
    refuse(truth.scores(), found, "the peer")
    behind = [row["unit_id"] for row in rows if row["version"] != truth.versions[row["unit_id"]]]
    if behind:
        raise AssertionError(f"the peer: {len(behind)} scores are not of the newest answer")
