"""What differences do: points gained and lost per area, and the gates that they open or close."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.planning.pages.review.facts import ReviewFacts
from services.planning.pages.review.lines import ReviewLine
from services.planning.pages.worksheets.sheet import area_of, areas, questions_of
from shared.http.pages.charts import share
from shared.indonesian import number, signed
from shared.instruments.lke import TOTAL, Gate, Totals

_HALF, _MOST = 50, 45
"""Percent of the bar's width: where nothing changes, and how far the largest change reaches from there."""


@dataclass(frozen=True, slots=True)
class GateMark:
    """A gate after the assessors' answers: met or what it lacks, `kini` where they turned it."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of the table: an area, or the total; `kind` is good for a gain, bad for a loss."""

    key: str
    name: str
    before: str
    after: str
    gained: str
    kind: str
    bar_from: str
    bar_width: str
    gates: Sequence[GateMark]


def effects(facts: ReviewFacts, lines: Sequence[ReviewLine]) -> Sequence[Effect]:
    """Return a row for each area in which the assessors differ, and one for the total."""
    differing = {area_of(line.code) for line in lines if line.differs}
    rows: list[tuple[str, str, Sequence[str]]] = [
        (key, one.name, one.nodes) for key, one in areas().items() if key in differing
    ]
    rows.append(("total", "Nilai total", (TOTAL,)))
    gained = {key: _points(facts.totals_after, nodes) - _points(facts.totals_before, nodes)
              for key, _, nodes in rows}  # fmt: skip
    largest = max((abs(one) for one in gained.values()), default=Fraction(0))
    return [_effect(facts, key, name, nodes, gained[key], largest) for key, name, nodes in rows]


def _effect(
    facts: ReviewFacts, key: str, name: str, nodes: Sequence[str], gained: Fraction, largest: Fraction
) -> Effect:
    width = abs(gained) * _MOST / largest if largest else Fraction(0)
    start = _HALF - width if gained < 0 else Fraction(_HALF)
    return Effect(
        key=key,
        name=name,
        before=number(_points(facts.totals_before, nodes)),
        after=number(_points(facts.totals_after, nodes)),
        gained=signed(gained),
        kind="bad" if gained < 0 else "good" if gained else "plain",
        bar_from=share(start, Fraction(100)),
        bar_width=share(width, Fraction(100)),
        gates=[_mark(facts, gate, name) for gate in _gates(facts, key)],
    )


def _gates(facts: ReviewFacts, key: str) -> Sequence[Gate]:
    """Return the gates of the programme's target that are measured within an area, or over all of them."""
    found = []
    for gate in facts.rules.of(facts.whole.target):
        homes = {home for home in areas() if all(_is_within(code, home) for code in gate.basis)}
        if (homes == {key}) if key != "total" else not homes:
            found.append(gate)
    return found


def _is_within(code: str, home: str) -> bool:
    return code in areas()[home].nodes or any(question.code == code for question in questions_of(home))


def _mark(facts: ReviewFacts, gate: Gate, row: str) -> GateMark:
    before = _points(facts.totals_before, gate.basis)
    after = _points(facts.totals_after, gate.basis)
    is_met, was_met = after >= gate.floor, before >= gate.floor
    text = "terpenuhi" if is_met else f"kurang {number(gate.floor - after)}"
    if is_met != was_met:
        text = f"kini {text}"
    return GateMark("good" if is_met else "bad", text if gate.name == row else f"{gate.name}: {text}")


def _points(found: Totals, nodes: Sequence[str]) -> Fraction:
    return sum((found.points(node) for node in nodes), Fraction(0))
