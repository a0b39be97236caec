"""One item as assessors see it: the unit's answer and its evidence at the left, their own at the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.planning.evidence.domain import EvidenceLine
from services.planning.pages.review.facts import ReviewFacts
from services.planning.pages.review.lines import ReviewLine
from services.planning.pages.worksheets.fields import Fields, fields_of, press_of
from services.planning.pages.worksheets.items import FORM_WORDS, Choice, Count, Theirs, choices_of, counts_of
from services.planning.pages.worksheets.words import (
    note_words,
    points_of,
    saved_words,
    sum_words,
    warning_words,
    who,
)
from services.planning.stages.domain.findings import Finding
from services.planning.worksheets.domain import AnswerVersion
from services.planning.worksheets.words import OPEN_WORDS, answer_words
from shared.indonesian import day_of, moment, number
from shared.instruments.lke import QuestionType, state_and_value, typed_warnings

WHY = "Tulis alasan: unit akan membacanya, dan instansi boleh menyanggah sekali."


@dataclass(frozen=True, slots=True)
class Side:
    """What somebody else answered: `C, 1,25`, their note and when."""

    words: str
    note: str
    at: str


@dataclass(frozen=True, slots=True)
class Proof:
    """An evidence of the unit as it was handed in, with its form and day; it opens at `place`."""

    place: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One block; `agreed` is the answer that one press takes over, "" where there is none."""

    line: ReviewLine
    unit: Side
    own: Side
    tpi: Side | None
    proofs: Sequence[Proof]
    fields: Fields
    choices: Sequence[Choice]
    counts: Sequence[Count]
    is_index: bool
    agreed: str
    sum: str
    warnings: Sequence[str]
    saved: str
    by: str
    findings: Sequence[Finding]
    group: str = ""
    faults: Sequence[tuple[str, str]] = ()
    theirs: Theirs | None = None

    @property
    def code(self) -> str:
        return self.line.code

    @property
    def version(self) -> int:
        """The worksheet's version at the assessors' newest answer, 0 while there is none."""
        return self.line.own.version if self.line.own else 0

    @property
    def why(self) -> str:
        """What is asked for where a difference has no reason."""
        return why(self.line)

    @property
    def wrong(self) -> set[str]:
        """The fields that something is wrong with."""
        return {name for name, _ in self.faults} | ({"note"} if self.line.is_bare else set())


def review_item(
    facts: ReviewFacts,
    line: ReviewLine,
    *,
    typed: Fields | None = None,
    faults: Sequence[tuple[str, str]] = (),
    theirs: AnswerVersion | None = None,
    group: str = "",
) -> ReviewItem:
    """Return the block of an item, its fields as they are stored or, after a refusal, as they were typed."""
    question, own, zone = line.question, line.own, facts.whole.zone
    fields = fields_of(own) if typed is None else typed
    tpi = facts.tpi.get(line.code)
    linked = line.unit.draft.evidence_ids if line.unit else ()
    return ReviewItem(
        line=line,
        unit=_side(facts, line, line.unit),
        own=_side(facts, line, own),
        tpi=_side(facts, line, tpi) if tpi is not None and tpi.draft.answer is not None else None,
        proofs=[_proof(facts, facts.evidence[one]) for one in linked if one in facts.evidence],
        fields=fields,
        choices=choices_of(question, fields, {}),
        counts=counts_of(question, fields),
        is_index=question.type is QuestionType.INDEX,
        agreed=press_of(line.before),
        sum=sum_words(question, line.answer, facts.policies),
        warnings=review_warnings(facts, line),
        saved=saved_words(own, facts.reader, zone),
        by=f"{moment(own.written_at, zone)} {who(own, facts.reader)}" if own else "",
        findings=[one for one in facts.findings if one.item_code == line.code],
        group=group,
        faults=faults,
        theirs=None if theirs is None else _theirs(facts, line, theirs),
    )


def why(line: ReviewLine) -> str:
    """Return what is asked for where a difference has no reason, "" elsewhere."""
    return f"■ {WHY}" if line.is_bare else ""


def review_warnings(facts: ReviewFacts, line: ReviewLine) -> Sequence[str]:
    """Return what is odd about the assessors' answer."""
    answers = {code: one.draft.answer for code, one in facts.own.items()}
    if line.answer is None:
        return []
    return warning_words(line.code, typed_warnings((line.code,), answers))


def _side(facts: ReviewFacts, line: ReviewLine, version: AnswerVersion | None) -> Side:
    answer = version.draft.answer if version else None
    words = "belum menjawab"
    if answer is not None:
        state, _ = state_and_value(line.question, answer, facts.policies)
        worth = OPEN_WORDS.get(state) or number(points_of(line.question, answer, facts.policies))
        words = f"{answer_words(line.question, answer)}, {worth}"
    if version is None:
        return Side(words, "", "")
    return Side(words, version.draft.note or "", moment(version.written_at, facts.whole.zone))


def _proof(facts: ReviewFacts, evidence: EvidenceLine) -> Proof:
    id_, kept = evidence.evidence_id, facts.kept.get(evidence.evidence_id, evidence.revision)
    if kept < evidence.revision:
        told = f"{FORM_WORDS[evidence.form]}, revisi {kept} seperti diserahkan; kini ada yang lebih baru"
        return Proof(f"{id_}?revisi={kept}", evidence.title, told)
    told = f"{FORM_WORDS[evidence.form]}, {day_of(evidence.uploaded_at, facts.whole.zone)}"
    return Proof(str(id_), evidence.title, told)


def _theirs(facts: ReviewFacts, line: ReviewLine, version: AnswerVersion) -> Theirs:
    parts = (answer_words(line.question, version.draft.answer), note_words(version.draft.note))
    by = f"{moment(version.written_at, facts.whole.zone)} {who(version, facts.reader)}"
    return Theirs(", ".join(filter(None, parts)), by)
