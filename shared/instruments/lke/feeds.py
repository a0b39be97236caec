"""The fold from facts to live answers: what other services and the work plan say of an item.

The map is data, one entry per item. A fact counts; a proposal gives no points until a person accepts it.
Source: lke.md section 10.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, Literal, get_args

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.faults import Faults, refuse_any, require
from shared.instruments.lke.file_shapes import FEEDS
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.model import Instrument, Question

MONTHS = 12
COUNTS_AS = frozenset({"in_progress", "completed", "none"})
STREAMS = frozenset({"masyarakat", "pelayanan"})
EVALUATED = STREAMS | {"benturan_kepentingan"}
REACHES = frozenset({"unit", "agency"})

FeedKind = Literal["fact", "proposal"]
CaseCounts = Mapping[tuple[str, str], int]
"""Cases of a unit and year by `(stream, counts_as)`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Activities of a plan that are due or done: how many there are, and how many of them are done."""

    due: int
    done: int


@dataclass(frozen=True, slots=True)
class Told:
    """All that feeds a unit's year.

    `periods` counts, by survey regime, the periods whose figures are released, 0 while a campaign has none.
    `evaluated` are the periods (2026, 2026-S1, 2026-Q1, 2026-03) of which the handling of a stream was
    evaluated, `designated` by stream whom decrees in force serve (the unit, its agency), and `reviews` counts
    reviews of the whole map of conflicts.
    """

    cases: CaseCounts = field(default_factory=dict)
    periods: Mapping[str, int] = field(default_factory=dict)
    progress: Progress = Progress(0, 0)
    evaluated: Mapping[str, Collection[str]] = field(default_factory=dict)
    designated: Mapping[str, Collection[str]] = field(default_factory=dict)
    reviews: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """What every entry of the map says; `check` is what a person has to look at before accepting it."""

    item_code: str
    kind: FeedKind
    check: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class CaseFeed(Entry):
    """An item whose inputs are counts of complaint cases; `inputs` names what each of them adds up."""

    stream: str
    inputs: Mapping[str, tuple[str, ...]]

    def counts(self, cases: CaseCounts) -> dict[str, int] | None:
        """Return the item's inputs, or None while no case counts: nothing to follow up is no fact."""
        counts = {
            key: sum(cases.get((self.stream, kind), 0) for kind in kinds)
            for key, kinds in self.inputs.items()
        }
        return counts if any(counts.values()) else None

    def counted(self) -> frozenset[tuple[str, str]]:
        """Return stream and `counts_as` of the cases that it counts."""
        return frozenset((self.stream, kind) for kinds in self.inputs.values() for kind in kinds)

    def answer(self, told: Told) -> Answer | None:
        counts = self.counts(told.cases)
        return None if counts is None else Answer(inputs=counts)


@dataclass(frozen=True, slots=True)
class CaseLetterFeed(Entry):
    """An item that has this letter once there is a case of the stream that counts so."""

    stream: str
    letter: str
    counts_as: tuple[str, ...]

    def counted(self) -> frozenset[tuple[str, str]]:
        """Return stream and `counts_as` of the cases that it looks at."""
        return frozenset((self.stream, kind) for kind in self.counts_as)

    def answer(self, told: Told) -> Answer | None:
        return Answer(letter=self.letter) if any(told.cases.get(key) for key in self.counted()) else None


@dataclass(frozen=True, slots=True)
class SurveyFeed(Entry):
    """An item whose letter is the first of `at_least` that the periods of surveys in the year reach."""

    regimes: frozenset[str]
    at_least: tuple[tuple[str, int], ...]

    def answer(self, told: Told) -> Answer | None:
        """Return the answer, None while the unit has no campaign of these regimes at all."""
        known = [count for regime, count in told.periods.items() if regime in self.regimes]
        if not known:
            return None
        return Answer(letter=next(letter for letter, least in self.at_least if sum(known) >= least))


@dataclass(frozen=True, slots=True)
class ActivityFeed(Entry):
    """An item whose letter is the share of due activities that are done: all, above a share, none."""

    every: str
    above: tuple[tuple[str, Fraction], ...]
    none: str

    def answer(self, told: Told) -> Answer | None:
        """Return the answer, None while no activity is due or done."""
        progress = told.progress
        if not progress.due:
            return None
        if progress.done == progress.due:
            return Answer(letter=self.every)
        share = Fraction(100 * progress.done, progress.due)
        return Answer(letter=next((letter for letter, floor in self.above if share > floor), self.none))


