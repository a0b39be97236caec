"""What a survey regime is: its questionnaire, policies, floors and grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.kernel import Predicate, display2

IndexCode = Literal["ipak", "ipkp", "ikm"]
GateCode = Literal["willing", "respondents", "ipak", "ipkp"]
RunBy = Literal["tpn", "unit"]

INDEX_TOP = 4
"""Every index of these regimes ends on a scale whose top is 4. Source: survey.md section 1."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Whole scores from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, score: object) -> bool:
        # bool is an int to Python and 4.0 == 4: neither is a score a respondent gave
        return type(score) is int and self.low <= score <= self.high

    def scores(self) -> range:
        return range(self.low, self.high + 1)


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `labels` names each score from low to high; `is_replaceable` may be left out."""

    key: str
    text: str
    index: IndexCode
    labels: tuple[str, ...]
    is_replaceable: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Items that make one index, in the order they are asked."""

    index: IndexCode
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire version. Answers are stored by item key, never by position."""

    version: str
    source: str
    scale: Scale
    parts: tuple[Part, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for part in self.parts for item in part.items)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.items)


@dataclass(frozen=True, slots=True)
class GradeTable:
    """Grades from best to worst with the lowest index of each, on a grid of 0.01."""

    id: str
    source: str
    bounds: tuple[tuple[str, str, Fraction], ...]
    """Each `(grade, label, lowest index)`."""

    def grade(self, index: Fraction) -> str | None:
        """Return the grade of an index 25-100; null below the lowest bound.

        The index is rounded half up to 2 decimals first, because the printed table leaves gaps of 0.01
        that an unrounded value falls into. Source: PermenPANRB 14/2017, Lampiran I Bab V, Tabel II.
        """
        shown = Fraction(display2(index))
        return next((grade for grade, _, lowest in self.bounds if shown >= lowest), None)


@dataclass(frozen=True, slots=True)
class Gate:
    """A floor of a predicate. A population under `small_below` lowers it to the sample size."""

    code: GateCode
    minimum: Mapping[Predicate, Fraction]
    source: str
    small_below: int | None = None


@dataclass(frozen=True, slots=True)
class WeightProfile:
    """`each` is the printed weight of one item and holds for `items` items only; None = equal shares."""

    id: str
    each: Fraction | None
    items: int | None

    def is_for(self, count: int) -> bool:
        return self.items is None or self.items == count


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules one campaign pins. `policies` lists what may be chosen, the default first.

    A result counts for a predicate when its period covers `least_months`; 1 where nothing is asked.
    """

    id: str
    title: str
    source: str
    run_by: RunBy
    modes: tuple[str, ...]
    instrument: Instrument | None
    policies: Mapping[str, tuple[str, ...]]
    gates: tuple[Gate, ...]
    grade_table: GradeTable | None
    weight_profiles: Mapping[str, WeightProfile]
    least_months: int = 1

    def gate(self, code: GateCode) -> Gate:
        """Return a gate of this regime; `KeyError` when it has none of that code."""
        for gate in self.gates:
            if gate.code == code:
                return gate
        raise KeyError(code)

    def default_policies(self) -> dict[str, str]:
        return {kind: choices[0] for kind, choices in self.policies.items()}
