"""How the worksheet's pages say an answer, its sum and who gave it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from services.planning.worksheets.domain import AnswerVersion, Origin
from shared.indonesian import capital, moment, number
from shared.instruments.lke import (
    Answer,
    AnswerFinding,
    Policies,
    Question,
    QuestionType,
    lacking,
    lke_instrument,
    state_and_value,
)
from shared.instruments.lke.formulas import REDUCTION
from shared.kernel import Zone

_IN_SUM = frozenset({"partial", "zero_denominator"})
"""Warnings that the sum says itself."""
_MOST_NOTE = 160


def sum_words(question: Question, answer: Answer | None, policies: Policies) -> str:
    """Return how the answer of a % or an index item becomes points, in words; "" where letters say it.

    `36 : 48 = 75,00 persen; 2,25 dari 3,00.` What lacks for a sum is named; where the value is not what the
    division gives, it is `dihitung`.
    """
    if question.scale is not None or answer is None:
        return ""
    state, value = state_and_value(question, answer, policies)
    if state == "partial":
        return f"Belum dihitung. Belum ada: {'; '.join(_lacking(question, answer.inputs or {}))}."
    if value is None:
        return "Pembaginya 0, jadi nilainya tidak terdefinisi dan butir ini belum lengkap."
    worth = f"{number(100 * value)} persen; {number(value * question.share)} dari {number(question.share)}."
    return f"{_working(question, answer, value)} {worth}"


def _lacking(question: Question, counts: Mapping[str, int]) -> Sequence[str]:
    """Return the counts that a % item still needs, by their labels."""
    missing = lacking(question, counts)
    return [entry.label for entry in question.inputs if entry.key in missing]


def _working(question: Question, answer: Answer, value: Fraction) -> str:
    """Return the division that gives a value, as far as it does: the value follows."""
    counts = answer.inputs
    if counts is None:
        return f"{answer} : 4 ="
    if question.formula is REDUCTION:
        upper, lower = counts["n1"] - counts["n2"], counts["n1"]
        shown = f"({counts['n1']} - {counts['n2']}) : {lower}"
        if not lower and not upper:
            return "Tidak ada pada kedua tahun, dihitung"
    else:
        assert question.formula is not None  # noqa: S101 - every item with counts has a formula
        assert question.formula.ratio is not None  # noqa: S101 - and its formula divides
        upper, lower = question.formula.ratio(counts)
        shown = f"{upper} : {lower}"
    if not lower:
        return "Pembaginya 0, menurut aturan program ini dihitung"
    return f"{shown} =" if Fraction(upper, lower) == value else f"{shown}, dihitung"


def short_words(question: Question, answer: Answer | None, value: Fraction | None) -> str:
    """Return an answer for a line of a list: its letter or index, of a % item its `value` in percent."""
    if answer is None:
        return "–"
    if question.type is not QuestionType.PERCENT:
        return str(answer)
    return "–" if value is None else f"{number(100 * value)} %"


def who(version: AnswerVersion, reader: str) -> str:
    """Return by whom an answer came, as `oleh Anda`: names of people are not kept with answers."""
    if version.draft.origin is Origin.IMPORT:
        return f"dari berkas, sel {version.draft.cell}" if version.draft.cell else "dari berkas"
    return "oleh Anda" if version.written_by == reader else "oleh rekan Anda"


def saved_words(version: AnswerVersion | None, reader: str, zone: Zone) -> str:
    """Return when and by whom an item was last written, "" when it never was."""
    if version is None:
        return ""
    return f"Tersimpan {moment(version.written_at, zone)} {who(version, reader)}"


def clock_words(at: datetime, zone: Zone) -> str:
    """Return the hour of an instant in a unit's zone: `10.18`."""
    return f"{at.astimezone(zone.tz):%H.%M}"


def points_words(code: str, value: Fraction) -> str:
    """Return points of an item's weight: `1,25 dari 2,50`."""
    return f"{number(value)} dari {number(lke_instrument().weight_of(code))}"


def note_words(note: str | None) -> str:
    """Return a note as it is quoted beside an answer, long ones cut."""
    if not note:
        return ""
    return f"«{note if len(note) <= _MOST_NOTE else note[:_MOST_NOTE].rstrip() + '…'}»"


def warning_words(code: str, found: Iterable[AnswerFinding]) -> Sequence[str]:
    """Return what looks odd about an item, as sentences; what its sum says already is left out."""
    return [f"{capital(one.said)}." for one in found if one.code == code and one.reason not in _IN_SUM]


def points_of(question: Question, answer: Answer | None, policies: Policies) -> Fraction:
    """Return the points of an answer to an item, 0 for one that does not count."""
    value = state_and_value(question, answer, policies)[1]
    return Fraction(0) if value is None else value * question.share
