"""A layer's score as it is stored and told, and the gates that its points meet."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from services.scoring.domain.sheets import UnitYear
from shared.instruments.lke import SCALE, Gate, RuleSet, Totals, gate_minima, gates_met
from shared.kernel import exact_text


class LayerScore(NamedTuple):
    """One layer's score to write: the columns of its row but the version.

    `total` and `upper` exact, `points` and `pengungkit` with 12 decimals, all as text; `gates_met` is empty
    but for the effective layer. `parts` are the points of what gates measure, as `pack_parts` writes them.
    """

    unit_id: str
    year: int
    layer: str
    edition: str
    total: str
    upper: str
    answered: int
    items: int
    points: str
    pengungkit: str
    gates_met: Sequence[str]
    worksheet_version: int
    parts: str


class WrittenScore(NamedTuple):
    """A score that changed, with its new version and the gates met before, None when it is new."""

    unit_id: str
    year: int
    layer: str
    version: int
    old_gates_met: Sequence[str] | None


class Flip(NamedTuple):
    """A gate that is met now or no longer: the columns of its row but the version; numbers exact, as text."""

    unit_id: str
    year: int
    predicate: str
    gate: str
    is_met: bool
    value: str
    minimum: str


def pack_parts(numbers: Sequence[int], rules: RuleSet) -> str:
    """Return the points of gates, whole numbers of 1/`SCALE` in their order, by code: `A=51.3656... B.I=...`.

    12 decimals, rounded down.
    """
    codes = gate_minima(rules, "WBK")
    texts = {
        code: f"{code}={number // SCALE}.{number % SCALE:012}"
        for code, number in zip(codes, numbers, strict=True)
    }
    return " ".join(texts[code] for code in sorted(texts))


def part_texts(parts: str) -> dict[str, str] | None:
    """Return points by gate as decimals of text; None where none were told."""
    pairs = (pair.partition("=") for pair in parts.split())
    return {code: text for code, _, text in pairs} or None


def gate_name(predicate: str, code: str) -> str:
    """Return a gate's name among those that a score meets, `WBK:TOTAL`."""
    return f"{predicate}:{code}"


def met(totals: Totals, rules: RuleSet) -> list[str]:
    """Return the names of the gates that totals meet, in the order of the rule set."""
    return [gate_name(*gate) for gate, is_met in gates_met(totals, rules).items() if is_met]


def flips(
    unit_year: UnitYear, before: Sequence[str], now: Sequence[str], totals: Totals, rules: RuleSet
) -> Iterator[Flip]:
    """Return the gates of an effective score whose `met` is not what it was; unmet is where all begin."""
    moved = set(before).symmetric_difference(now)
    for gate in rules.gates if moved else ():
        name = gate_name(gate.predicate, gate.code)
        if name in moved:
            yield flip(unit_year, gate, totals, is_met=name in now)


def flip(unit_year: UnitYear, gate: Gate, totals: Totals, *, is_met: bool) -> Flip:
    """Measure a gate."""
    value = sum((totals.points(code) for code in gate.basis), Fraction(0))
    return Flip(*unit_year, gate.predicate, gate.code, is_met, exact_text(value), exact_text(gate.minimum))
