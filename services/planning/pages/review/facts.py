"""What the assessors' page is made of: a layer of theirs beside what stands before it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from services.planning.evidence.domain import EvidenceLine
from services.planning.layers import Layer
from services.planning.stages.domain.assessment import Standing
from services.planning.stages.domain.findings import Finding
from services.planning.worksheets.domain import AnswerVersion
from services.planning.worksheets.whole import WholeSheet
from shared.instruments.lke import (
    Answer,
    Policies,
    RuleSet,
    Totals,
    is_present,
    pinned_policies,
    rule_set,
    totals,
)


class LayerWords(NamedTuple):
    """How a layer of assessors and what it is compared with are called."""

    name: str
    before: str


LAYER_WORDS: Mapping[Layer, LayerWords] = MappingProxyType(
    {Layer.TPI: LayerWords("TPI", "unit"), Layer.TPN: LayerWords("TPN", "TPI")}
)


@dataclass(frozen=True)
class ReviewFacts:
    """A worksheet before its assessors.

    `obstacle` says why the reader's fields are closed, "" where they are open. `areas` are those that the
    reader looks after (1-6, none named: all), None for whom the unit was not given. `handed_in` is the
    worksheet's version when the unit handed in before the last time, None while it did so once at most;
    `kept` are the revisions of evidence that it handed in with, none while it has the worksheet itself.
    """

    whole: WholeSheet
    layer: Layer
    reader: str
    standing: Standing
    obstacle: str = ""
    areas: Collection[int] | None = None
    handed_in: int | None = None
    evidence: Mapping[UUID, EvidenceLine] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    kept: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def may_write(self) -> bool:
        return not self.obstacle

    @property
    def words(self) -> LayerWords:
        return LAYER_WORDS[self.layer]

    @cached_property
    def unit(self) -> Mapping[str, AnswerVersion]:
        """The newest answers of the unit by item, blanked ones too."""
        return self._layer(Layer.UNIT)

    @cached_property
    def own(self) -> Mapping[str, AnswerVersion]:
        """The newest answers of the assessors' layer by item, blanked ones too."""
        return self._layer(self.layer)

    @cached_property
    def tpi(self) -> Mapping[str, AnswerVersion]:
        """What TPI says beside the unit, where TPN looks; nothing where TPI itself does."""
        return self._layer(Layer.TPI) if self.layer is Layer.TPN else {}

    @cached_property
    def before(self) -> Mapping[str, Answer]:
        """What stands before the assessors: the unit's answers, for TPN those of TPI where it gave one."""
        return _given(self.unit) | _given(self.tpi)

    @cached_property
    def after(self) -> Mapping[str, Answer]:
        """What stands once the assessors' answers count."""
        return {**self.before, **_given(self.own)}

    @cached_property
    def totals_before(self) -> Totals:
        return totals(self.before, self.policies)

    @cached_property
    def totals_after(self) -> Totals:
        return totals(self.after, self.policies)

    @cached_property
    def policies(self) -> Policies:
        """The policies that the programme has pinned."""
        return pinned_policies(self.whole.policies)

    @cached_property
    def rules(self) -> RuleSet:
        """The minima that the programme has pinned."""
        return rule_set(self.whole.rule_set)

    def _layer(self, layer: Layer) -> Mapping[str, AnswerVersion]:
        return {one.draft.item_code: one for one in self.whole.answers if one.layer is layer}


def _given(versions: Mapping[str, AnswerVersion]) -> dict[str, Answer]:
    """Return the answers that stand: counts that lack one of their set leave the item to the layer before."""
    return {
        code: answer
        for code, one in versions.items()
        if (answer := one.draft.answer) is not None and is_present(code, answer)
    }