@dataclass(frozen=True, slots=True)
class EvaluationFeed(Entry):
    """An item whose letter is the first of `at_least` that the evaluated periods of a stream reach."""

    stream: str
    at_least: tuple[tuple[str, int], ...]

    def answer(self, told: Told) -> Answer | None:
        """Return the answer, None while too few periods were evaluated for any letter."""
        number = apart(told.evaluated.get(self.stream, ()))
        letter = next((letter for letter, least in self.at_least if number >= least), None)
        return None if letter is None else Answer(letter=letter)


@dataclass(frozen=True, slots=True)
class DesignationFeed(Entry):
    """An item whose letter is the first of `by_reach` that a decree in force for the stream has."""

    stream: str
    by_reach: tuple[tuple[str, str], ...]

    def answer(self, told: Told) -> Answer | None:
        """Return the answer, None without such a decree."""
        reaches = told.designated.get(self.stream, ())
        letter = next((letter for reach, letter in self.by_reach if reach in reaches), None)
        return None if letter is None else Answer(letter=letter)


@dataclass(frozen=True, slots=True)
class ReviewFeed(Entry):
    """An item that has this letter once the whole map of conflicts was reviewed."""

    letter: str

    def answer(self, told: Told) -> Answer | None:
        return Answer(letter=self.letter) if told.reviews else None


Feed = CaseFeed | CaseLetterFeed | SurveyFeed | ActivityFeed | EvaluationFeed | DesignationFeed | ReviewFeed


def apart(periods: Iterable[str]) -> int:
    """Return how many of these periods of one year there are at most that share no month.

    What is no period counts nowhere.
    """
    spans = sorted((end, first) for first, end in filter(None, map(_span, periods)))
    count, until = 0, 0
    for end, first in spans:
        if first >= until:
            count, until = count + 1, end
    return count


def _span(period: str) -> tuple[int, int] | None:
    """Return the months of a period: the number of its first, from 0, and of the first after it."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        return None
    quarter, half, month = found.groups()
    for number, length in ((quarter, 3), (half, 6), (month, 1)):
        if number is not None:
            return (int(number) - 1) * length, int(number) * length
    return 0, MONTHS


_PERIOD = re.compile(r"[0-9]{4}(?:-(?:Q([1-4])|S([12])|(0[1-9]|1[0-2])))?", re.ASCII)


@cache
def feeds() -> Mapping[str, Feed]:
    """Return every feed by its item; raises `InvalidInstrumentError` for a map naming what does not exist."""
    return load_feeds(read("feeds.json"))


@cache
def case_feeds() -> tuple[CaseFeed, ...]:
    """Return the facts that complaint cases are."""
    return tuple(feed for feed in feeds().values() if isinstance(feed, CaseFeed) and feed.kind == "fact")


def facts_of(cases: CaseCounts) -> dict[str, Answer]:
    """Return what counts by itself, by item: today complaint cases alone give facts."""
    return _answers("fact", Told(cases))


def proposals_of(told: Told) -> dict[str, Answer]:
    """Return what a person may accept, by item."""
    return _answers("proposal", told)


def drifts(typed: Answer | None, fact: Answer | None) -> bool:
    """Tell whether a unit's own answer stands against another fact; a blank one follows the fact."""
    return typed is not None and fact is not None and typed != fact


def _answers(kind: FeedKind, told: Told) -> dict[str, Answer]:
    found = {code: feed.answer(told) for code, feed in feeds().items() if feed.kind == kind}
    return {code: answer for code, answer in found.items() if answer is not None}


def load_feeds(data: Any, instrument: Instrument | None = None) -> Mapping[str, Feed]:
    """Build the feeds from parsed data, for the shipped instrument if none is given.

    Raises `InvalidInstrumentError` with every fault: what the file is made of, an unknown item, kind, source
    of facts, stream, way of counting, input or letter, letters that do not reach down to 0, an entry without
    a source, and an item fed twice.
    """
    refuse_any(FEEDS(data, "the file"))
    questions = (instrument or lke_instrument()).questions
    faults, found = Faults(), dict[str, Feed]()
    for entry in data["feeds"]:
        code = entry["item"]
        with faults.noting():
            require(code in questions, f"feed of {code}: unknown item")
            require(code not in found, f"feed of {code}: two feeds answer the same item")
            require(entry["kind"] in get_args(FeedKind), f"feed of {code}: unknown kind")
            require(bool(entry["source"]), f"feed of {code}: no source")
            require(entry["from"] in _LOADERS, f"feed of {code}: unknown source of facts {entry['from']!r}")
            made = _LOADERS[entry["from"]](entry, questions[code])
            found[code] = replace(made, check=entry.get("check", ""))
    with faults.noting():
        is_counted = all(isinstance(feed, CaseFeed) for feed in found.values() if feed.kind == "fact")
        require(is_counted, "facts are counts of cases: scoring counts nothing else")
    faults.refuse_any()
    return found


