"""The canonical answer to one item, and the way from what somebody sent to it.

A blank item has no `Answer` at all; an answer worth 0 (`Tidak`, index 0, counts of 0) is an `Answer`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import Instrument, Question, QuestionType
from shared.kernel import DomainError

INDEX_LOW, INDEX_HIGH = Decimal(0), Decimal(4)
MOST_DIGITS = 12
MOST_DECIMALS = 20

_COMPUTED = frozenset({"value", "weight", "score", "percent", "nilai", "bobot", "points", "share"})
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_DECIMAL = re.compile(r"[-+]?\d+(?:[.,]\d+)?", re.ASCII)
_GROUPED = re.compile(r"-?\d{1,3}([.,]\d{3})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """Exactly one of: an option `letter`, an `index` (decimal, 0-4), or the counts `inputs` by key n0..n4.

    A plain value: `parse_answer` is what guards the scale and the ranges. Counts may be partial; such an
    answer is stored but not answered. Raises `ValueError` unless exactly one part is given.
    """

    letter: str | None = None
    index: Decimal | None = None
    inputs: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        if [self.letter, self.index, self.inputs].count(None) != 2:  # noqa: PLR2004 - one of three
            raise ValueError("an answer is exactly one of letter, index, inputs")

    @property
    def index_text(self) -> str | None:
        """The index as plain decimal text without exponent, as contracts and tables carry it."""
        return None if self.index is None else format(self.index, "f")

    def __str__(self) -> str:
        if self.inputs is not None:
            return ", ".join(f"{key} = {count}" for key, count in sorted(self.inputs.items()))
        return self.letter if self.letter is not None else (self.index_text or "").replace(".", ",")


@dataclass(frozen=True, slots=True)
class AnswerFinding:
    """Why an item, or one `field` (input key) of it, cannot stand or looks wrong; `said` is Indonesian."""

    code: str
    field: str | None
    value: str
    reason: str
    allowed: str
    said: str

    @property
    def message(self) -> str:
        """One sentence for the user, naming item and field."""
        return f"{self.code if self.field is None else f'{self.code}.{self.field}'}: {self.said}"


class InvalidAnswerError(DomainError):
    """One or more answers cannot stand; `findings` lists every fault at once."""

    code: ClassVar[str] = "invalid_answer"

    def __init__(self, findings: Sequence[AnswerFinding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings), findings=tuple(findings))
        self.findings = tuple(findings)


def make_finding(
    code: str, field: str | None, value: object, reason: str, said: str, allowed: str = ""
) -> AnswerFinding:
    """Build a finding, its value cut to the length of a message."""
    return AnswerFinding(code, field, _shown(value), reason, allowed, said)


def parse_answer(code: str, raw: object, instrument: Instrument | None = None) -> Answer | None:
    """Return the canonical answer to item `code`, or None when `raw` is blank.

    Of the shipped instrument if no other is given. `raw` is a letter (case folded, trimmed, NBSP too), an
    index (`"3,71"`, `"3.71"`, number) or a mapping of counts; None, blank text and a mapping without any
    count are blank. A count of 0 is an answer.
    Raises `InvalidAnswerError` with every fault: unknown item, letter outside the scale, index outside 0-4,
    negative, fractional or ambiguous count, unknown input, a value computed by the sender.
    """
    known = instrument or lke_instrument()
    question = known.questions.get(code)
    if question is None:
        raise InvalidAnswerError([_unknown(code, raw, known)])
    findings: list[AnswerFinding] = []
    answer = _parse(question, raw, findings)
    if findings:
        raise InvalidAnswerError(findings)
    return answer


def parse_answers(
    raws: Mapping[str, object] | Iterable[tuple[str, object]], instrument: Instrument | None = None
) -> dict[str, Answer | None]:
    """Parse a batch; a blank item maps to None. Of the shipped instrument if no other is given.

    Raises `InvalidAnswerError` with the faults of all items at once, an item given twice among them.
    """
    pairs = raws.items() if isinstance(raws, Mapping) else raws
    answers: dict[str, Answer | None] = {}
    findings: list[AnswerFinding] = []
    for code, raw in pairs:
        if code in answers:
            findings.append(make_finding(code, None, raw, "duplicate", "butir ini dikirim lebih dari sekali"))
            continue
        answers[code] = None
        try:
            answers[code] = parse_answer(code, raw, instrument)
        except InvalidAnswerError as refused:
            findings.extend(refused.findings)
    if findings:
        raise InvalidAnswerError(findings)
    return answers


def is_blank(raw: object) -> bool:
    """Tell whether `raw` holds nothing at all; 0 and `False` are something."""
    if isinstance(raw, str):
        return not raw.strip()
    if isinstance(raw, Mapping):
        return all(is_blank(value) for value in raw.values())
    return raw is None


def _parse(question: Question, raw: object, findings: list[AnswerFinding]) -> Answer | None:
    if isinstance(raw, Mapping):
        computed = [key for key in raw if str(key).casefold() in _COMPUTED]
        findings.extend(
            make_finding(
                question.code,
                str(key),
                raw[key],
                "computed",
                "tidak diterima; nilai dihitung oleh sistem",
                question.allowed,
            )
            for key in computed
        )
        if computed:
            return None
    if is_blank(raw) and not (isinstance(raw, Mapping) and raw):
        return None
    if question.type is QuestionType.PERCENT:
        return _parse_inputs(question, raw, findings)
    if question.type is QuestionType.INDEX:
        index = parse_index(question, raw, findings)
        return None if index is None else Answer(index=index)
    letter = parse_letter(question, raw, findings)
    return None if letter is None else Answer(letter=letter)


def parse_letter(question: Question, raw: object, findings: list[AnswerFinding]) -> str | None:
    """Return the letter of the scale that `raw` names, case folded and trimmed; else add a finding."""
    letters = question.scale.values if question.scale else {}
    if isinstance(raw, str):
        wanted = raw.strip().casefold()
        for letter in letters:
            if letter.casefold() == wanted:
                return letter
    findings.append(
        make_finding(
            question.code,
            None,
            raw,
            "outside_scale",
            f'"{_shown(raw)}" bukan pilihan {question.allowed}',
            question.allowed,
        )
    )
    return None


def parse_index(question: Question, raw: object, findings: list[AnswerFinding]) -> Decimal | None:
    """Return the index with its decimals as given, comma or point; else add a finding."""
    number = _decimal(raw)
    if number is None:
        reason, said = "not_a_number", f'"{_shown(raw)}" bukan angka'
    elif not INDEX_LOW <= number <= INDEX_HIGH:
        reason, said = "out_of_range", f'indeks "{_shown(raw)}" di luar 0-4'
    else:
        return number.copy_abs()  # "-0" is 0; `abs` would round
    findings.append(make_finding(question.code, None, raw, reason, said, question.allowed))
    return None


def _parse_inputs(question: Question, raw: object, findings: list[AnswerFinding]) -> Answer | None:
    keys = question.input_keys
    if not isinstance(raw, Mapping):
        findings.append(
            make_finding(
                question.code,
                None,
                raw,
                "needs_inputs",
                f'"{_shown(raw)}" tidak diterima; isikan jumlah {", ".join(keys)}',
                question.allowed,
            )
        )
        return None
    counts: dict[str, int] = {}
    for key, value in raw.items():
        if key not in keys:
            said = f"bukan isian butir ini; yang diterima {', '.join(keys)}"
            findings.append(
                make_finding(question.code, str(key), value, "unknown_input", said, ", ".join(keys))
            )
        elif not is_blank(value):
            count = parse_count(question, key, value, findings)
            if count is not None:
                counts[key] = count
    return Answer(inputs=counts) if counts else None


def parse_count(question: Question, key: str, raw: object, findings: list[AnswerFinding]) -> int | None:
    """Return a whole number >= 0; else add a finding. Text such as "1.234" is ambiguous and refused."""
    allowed = "bilangan bulat 0 atau lebih"
    shown = _shown(raw)
    if isinstance(raw, str) and _GROUPED.fullmatch(raw.strip()):
        said = f'"{shown}" bermakna ganda; tulis tanpa tanda pemisah'
        findings.append(make_finding(question.code, key, raw, "ambiguous", said, allowed))
        return None
    number = _decimal(raw)
    if number is None or (isinstance(raw, str) and not _WHOLE.fullmatch(raw.strip())):
        reason, said = "not_a_count", f'"{shown}" bukan {allowed}'
    elif number < 0 or number != number.to_integral_value():
        reason, said = ("negative" if number < 0 else "fractional"), f'"{shown}" bukan {allowed}'
    elif number >= 10**MOST_DIGITS:
        reason, said = "too_large", f'"{shown}" terlalu besar; paling banyak {MOST_DIGITS} angka'
    else:
        return int(number)
    findings.append(make_finding(question.code, key, raw, reason, said, allowed))
    return None


def _decimal(raw: object) -> Decimal | None:
    """Return a number of reasonable length as it was written; floats by their shortest text."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str):
        text = raw.strip().replace(",", ".")
        if len(text) > MOST_DIGITS + MOST_DECIMALS or not _DECIMAL.fullmatch(raw.strip()):
            return None
        return Decimal(text)
    if isinstance(raw, float):
        raw = Decimal(repr(raw))
    if isinstance(raw, int):
        return Decimal(raw)
    if not isinstance(raw, Decimal) or not raw.is_finite():
        return None
    digits = raw.as_tuple()
    exponent = digits.exponent if isinstance(digits.exponent, int) else 0
    return raw if exponent >= -MOST_DECIMALS and raw.adjusted() <= MOST_DIGITS + MOST_DECIMALS else None


def _unknown(code: str, raw: object, instrument: Instrument) -> AnswerFinding:
    node = instrument.nodes.get(code)
    if node is not None:
        return make_finding(
            code, None, raw, "node_code", f"ini kode {_LEVELS[node.level]}, bukan butir", "kode butir"
        )
    return make_finding(code, None, raw, "unknown_code", "bukan kode butir LKE", "kode butir")


_LEVELS = {
    "component": "komponen", "subcomponent": "subkomponen", "area": "area", "indicator": "indikator",
}  # fmt: skip


def _shown(value: object) -> str:
    """Return a value as text short enough for a message."""
    text = "" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - one line of a message
