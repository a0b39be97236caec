"""What a report is made of: the layers as they were judged, and what a unit comes to by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType

from services.planning.evidence.domain import Evidence
from services.planning.layers import Layer
from services.planning.nomination.domain.predicates import Award
from services.planning.nomination.domain.rules import Category, State, Subject
from services.planning.plan.domain import Programme
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.differences import is_different, standing_before
from services.planning.stages.domain.rounds import GivenAnswer, Round
from services.planning.stages.domain.stage import DECIDED, Stage
from services.planning.units.domain import Unit
from shared.instruments.lke import (
    Answer,
    GateResult,
    Policies,
    Question,
    RuleSet,
    Score,
    evaluate_gates,
    is_present,
    lke_instrument,
    pinned_policies,
    rule_set,
    score,
)
from shared.kernel import Predicate

_UNIT_ALONE, _TPI_ALONE = (Layer.UNIT,), (Layer.TPI,)
_ALL = tuple(Layer)
_COUNTED: Mapping[Stage, tuple[Layer, ...]] = MappingProxyType(
    {
        Stage.PENGISIAN: _UNIT_ALONE,
        Stage.PENILAIAN_PENDAHULUAN: _UNIT_ALONE,
        Stage.PENILAIAN_TPI: (Layer.UNIT, Layer.TPI),
        Stage.PENGUSULAN: _TPI_ALONE,
        Stage.PRA_EVALUASI: _TPI_ALONE,
        Stage.DITOLAK: _TPI_ALONE,
    }
)
"""Whose answers the gates are asked of, the last first; all layers at every other stage.

Source: lke.md sections 7 and 8: TPI's own at pre-evaluation, what the TPN left standing at the award.
"""


@dataclass(frozen=True, slots=True)
class JudgedLayer:
    """A layer as a report tells it: by item what stood in `round`, or in the open worksheet (None)."""

    layer: Layer
    answers: Mapping[str, GivenAnswer]
    round: Round | None = None

    @property
    def values(self) -> Mapping[str, Answer]:
        return {code: one.answer for code, one in self.answers.items() if one.answer is not None}

    @property
    def assessed(self) -> int:
        """How many items have an answer that counts."""
        return sum(is_present(code, answer) for code, answer in self.values.items())


@dataclass(frozen=True, slots=True)
class PreconditionLine:
    """A precondition as it stands; `proofs` are the sha256 of the papers that prove it."""

    subject: Subject
    title: str
    required: str
    value: str | None
    state: State
    is_deferred: bool
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageLine:
    """The newest package that holds the unit."""

    version: int
    sha256: str
    frozen_at: datetime
    category: Category
    kawasan: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One move of the assessment."""

    at: datetime
    source: Stage
    target: Stage
    reason: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """An item on which layers differ: the points it has by the unit, and by what counts in the end."""

    question: Question
    before: Fraction
    after: Fraction

    @property
    def gained(self) -> Fraction:
        """Points that the assessors gave, below 0 those they took."""
        return self.after - self.before


def told_awards(awards: Sequence[Award], year: int, *, is_final: bool) -> Sequence[Award]:
    """Return the predicates that a report of a year tells.

    A final one tells those up to the decree that ended the year, so that it stays what it was.
    """
    own = (one.decree.dated_on for one in awards if one.assessed_year == year)
    ended_on = max(own, default=date(year, 12, 31))
    return [one for one in awards if not is_final or one.decree.dated_on <= ended_on]


@dataclass(frozen=True)
class ReportFacts:
    """Everything that planning knows of a unit's year and that a report tells.

    `evidence` is what the layers cite, at the revision that was judged. `told_at` is when the newest of all
    this came to be.
    """

    unit: Unit
    programme: Programme
    assessment: Assessment
    worksheet_version: int
    layers: Mapping[Layer, JudgedLayer]
    evidence: Mapping[Layer, Sequence[Evidence]]
    preconditions: Sequence[PreconditionLine]
    package: PackageLine | None
    awards: Sequence[Award]
    steps: Sequence[Step]
    told_at: datetime

    @property
    def is_final(self) -> bool:
        """Whether a decree said what became of the unit."""
        return self.assessment.stage in DECIDED

    @property
    def predicate(self) -> Predicate:
        """What the unit is measured for: as it was proposed, before that as its programme aims."""
        if self.package is not None:
            return self.package.category.predicate
        return self.programme.target.value

    @property
    def award(self) -> Award | None:
        """The predicate that this assessment gave."""
        return next((one for one in self.awards if one.assessed_year == self.programme.year), None)

    @cached_property
    def policies(self) -> Policies:
        return pinned_policies(self.programme.policies)

    @cached_property
    def rules(self) -> RuleSet:
        return rule_set(self.programme.rule_set)

    @property
    def shown_layers(self) -> tuple[Layer, ...]:
        """The unit's layer, and those above it in which somebody answered."""
        return tuple(layer for layer in Layer if layer is Layer.UNIT or (self.layers[layer].assessed))

    def stands(self, *layers: Layer) -> Mapping[str, Answer]:
        """Return what stands by item where a later layer counts before an earlier one."""
        lowest, *above = layers
        over = standing_before(*(tuple(self.layers[layer].answers.values()) for layer in above))
        return {**self.layers[lowest].values, **over}

    @cached_property
    def scores(self) -> Mapping[Layer, Score]:
        """The score after each shown layer: of its answers, and of those beneath where it gave none."""
        return {
            layer: score(self.stands(*_ALL[: _ALL.index(layer) + 1]), "zero", self.policies)
            for layer in self.shown_layers
        }

    @property
    def counted(self) -> tuple[Layer, ...]:
        """Whose answers the gates are asked of at this stage."""
        return _COUNTED.get(self.assessment.stage, _ALL)

    @cached_property
    def counted_score(self) -> Score:
        """The score that the gates are asked of."""
        return score(self.stands(*self.counted), "zero", self.policies)

    @cached_property
    def gates(self) -> Sequence[GateResult]:
        """The gates of the predicate in the order of the regulation."""
        return evaluate_gates(self.counted_score, self.rules, self.predicate)

    @cached_property
    def differences(self) -> Sequence[Difference]:
        """The items on which assessors answered otherwise than what stood before them."""
        first, last = self.scores[Layer.UNIT], self.scores[self.shown_layers[-1]]
        return [
            Difference(question, first.points(code) or Fraction(0), last.points(code) or Fraction(0))
            for code, question in lke_instrument().questions.items()
            if self._differs(code)
        ]

    def _differs(self, code: str) -> bool:
        before = self.layers[Layer.UNIT].values.get(code)
        for layer in (Layer.TPI, Layer.TPN):
            own = self.layers[layer].values.get(code)
            if own is None or not is_present(code, own):
                continue
            if is_different(own, before):
                return True
            before = own
        return False