def _cases(entry: Mapping[str, Any], question: Question) -> Feed:
    code, stream = entry["item"], entry["stream"]
    require(stream in STREAMS, f"feed of {code}: unknown stream")
    if "letter" in entry:
        _require_counts_as(code, entry["counts_as"])
        _require_letters(question, [entry["letter"]])
        return CaseLetterFeed(code, entry["kind"], stream, entry["letter"], tuple(entry["counts_as"]))
    inputs = {key: tuple(kinds) for key, kinds in entry["inputs"].items()}
    require(set(inputs) == set(question.input_keys), f"feed of {code}: not the inputs of the item")
    for kinds in inputs.values():
        _require_counts_as(code, kinds)
    return CaseFeed(code, entry["kind"], stream, inputs)


def _surveys(entry: Mapping[str, Any], question: Question) -> Feed:
    code, steps = entry["item"], [(letter, least) for letter, least in entry["at_least"]]
    _require_letters(question, [letter for letter, _ in steps])
    leasts = [least for _, least in steps]
    is_falling = leasts == sorted(leasts, reverse=True) and leasts[-1:] == [0]
    require(is_falling, f"feed of {code}: the letters do not fall to 0")
    return SurveyFeed(code, entry["kind"], frozenset(entry["regimes"]), tuple(steps))


def _activities(entry: Mapping[str, Any], question: Question) -> Feed:
    code, above = entry["item"], [(letter, Fraction(floor)) for letter, floor in entry["above"]]
    _require_letters(question, [entry["all"], *(letter for letter, _ in above), entry["none"]])
    floors = [floor for _, floor in above]
    is_falling = floors == sorted(floors, reverse=True) and floors[-1:] == [0]
    require(is_falling, f"feed of {code}: the shares do not fall to 0")
    return ActivityFeed(code, entry["kind"], entry["all"], tuple(above), entry["none"])


def _evaluations(entry: Mapping[str, Any], question: Question) -> Feed:
    code, stream, steps = entry["item"], entry["stream"], [(one, least) for one, least in entry["at_least"]]
    require(stream in EVALUATED, f"feed of {code}: unknown stream")
    _require_letters(question, [letter for letter, _ in steps])
    leasts = [least for _, least in steps]
    is_falling = leasts == sorted(leasts, reverse=True) and leasts[-1:] == [1]
    require(is_falling, f"feed of {code}: the letters do not fall to 1")
    return EvaluationFeed(code, entry["kind"], stream, tuple(steps))


def _designations(entry: Mapping[str, Any], question: Question) -> Feed:
    code, by_reach = entry["item"], [(reach, letter) for reach, letter in entry["by_reach"]]
    require(entry["stream"] in STREAMS, f"feed of {code}: unknown stream")
    require(REACHES.issuperset(reach for reach, _ in by_reach), f"feed of {code}: unknown reach")
    _require_letters(question, [letter for _, letter in by_reach])
    return DesignationFeed(code, entry["kind"], entry["stream"], tuple(by_reach))


def _reviews(entry: Mapping[str, Any], question: Question) -> Feed:
    _require_letters(question, [entry["letter"]])
    return ReviewFeed(entry["item"], entry["kind"], entry["letter"])


_LOADERS = {
    "cases": _cases,
    "surveys": _surveys,
    "activities": _activities,
    "evaluations": _evaluations,
    "designations": _designations,
    "reviews": _reviews,
}
"""Where facts come from -> how an entry of the map becomes a feed."""


def _require_counts_as(code: str, kinds: Sequence[str]) -> None:
    require(COUNTS_AS.issuperset(kinds), f"feed of {code}: unknown counts_as")


def _require_letters(question: Question, letters: Sequence[str]) -> None:
    known = question.scale is not None and all(letter in question.scale.values for letter in letters)
    require(known, f"feed of {question.code}: unknown letter")
