"""One item as its block shows it: question, choices or counts, note, evidence, facts, and what TPI says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from services.planning.evidence.domain import Form
from services.planning.pages.worksheets.facts import LiveAnswer, LiveProof, Official, SheetFacts
from services.planning.pages.worksheets.fields import Fields, fields_of, press_of
from services.planning.pages.worksheets.sheet import Area, Line
from services.planning.pages.worksheets.words import (
    note_words,
    points_of,
    points_words,
    saved_words,
    sum_words,
    warning_words,
    who,
)
from services.planning.worksheets.domain import AnswerVersion
from services.planning.worksheets.words import answer_words
from shared.indonesian import capital, day_of, moment, number
from shared.instruments.lke import (
    Answer,
    Question,
    QuestionType,
    Totals,
    is_present,
    lke_instrument,
    typed_warnings,
)

FORM_WORDS: Mapping[Form, str] = {Form.FILE: "berkas", Form.TEXT: "tulisan", Form.ADDRESS: "alamat"}
DESIGNATED_FOR: Mapping[str, str] = {
    "unit": "unit penanganan yang surat keputusannya menyebut unit ini",
    "agency": "unit penanganan seluruh instansi",
}
PROVEN_BY: Mapping[str, str] = {"evaluation": "evaluasi penanganan", "review": "peninjauan peta benturan"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One letter an item may have: what it means, what it earns."""

    letter: str
    meaning: str
    points: Fraction
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a % item, as text: what was typed may be no number."""

    key: str
    label: str
    value: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """An evidence of the item, and the other items and activities that it proves too."""

    evidence_id: UUID
    title: str
    form: str
    on: str
    elsewhere: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """What facts answer an item beside its own answer; `sent` is that answer for the script.

    `kind` is `drift` where the answers differ, `same` where they agree, `open` where the item is blank and
    follows the fact, `proposal` where a person has to accept it first, who looks at what `check` says.
    `basis` are the things that proved it.
    """

    kind: str
    words: str
    points: str
    at: str
    sent: str
    check: str
    basis: Sequence[str]


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the internal assessors answered instead."""

    words: str
    points: str
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """What somebody else wrote into the item meanwhile, shown beside what was typed."""

    words: str
    by: str


@dataclass(frozen=True, slots=True)
class Item:
    """One block. `faults` are pairs of field and what is wrong; `group` heads the first of an indicator."""

    line: Line
    fields: Fields
    choices: Sequence[Choice]
    counts: Sequence[Count]
    is_index: bool
    proofs: Sequence[Proof]
    sum: str
    warnings: Sequence[str]
    saved: str
    by: str
    documents: Sequence[tuple[str, bool]]
    official: Official | None
    fact: Fact | None
    assessed: Assessed | None
    closes: bool
    group: str = ""
    faults: Sequence[tuple[str, str]] = ()
    theirs: Theirs | None = None

    @property
    def code(self) -> str:
        return self.line.question.code

    @property
    def version(self) -> int:
        """The worksheet's version at its newest answer, 0 while it has none."""
        return self.line.version.version if self.line.version else 0

    @property
    def wrong(self) -> set[str]:
        """The fields that something is wrong with."""
        return {field for field, _ in self.faults}


def item_of(
    facts: SheetFacts,
    area: Area,
    line: Line,
    *,
    typed: Fields | None = None,
    faults: Sequence[tuple[str, str]] = (),
    theirs: AnswerVersion | None = None,
    group: str = "",
) -> Item:
    """Return the block of an item, its fields as they are stored or, after a refusal, as they were typed."""
    question, version = line.question, line.version
    fields = fields_of(version) if typed is None else typed
    answer = version.draft.answer if version else None
    found = typed_warnings((question.code,), facts.answers)
    return Item(
        line=line,
        fields=fields,
        choices=choices_of(question, fields, facts.beside.letters.get(question.code, {})),
        counts=counts_of(question, fields),
        is_index=question.type is QuestionType.INDEX,
        proofs=[_proof(facts, question.code, one) for one in fields.evidence_ids],
        sum=sum_words(question, answer, facts.policies),
        warnings=warning_words(question.code, found),
        saved=saved_words(version, facts.reader, facts.whole.zone),
        by=f"{moment(version.written_at, facts.whole.zone)} {who(version, facts.reader)}" if version else "",
        documents=_documents(facts, question.code, fields),
        official=facts.beside.wording.get(question.code),
        fact=_fact(facts, question, answer if is_present(question.code, answer) else None),
        assessed=_assessed(facts, question) if line.differs else None,
        closes=_closes(area, question, line),
        group=group,
        faults=faults,
        theirs=_theirs(facts, question, theirs),
    )


