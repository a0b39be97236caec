"""Warnings about answers that stand but look wrong: stored, scored and shown with the warning."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from shared.instruments.lke.answer import Answer, AnswerFinding, make_finding
from shared.instruments.lke.formulas import REPORTED_OF_OBLIGED, Counts
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import Instrument, Question

Answers = Mapping[str, Answer | None]
_CHANGES_MADE, _CHANGES_INTEGRATED, _COMPLAINTS = "A.II.1.i.a", "A.II.1.i.b", "A.II.5.ii.a"
_PAIRS = {_CHANGES_MADE: (_CHANGES_INTEGRATED,), _CHANGES_INTEGRATED: (_CHANGES_MADE,)}
_PARTS = ("n1", "n2", "n3")
_TOTAL_ALONE = "jumlah wajib lapor diisi tanpa semua rinciannya; PortalRB hanya menerima rinciannya"


class _Check(NamedTuple):
    reason: str
    holds: Callable[[Counts, Answers], bool]
    said: Callable[[Counts], str]


def answer_warnings(answers: Answers, instrument: Instrument | None = None) -> tuple[AnswerFinding, ...]:
    """Return the warnings of a layer in the order of the sheet, of the shipped instrument if none is given.

    Numerator above denominator (capped at 1), denominator 0 (undefined), a typed total n0 unlike its parts
    (n0 counts), and the instrument's cross checks. Incomplete counts give no warning.
    """
    found: list[AnswerFinding] = []
    for question in (instrument or lke_instrument()).questions.values():
        answer = answers.get(question.code)
        if answer is not None and answer.inputs is not None and is_complete(question, answer.inputs):
            found.extend(_of_question(question, answer.inputs, answers))
    return tuple(found)


def typed_warnings(codes: Collection[str], answers: Answers) -> tuple[AnswerFinding, ...]:
    """Return what whoever typed these items should hear, in the order of the sheet.

    The warnings of the items and of those that are checked against them, counts that lack one of their set
    (they are kept and earn nothing yet), and totals without their parts. `answers` are the layer's, of these
    items and their `companions`.
    """
    asked = {*codes, *(other for code in codes for other in _PAIRS.get(code, ()))}
    partial = [
        _partial(question, answer.inputs)
        for code, question in lke_instrument().questions.items()
        if code in codes and (answer := answers.get(code)) is not None and answer.inputs is not None
        if not is_complete(question, answer.inputs)
    ]
    alone = (warning for warning in total_warnings(answers) if warning.code in codes)
    checked = (warning for warning in answer_warnings(answers) if warning.code in asked)
    found = [*partial, *checked, *alone]
    order = list(lke_instrument().questions)
    return tuple(sorted(found, key=lambda warning: order.index(warning.code)))


def total_warnings(answers: Answers) -> tuple[AnswerFinding, ...]:
    """Return the totals n0 that stand for parts: they count, yet the ministry's portal takes parts alone.

    Only who types them can mend it, so no score is explained with it. Source: lke.md section 9, edition 2026.
    """
    return tuple(
        make_finding(code, None, _shown(answer.inputs), "total_alone", _TOTAL_ALONE)
        for code, question in lke_instrument().questions.items()
        if (total := question.optional_total) is not None
        and (answer := answers.get(code)) is not None
        and answer.inputs is not None
        and total.key in answer.inputs
        and is_complete(question, answer.inputs)
        and not {entry.key for entry in question.inputs} <= answer.inputs.keys()
    )


def lacking(question: Question, counts: Counts) -> Sequence[str]:
    """Return the keys of the counts that an item still needs, in their order.

    A total stands for parts where it is given; nobody is asked for one.
    """
    total = question.optional_total
    asked = [
        enough
        for enough in question.sufficient
        if total is None or (total.key in counts) == (total.key in enough)
    ]
    fewest = min((enough - counts.keys() for enough in asked), key=len)
    return sorted(fewest)


def companions(codes: Collection[str]) -> frozenset[str]:
    """Return the other items whose answers decide on warnings about these."""
    return frozenset(other for code in codes for other in _PAIRS.get(code, ())) - set(codes)


def _partial(question: Question, counts: Counts) -> AnswerFinding:
    said = f"isian {', '.join(lacking(question, counts))} belum ada, jadi butir ini belum dihitung"
    return make_finding(question.code, None, _shown(counts), "partial", said, question.allowed)


def is_complete(question: Question, counts: Counts) -> bool:
    """Tell whether the counts are enough to answer a % question."""
    return any(enough <= counts.keys() for enough in question.sufficient)


def is_present(code: str, answer: Answer | None) -> bool:
    """Tell whether a layer answers an item: counts that lack one of their set leave it to the next layer.

    Counts with a denominator of 0 are present. Source: lke.md section 7.
    """
    if answer is None or answer.inputs is None:
        return answer is not None
    return is_complete(lke_instrument().questions[code], answer.inputs)


def _of_question(question: Question, counts: Counts, answers: Answers) -> list[AnswerFinding]:
    ratio = question.formula.ratio if question.formula else None
    if ratio is None:
        return []
    code = question.code
    found = []
    numerator, denominator = ratio(counts)
    if denominator == 0:
        found.append(
            make_finding(code, None, _shown(counts), "zero_denominator", "pembagi 0, nilai tidak terdefinisi")
        )
    elif numerator > denominator:
        said = f"{numerator} melebihi {denominator}, dihitung paling banyak 100%"
        found.append(make_finding(code, None, _shown(counts), "capped", said))
    found.extend(
        make_finding(code, None, _shown(counts), check.reason, check.said(counts))
        for check in _checks(question)
        if not check.holds(counts, answers)
    )
    return found


def _checks(question: Question) -> list[_Check]:
    if question.formula is REPORTED_OF_OBLIGED:
        return [_TOTAL_IS_SUM]
    return {_CHANGES_INTEGRATED: [_SAME_CHANGES], _COMPLAINTS: [_COMPLAINTS_ADD_UP]}.get(question.code, [])


def _total_is_sum(counts: Counts, _: Answers) -> bool:
    parts = [counts[key] for key in _PARTS if key in counts]
    return "n0" not in counts or len(parts) < len(_PARTS) or counts["n0"] == sum(parts)


def _same_changes(counts: Counts, answers: Answers) -> bool:
    other = answers.get(_CHANGES_MADE)
    made = other.inputs.get("n2") if other is not None and other.inputs is not None else None
    return made is None or made == counts["n1"]


_TOTAL_IS_SUM = _Check(
    "total_unlike_parts",
    _total_is_sum,
    lambda counts: (
        f"jumlah wajib lapor {counts['n0']} berbeda dari rinciannya "
        f"{sum(counts[key] for key in _PARTS)}; yang dipakai {counts['n0']}"
    ),
)
_SAME_CHANGES = _Check(
    "changes_differ",
    _same_changes,
    lambda counts: f"jumlah perubahan {counts['n1']} berbeda dari isian n2 pada {_CHANGES_MADE}",
)
_COMPLAINTS_ADD_UP = _Check(
    "complaints_do_not_add_up",
    lambda counts, _: counts["n2"] + counts["n3"] == counts["n1"],
    lambda counts: (
        f"diproses {counts['n2']} ditambah selesai {counts['n3']} tidak sama dengan {counts['n1']}"
    ),
)


def _shown(counts: Counts) -> str:
    return str(Answer(inputs=counts))
