"""What a worksheet's pages are made of: a unit's year as it was read, and what others say beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol
from uuid import UUID

from services.planning.evidence.domain import EvidenceLine
from services.planning.layers import Layer
from services.planning.worksheets.domain import AnswerVersion
from services.planning.worksheets.whole import WholeSheet
from shared.instruments.lke import Answer, Policies, RuleSet, Totals, pinned_policies, rule_set, totals


class LiveProof(Protocol):
    """An evaluation, a decree or a review that an answer rests on."""

    @property
    def kind(self) -> str: ...
    @property
    def told(self) -> str: ...


class LiveAnswer(Protocol):
    """What facts answer an item; a proposal (`is_fact` False) counts when a person has accepted it.

    `check` is what that person has to look at, `proofs` what the answer rests on.
    """

    @property
    def answer(self) -> Answer: ...
    @property
    def is_fact(self) -> bool: ...
    @property
    def at(self) -> datetime: ...
    @property
    def check(self) -> str: ...
    @property
    def proofs(self) -> Sequence[LiveProof]: ...


class Document(Protocol):
    """A document that units usually show; an evidence of the kind `key` is one."""

    @property
    def key(self) -> str: ...
    @property
    def text(self) -> str: ...


LiveAnswers = Mapping[str, LiveAnswer]
Documents = Callable[[str], Sequence[Document]]
"""The usual documents of an item, the most telling first."""


@dataclass(frozen=True, slots=True)
class Official:
    """The official wording of an item: its question, and its criteria as one text."""

    question: str
    criteria: str


def no_documents(_: str) -> Sequence[Document]:
    """Return what is known without a list of documents."""
    return ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the answers: facts, usual documents, official wording, and the last submission.

    `letters` has the official criterion of each letter by item, where the wording tells them apart.
    `submitted` is the worksheet's version when the unit layer was last handed in, None before the first time.
    """

    live: LiveAnswers = field(default_factory=dict)
    documents: Documents = no_documents
    wording: Mapping[str, Official] = field(default_factory=dict)
    letters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    submitted: int | None = None


@dataclass(frozen=True, slots=True)
class StageHead:
    """Where an assessment stands, whose step it is until when, and findings that wait for the unit."""

    name: str
    told: str
    open_findings: int = 0


@dataclass(frozen=True)
class SheetFacts:
    """A worksheet as one reader sees it; `evidence` holds what the shown items link, and more if asked."""

    whole: WholeSheet
    reader: str
    may_write: bool
    evidence: Mapping[UUID, EvidenceLine] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)
    stage: StageHead | None = None

    @cached_property
    def unit(self) -> Mapping[str, AnswerVersion]:
        """The newest answers of the unit by item, blanked ones too."""
        return self._layer(Layer.UNIT)

    @cached_property
    def tpi(self) -> Mapping[str, AnswerVersion]:
        """The newest answers of the internal assessors by item."""
        return self._layer(Layer.TPI)

    @cached_property
    def answers(self) -> Mapping[str, Answer | None]:
        """The answers of the unit by item."""
        return {code: version.draft.answer for code, version in self.unit.items()}

    @cached_property
    def totals(self) -> Totals:
        """The points of the unit's own layer."""
        return totals(self.answers, self.policies)

    @cached_property
    def policies(self) -> Policies:
        """The policies that the programme has pinned."""
        return pinned_policies(self.whole.policies)

    @cached_property
    def rules(self) -> RuleSet:
        """The minima that the programme has pinned."""
        return rule_set(self.whole.rule_set)

    @cached_property
    def uses(self) -> Mapping[UUID, Sequence[str]]:
        """The items of the unit's layer that each evidence proves."""
        found: dict[UUID, list[str]] = {}
        for code, version in self.unit.items():
            for evidence_id in version.draft.evidence_ids:
                found.setdefault(evidence_id, []).append(code)
        return found

    def _layer(self, layer: Layer) -> Mapping[str, AnswerVersion]:
        return {one.draft.item_code: one for one in self.whole.answers if one.layer is layer}