def choices_of(question: Question, fields: Fields, official: Mapping[str, str]) -> Sequence[Choice]:
    """Return the letters that an item may have, by their `official` meaning; none for other items."""
    if question.scale is None:
        return ()
    return [
        Choice(
            letter,
            official.get(letter) or _meaning(question, letter, value),
            value * question.share,
            letter.casefold() == fields.letter.casefold(),
        )
        for letter, value in question.scale.values.items()
    ]


def _meaning(question: Question, letter: str, value: Fraction) -> str:
    """Return what the worksheet itself says of a letter, else which part of the weight it earns."""
    if letter in question.option_facts:
        text = question.option_facts[letter].replace(">=", "paling sedikit").replace(">", "lebih dari")
        text = text.replace("<", "kurang dari")
        return capital(text)
    return "" if question.type is QuestionType.YA_TIDAK else f"{number(100 * value, 0)} persen dari bobot"


def counts_of(question: Question, fields: Fields) -> Sequence[Count]:
    """Return the counts of a % item as they were typed, none for others."""
    total = question.optional_total
    entries = [*((total, True) for _ in range(total is not None)), *((one, False) for one in question.inputs)]
    return [
        Count(entry.key, entry.label, fields.counts.get(entry.key, ""), is_optional)
        for entry, is_optional in entries
        if entry is not None
    ]


def _proof(facts: SheetFacts, code: str, evidence_id: UUID) -> Proof:
    known = facts.evidence.get(evidence_id)
    others = [other for other in facts.uses.get(evidence_id, ()) if other != code]
    if known is None:
        return Proof(evidence_id, "Bukti dari lapis lain", "", "", others)
    plan = [f"kegiatan {one}" for one in known.activities]
    return Proof(
        evidence_id,
        known.title,
        FORM_WORDS[known.form],
        day_of(known.uploaded_at, facts.whole.zone),
        [*others, *plan],
    )


def _documents(facts: SheetFacts, code: str, fields: Fields) -> Sequence[tuple[str, bool]]:
    """Return the usual documents of an item, and whether an evidence of it is one."""
    kinds = {facts.evidence[one].kind for one in fields.evidence_ids if one in facts.evidence}
    return [(document.text, document.key in kinds) for document in facts.beside.documents(code)]


def _fact(facts: SheetFacts, question: Question, answer: Answer | None) -> Fact | None:
    live = facts.beside.live.get(question.code)
    if live is None:
        return None
    return Fact(
        kind=_fact_kind(live, answer),
        words=answer_words(question, live.answer),
        points=number(points_of(question, live.answer, facts.policies)),
        at=moment(live.at, facts.whole.zone),
        sent=press_of(live.answer),
        check=live.check,
        basis=sorted({proof_words(one) for one in live.proofs}),
    )


def proof_words(proof: LiveProof) -> str:
    """Return an evaluation, a decree or a review as people call it."""
    if proof.kind == "designation":
        return DESIGNATED_FOR[proof.told]
    return f"{PROVEN_BY[proof.kind]} {proof.told}"


def _fact_kind(live: LiveAnswer, answer: Answer | None) -> str:
    if answer is None:
        return "open" if live.is_fact else "proposal"
    return "same" if answer == live.answer else "drift"


def _assessed(facts: SheetFacts, question: Question) -> Assessed:
    version = facts.tpi[question.code]
    return Assessed(
        words=answer_words(question, version.draft.answer),
        points=number(points_of(question, version.draft.answer, facts.policies)),
        note=note_words(version.draft.note),
        by=moment(version.written_at, facts.whole.zone),
    )


def _theirs(facts: SheetFacts, question: Question, version: AnswerVersion | None) -> Theirs | None:
    return None if version is None else theirs_of(question, version, facts)


def theirs_of(question: Question, version: AnswerVersion, facts: SheetFacts) -> Theirs:
    """Return an answer as it stands beside another one that was typed meanwhile."""
    draft = version.draft
    parts = [answer_words(question, draft.answer), note_words(draft.note)]
    if draft.evidence_ids:
        parts.append(f"{len(draft.evidence_ids)} bukti")
    by = f"{moment(version.written_at, facts.whole.zone)} {who(version, facts.reader)}"
    return Theirs(", ".join(filter(None, parts)), by)


def _closes(area: Area, question: Question, line: Line) -> bool:
    """Tell whether the next better letter of an item closes the gap of its area alone."""
    short = area.floors[0].shortfall if len(area.floors) == 1 else Fraction(0)
    if not short or question.scale is None:
        return False
    points = [value * question.share for value in question.scale.values.values()]
    better = [one for one in points if one > line.points]
    return bool(better) and min(better) - line.points >= short


def group_of(parent: str, found: Totals) -> str:
    """Return the name of an indicator with its half and its points, as the head of its items."""
    node = lke_instrument().nodes[parent]
    half = {"A.I.": "Pemenuhan: ", "A.II": "Reform: "}.get(parent[:4], "")
    return f"{half}{node.name}, {points_words(parent, found.points(parent))}"
