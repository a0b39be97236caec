"""Candidates, preconditions, predicates, proposals and packages over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.planning.fields import Line, Shown
from services.planning.nomination.domain.changing import Contents
from services.planning.nomination.domain.eligibility import Outcome, Standing
from services.planning.nomination.domain.gates import told_of
from services.planning.nomination.domain.nominations import (
    DocumentKind,
    Nomination,
    NominationState,
    ProposedKawasan,
    ProposedUnit,
)
from services.planning.nomination.domain.predicates import Award, Giver
from services.planning.nomination.domain.rules import Category, State
from services.planning.nomination.store.packages import Frozen
from services.planning.nomination.usecases.candidates import Candidate
from services.planning.nomination.usecases.freezing import Preview
from services.planning.nomination.usecases.pre_evaluation import PreEvaluation
from services.planning.nomination.usecases.preconditions import Preconditions, SentWord
from services.planning.stages.schemas import DecreeIn
from shared.http.fields import Body, UnitId, Year
from shared.http.text import FreeText
from shared.kernel import Predicate

ReasonText = Annotated[str, FreeText(1, 1000)]
PreconditionCode = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Precondition, e.g. opini_bpk")
]
ScoreText = Annotated[
    str,
    Field(pattern=r"^(?:10(?:\.0{1,4})?|[0-9](?:\.[0-9]{1,4})?)$", description="Decimal text 0-10, e.g. 6.5"),
]
MOST_UNITS = 200
"""Units that one proposal holds."""


class DocumentOut(Shown):
    document_id: UUID
    agency_id: str
    kind: DocumentKind
    file_name: str
    sha256: str
    media_type: str
    size_bytes: int
    number: str | None
    dated_on: date | None
    signatory: str | None


class FactIn(Body):
    code: PreconditionCode
    value: Line | None = Field(
        default=None, description="Grade, ya/tidak or decimal text; null takes back what was told"
    )
    document_ids: list[UUID] = Field(
        default_factory=list, max_length=20, description="Papers of the agency that prove it"
    )

    def sent(self) -> SentWord:
        return SentWord(self.code, self.value, tuple(dict.fromkeys(self.document_ids)))


class FactsIn(Body):
    facts: list[FactIn] = Field(min_length=1, max_length=50)


class PreconditionOut(BaseModel):
    """One precondition with what was told last; the states say whether it is met for each predicate."""

    code: str
    title: str
    allowed: str
    required: dict[Predicate, str]
    states: dict[Predicate, State]
    value: str | None
    document_ids: list[UUID]
    told_by: str | None
    told_at: datetime | None


class PreconditionsOut(BaseModel):
    subject: Literal["agency", "unit"]
    subject_id: str
    year: int
    rules: str = Field(description="Version of the rules of that year")
    version: int = Field(description="1 while nothing was told; If-Match of a change names it")
    preconditions: list[PreconditionOut]

    @classmethod
    def of(cls, found: Preconditions) -> Self:
        return cls(
            subject=found.subject,
            subject_id=found.subject_id,
            year=found.year,
            rules=found.rules,
            version=found.version,
            preconditions=[PreconditionOut.model_validate(row, from_attributes=True) for row in found.rows],
        )


class ReasonOut(Shown):
    code: str
    message: str = Field(validation_alias="said")
    precondition: str | None


class CandidateOut(BaseModel):
    """A unit as a candidate: `open` might be proposed, were what is unknown told."""

    unit_id: str
    name: str
    agency_id: str
    outcome: Outcome
    reasons: list[ReasonOut]
    states: dict[str, State] = Field(description="Of each precondition")
    predicates: list[Predicate] = Field(description="Those that stand, the newest first")

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        return cls(
            unit_id=candidate.unit.unit_id,
            name=candidate.unit.name,
            agency_id=candidate.unit.agency_id,
            outcome=candidate.found.outcome,
            reasons=[ReasonOut.of(reason) for reason in candidate.found.reasons],
            states=_states(candidate.found.standings),
            predicates=[award.predicate for award in candidate.awards if award.revoked is None],
        )


class PredicateIn(Body):
    predicate: Predicate
    giver: Giver = Giver.TPN
    decree: DecreeIn


class RevocationIn(Body):
    decree: DecreeIn
    reason: ReasonText


class DecreeOut(Shown):
    number: str
    dated_on: date
    signatory: str
    document_id: UUID | None


class PredicateOut(BaseModel):
    predicate_id: UUID
    unit_id: str
    year: int = Field(description="Year of the decree")
    predicate: Predicate
    giver: Giver
    decree: DecreeOut
    revoked: DecreeOut | None
    reason: str | None = Field(description="Why it was revoked")
    assessed_year: int | None = Field(
        description="Year of the assessment that gave it and takes it back; null where people entered it"
    )
    version: int

    @classmethod
    def of(cls, award: Award) -> Self:
        return cls(
            predicate_id=award.predicate_id,
            unit_id=award.unit_id,
            year=award.year,
            predicate=award.predicate,
            giver=award.giver,
            decree=DecreeOut.of(award.decree),
            revoked=DecreeOut.of(award.revoked) if award.revoked else None,
            reason=award.revoked_because,
            assessed_year=award.assessed_year,
            version=award.version,
        )


class PredicatesOut(BaseModel):
    unit_id: str
    years: dict[int, list[PredicateOut]] = Field(description="By year of the decree, the newest first")

    @classmethod
    def of(cls, unit_id: str, awards: list[Award]) -> Self:
        years: dict[int, list[PredicateOut]] = {}
        for award in awards:
            years.setdefault(award.year, []).append(PredicateOut.of(award))
        return cls(unit_id=unit_id, years=years)


class ProposedUnitIn(Body):
    unit_id: UnitId
    category: Category
    kawasan: Line | None = Field(default=None, description="Name of the group it is proposed in")

    def proposed(self) -> ProposedUnit:
        return ProposedUnit(self.unit_id, self.category, self.kawasan)


class KawasanIn(Body):
    name: Line
    integration: ScoreText | None = None

    def proposed(self) -> ProposedKawasan:
        return ProposedKawasan(self.name, None if self.integration is None else Decimal(self.integration))


class ProposalIn(Body):
    """Units that an agency proposes; a kawasan names what its units share."""

    units: list[ProposedUnitIn] = Field(min_length=1, max_length=MOST_UNITS)
    kawasan: list[KawasanIn] = Field(default_factory=list, max_length=50)

    def contents(self) -> Contents:
        return Contents([unit.proposed() for unit in self.units], [one.proposed() for one in self.kawasan])


class NominationIn(ProposalIn):
    agency_id: UnitId
    year: Year


class ProposalChange(ProposalIn):
    reason: ReasonText | None = Field(
        default=None, description="Needed when a unit leaves that was frozen already"
    )


class SubmissionIn(Body):
    letter_id: UUID
    sptjm_id: UUID


class FreezeIn(Body):
    reason: ReasonText | None = Field(default=None, description="Needed for every package after the first")


class WithdrawalIn(Body):
    reason: ReasonText


class ProposedUnitOut(Shown):
    unit_id: str
    category: Category
    kawasan: str | None


class KawasanOut(BaseModel):
    name: str
    integration: str | None


class NominationOut(BaseModel):
    nomination_id: UUID
    agency_id: str
    year: int
    state: NominationState
    units: list[ProposedUnitOut]
    kawasan: list[KawasanOut]
    letter_id: UUID | None
    sptjm_id: UUID | None
    package_version: int = Field(description="Newest frozen package, 0 before the first")
    version: int

    @classmethod
    def of(cls, found: Nomination) -> Self:
        return cls(
            nomination_id=found.nomination_id,
            agency_id=found.agency_id,
            year=found.year,
            state=found.state,
            units=[ProposedUnitOut.of(unit) for unit in found.units],
            kawasan=[
                KawasanOut(
                    name=group.name,
                    integration=None if group.integration is None else format(group.integration, "f"),
                )
                for group in found.kawasan
            ],
            letter_id=found.letter_id,
            sptjm_id=found.sptjm_id,
            package_version=found.package_version,
            version=found.version,
        )


class FindingOut(Shown):
    """What stands in the way, or looks wrong; `field` is its place in the proposal."""

    field: str
    code: str
    message: str
    unit_id: str | None


class PreviewUnitOut(BaseModel):
    unit_id: str
    name: str
    category: Category
    worksheet_version: int
    answers: dict[str, int] = Field(description="Answered items of 113 by layer")


class PreviewOut(BaseModel):
    """What the next package would hold; it may be frozen while there are no refusals."""

    nomination: NominationOut
    is_freezable: bool
    refusals: list[FindingOut]
    warnings: list[FindingOut]
    eligibility: dict[Predicate, bool] = Field(description="Predicates the agency may propose for")
    units: list[PreviewUnitOut]
    documents: list[DocumentOut]
    files: int = Field(description="Files, words and addresses that the manifest would name")

    @classmethod
    def of(cls, found: Preview) -> Self:
        looked = found.examination
        chosen = {unit.unit_id: unit.category for unit in found.nomination.units}
        named = {paper.sha256 for paper in looked.documents} | {
            proof.content.sha256
            for sheet in looked.sheets
            for given in sheet.evidence.values()
            for proof in given
        }
        return cls(
            nomination=NominationOut.of(found.nomination),
            is_freezable=not looked.refusals,
            refusals=[FindingOut.of(one) for one in looked.refusals],
            warnings=[FindingOut.of(one) for one in looked.warnings],
            eligibility=dict(looked.agency),
            units=[
                PreviewUnitOut(
                    unit_id=sheet.unit_id,
                    name=sheet.name,
                    category=chosen[sheet.unit_id],
                    worksheet_version=sheet.version,
                    answers={
                        layer.value: sum(one.draft.answer is not None for one in given.values())
                        for layer, given in sheet.answers.items()
                    },
                )
                for sheet in looked.sheets
            ],
            documents=[DocumentOut.of(paper) for paper in looked.documents],
            files=len(named),
        )


class FrozenOut(Shown):
    version: int
    sha256: str
    reason: str | None
    frozen_at: datetime
    units: int


class PackagesOut(BaseModel):
    nomination_id: UUID
    packages: list[FrozenOut] = Field(description="The newest first")

    @classmethod
    def of(cls, nomination_id: UUID, found: list[Frozen]) -> Self:
        return cls(nomination_id=nomination_id, packages=[FrozenOut.of(one) for one in found])


class GateOut(BaseModel):
    """A gate that fails, in points as decimal text of 12 places and as an exact fraction."""

    gate: str
    name: str
    value: str
    minimum: str
    shortfall: str
    shortfall_exact: str


class PreEvaluationOut(BaseModel):
    category: Category
    is_passed: bool
    gates_failed: list[GateOut]
    reasons: list[ReasonOut]
    states: dict[str, State] = Field(description="Of each precondition")

    @classmethod
    def of(cls, found: PreEvaluation) -> Self:
        return cls(
            category=found.category,
            is_passed=not found.failed and not found.reasons,
            gates_failed=[GateOut(**told_of(gate)) for gate in found.failed],
            reasons=[ReasonOut.of(reason) for reason in found.reasons],
            states=_states(found.found.standings),
        )


def _states(standings: tuple[Standing, ...]) -> Mapping[str, State]:
    return {standing.precondition.code: standing.state for standing in standings}
