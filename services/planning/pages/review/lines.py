"""Where assessors differ, item by item: what filters leave, and the first sentence of the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from services.planning.pages.review.facts import ReviewFacts
from services.planning.pages.worksheets.sheet import RESULTS, area_of
from services.planning.pages.worksheets.words import points_of
from services.planning.stages.domain.differences import is_different
from services.planning.worksheets.domain import AnswerVersion
from shared.indonesian import number, signed
from shared.instruments.lke import (
    TOTAL,
    Answer,
    Policies,
    Question,
    is_present,
    lke_instrument,
    state_and_value,
)


class ReviewFilter(StrEnum):
    """What the page shows of the items; the words stand in its address."""

    DIFFERS = "berbeda"
    BARE = "tanpa-alasan"
    OPEN = "belum-dinilai"
    CHANGED = "berubah"
    MINE = "tugas-saya"
    ALL = "semua"


FILTER_WORDS: Mapping[ReviewFilter, str] = MappingProxyType(
    {
        ReviewFilter.DIFFERS: "Berbeda",
        ReviewFilter.BARE: "Tanpa alasan",
        ReviewFilter.OPEN: "Belum dinilai",
        ReviewFilter.CHANGED: "Berubah sejak serah terakhir",
        ReviewFilter.MINE: "Tugas saya",
        ReviewFilter.ALL: "Semua",
    }
)


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One item before its assessors; `gained` are the points that their answer brings, below 0 takes.

    `is_changed` tells whether the unit answered anew when it had the worksheet again.
    """

    question: Question
    unit: AnswerVersion | None
    own: AnswerVersion | None
    before: Answer | None
    gained: Fraction
    is_changed: bool
    is_mine: bool
    policies: Policies

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def answer(self) -> Answer | None:
        return self.own.draft.answer if self.own else None

    @property
    def is_partial(self) -> bool:
        """Tell whether the assessors' counts lack one of their set: it is not assessed yet."""
        return self.answer is not None and not is_present(self.code, self.answer)

    @property
    def is_open(self) -> bool:
        return not is_present(self.code, self.answer)

    @property
    def is_undefined(self) -> bool:
        """Tell whether the assessors' counts have a denominator of 0 that no policy gives a value."""
        return state_and_value(self.question, self.answer, self.policies)[0] == "undefined"

    @property
    def differs(self) -> bool:
        return not self.is_open and is_different(self.answer, self.before)

    @property
    def is_bare(self) -> bool:
        """Tell whether it differs without a reason."""
        return self.differs and self.own is not None and not self.own.draft.note

    @property
    def mark(self) -> tuple[str, str]:
        """Kind and words of how the assessors stand to the item."""
        if self.is_partial:
            return "warn", "belum lengkap"
        if self.is_open:
            return "plain", "belum dinilai"
        if not self.differs:
            return "good", "setuju"
        kind = "bad" if self.gained < 0 else "good" if self.gained else "warn"
        return kind, signed(self.gained)


_MATCHES: Mapping[ReviewFilter, Callable[[ReviewLine], bool]] = MappingProxyType(
    {
        ReviewFilter.DIFFERS: lambda line: line.differs,
        ReviewFilter.BARE: lambda line: line.is_bare,
        ReviewFilter.OPEN: lambda line: line.is_open,
        ReviewFilter.CHANGED: lambda line: line.is_changed,
        ReviewFilter.MINE: lambda line: line.is_mine,
        ReviewFilter.ALL: lambda _: True,
    }
)


def review_lines(facts: ReviewFacts) -> Sequence[ReviewLine]:
    """Return all items in the order of the sheet."""
    return [_line(facts, question) for question in lke_instrument().questions.values()]


def narrowed(lines: Sequence[ReviewLine], by: ReviewFilter) -> Sequence[ReviewLine]:
    """Return what a filter leaves of the items."""
    return [line for line in lines if _MATCHES[by](line)]


def counts(lines: Sequence[ReviewLine]) -> Mapping[ReviewFilter, int]:
    """Return how many items each filter leaves."""
    return {by: len(narrowed(lines, by)) for by in ReviewFilter}


def filters(facts: ReviewFacts) -> Sequence[ReviewFilter]:
    """Return the filters a page has: `CHANGED` needs a second submission, `MINE` the unit in one's hands."""
    without = {ReviewFilter.CHANGED} if facts.handed_in is None else set()
    if facts.areas is None:
        without.add(ReviewFilter.MINE)
    return [by for by in ReviewFilter if by not in without]


def verdict(facts: ReviewFacts, lines: Sequence[ReviewLine]) -> str:
    """Return the first sentence: on how many items the assessors differ, and what becomes of the score."""
    found, name = counts(lines), facts.words.name
    all_ = found[ReviewFilter.ALL]
    done, differing = all_ - found[ReviewFilter.OPEN], found[ReviewFilter.DIFFERS]
    before = number(facts.totals_before.points(TOTAL))
    if not done:
        return f"{name} belum menilai: {all_} butir menunggu; nilai {facts.words.before} {before}."
    if not differing:
        return f"{name} setuju pada semua {done} butir yang sudah dinilai; nilai tetap {before}."
    after = number(facts.totals_after.points(TOTAL))
    moved = f"nilai {before} menjadi {after}" if after != before else f"nilai tetap {before}"
    return f"{name} berbeda pada {differing} dari {done} butir yang sudah dinilai; {moved}."


def left_words(lines: Sequence[ReviewLine]) -> str:
    """Return what is still to be done before the assessment can be handed on."""
    found = counts(lines)
    parts = []
    if found[ReviewFilter.OPEN]:
        parts.append(f"{found[ReviewFilter.OPEN]} butir belum dinilai")
    if undefined := sum(line.is_undefined for line in lines):
        parts.append(f"{undefined} butir berpenyebut 0")
    if found[ReviewFilter.BARE]:
        parts.append(f"{found[ReviewFilter.BARE]} perbedaan belum beralasan")
    return f"{', '.join(parts)}." if parts else "Semua butir dinilai dan setiap perbedaan beralasan."


def _line(facts: ReviewFacts, question: Question) -> ReviewLine:
    code, area = question.code, area_of(question.code)
    unit, own = facts.unit.get(code), facts.own.get(code)
    before, after = facts.before.get(code), facts.after.get(code)
    is_whole = facts.areas is not None and not facts.areas
    is_part = facts.areas is not None and area != RESULTS and int(area) in facts.areas
    return ReviewLine(
        question=question,
        unit=unit,
        own=own,
        before=before,
        gained=points_of(question, after, facts.policies) - points_of(question, before, facts.policies),
        is_changed=facts.handed_in is not None and unit is not None and unit.version > facts.handed_in,
        is_mine=is_whole or is_part,
        policies=facts.policies,
    )
