"""Answers and limits as an address has them: `A.I.1.i.a:Ya`, `B.I.a:3,71`, `A.II.4.i.a:n1=4,n2=3`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from services.scoring.domain.way import Limits
from shared.instruments.lke import (
    Answer,
    InvalidAnswerError,
    Question,
    QuestionType,
    lke_instrument,
    parse_answer,
)
from shared.instruments.lke.consistency import is_complete
from shared.kernel import DomainError

Fault = Mapping[str, str]
"""What is wrong with a field: `field`, `code`, `message`."""


class SuppositionRefusedError(DomainError):
    """Something that was supposed cannot stand; `errors` in its details name every fault at once."""

    code: ClassVar[str] = "supposition_refused"


def read_answers(texts: Sequence[str]) -> dict[str, Answer | None]:
    """Return answers by item, None for one that is blank (`A.I.1.i.a:`).

    Raises `SuppositionRefusedError` with the place of each fault: `answer.0`. It says what would be right and
    not again what was typed.
    """
    found: dict[str, Answer | None] = {}
    errors: list[Fault] = []
    for place, text in enumerate(texts):
        code, colon, value = text.partition(":")
        field = f"answer.{place}"
        if not colon:
            errors.append(_fault(field, "wrong_field", "tulis butir, titik dua, lalu jawabannya"))
            continue
        if code in found:
            errors.append(_fault(field, "duplicate", "butir ini disebut lebih dari sekali"))
            continue
        try:
            found[code] = parse_answer(code, _raw(code, value))
            if missing := missing_counts(code, found[code]):
                said = f"isi juga {', '.join(missing)}; angka yang tidak lengkap tidak dihitung"
                errors.append(_fault(field, "partial", said))
        except InvalidAnswerError as refused:
            errors += [_fault(field, one.reason, f"yang diterima: {one.allowed}") for one in refused.findings]
    if errors:
        raise SuppositionRefusedError("Ada jawaban yang tidak dapat dihitung.", errors=errors)
    return found


def read_limits(without: Iterable[str], most_areas: int | None) -> Limits:
    """Return the limits; raises `SuppositionRefusedError` for a code that is no item."""
    items = lke_instrument().questions
    errors = [
        _fault(f"without.{place}", "unknown_code", "bukan kode butir LKE")
        for place, code in enumerate(without)
        if code not in items
    ]
    if errors:
        raise SuppositionRefusedError("Ada butir yang tidak dikenal.", errors=errors)
    return Limits(frozenset(without), most_areas)


def missing_counts(code: str, answer: Answer | None) -> list[str]:
    """Return the counts that an answer lacks to be one; none for other kinds of answers."""
    question = lke_instrument().questions[code]
    if answer is None or answer.inputs is None or is_complete(question, answer.inputs):
        return []
    return [entry.key for entry in question.inputs if entry.key not in answer.inputs]


def _raw(code: str, value: str) -> object:
    question: Question | None = lke_instrument().questions.get(code)
    if question is None or question.type is not QuestionType.PERCENT or not value.strip():
        return value
    pairs = [part.partition("=") for part in value.split(",")]
    keys = [key.strip() for key, _, _ in pairs]
    if len(set(keys)) < len(keys):
        return value  # a count twice is no answer
    return {key: count for key, (_, _, count) in zip(keys, pairs, strict=True)}


def _fault(field: str, code: str, message: str) -> Fault:
    return {"field": field, "code": code, "message": message}
