"""A worksheet as a whole: how far each item is, what a filter leaves, areas, and the next act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from services.planning.pages.worksheets.facts import SheetFacts
from services.planning.pages.worksheets.words import short_words
from services.planning.worksheets.domain import AnswerVersion
from shared.http.pages.charts import share
from shared.indonesian import number
from shared.instruments.lke import (
    Question,
    State,
    is_present,
    lke_instrument,
    state_and_value,
)

RESULTS = "hasil"


class Filter(StrEnum):
    """What a page shows of the items; the words stand in its address."""

    ALL = "semua"
    BLANK = "kosong"
    PARTIAL = "belum-lengkap"
    BARE = "tanpa-bukti"
    DIFFERS = "beda-tpi"
    CHANGED = "berubah"


FILTER_WORDS: Mapping[Filter, str] = MappingProxyType(
    {
        Filter.ALL: "Semua",
        Filter.BLANK: "Kosong",
        Filter.PARTIAL: "Belum lengkap",
        Filter.BARE: "Tanpa bukti",
        Filter.DIFFERS: "Beda dengan TPI",
        Filter.CHANGED: "Berubah sejak diserahkan",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """How far one item is in the unit's layer: `value` 0 to 1, None while it is open, then `points` are 0."""

    question: Question
    version: AnswerVersion | None
    state: State
    value: Fraction | None
    points: Fraction
    proofs: int
    differs: bool
    is_changed: bool

    @property
    def is_bare(self) -> bool:
        """Tell whether it has an answer without evidence."""
        return self.state != "blank" and not self.proofs

    @property
    def answer(self) -> str:
        """The answer in a word."""
        return short_words(self.question, self.version.draft.answer if self.version else None, self.value)

    @property
    def mark(self) -> tuple[str, str]:
        """Kind and words of what the item lacks, or what it has."""
        match self.state:
            case "blank":
                return "bad", "kosong"
            case "partial" | "undefined":
                return "warn", "belum lengkap"
        return ("good", f"{self.proofs} bukti") if self.proofs else ("warn", "tanpa bukti")


_MATCHES: Mapping[Filter, Callable[[Line], bool]] = MappingProxyType(
    {
        Filter.ALL: lambda _: True,
        Filter.BLANK: lambda line: line.state == "blank",
        Filter.PARTIAL: lambda line: line.state in {"partial", "undefined"},
        Filter.BARE: lambda line: line.is_bare,
        Filter.DIFFERS: lambda line: line.differs,
        Filter.CHANGED: lambda line: line.is_changed,
    }
)


@dataclass(frozen=True, slots=True)
class AreaKey:
    """An area with both its halves, or the results: its word in addresses, its name and its nodes."""

    key: str
    name: str
    nodes: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.name if self.key == RESULTS else f"{self.key} {self.name}"


@cache
def areas() -> Mapping[str, AreaKey]:
    """Return the six areas and the results by their word, in the order of the sheet."""
    instrument = lke_instrument()
    levers, results = instrument.components
    halves = levers.children
    found = [
        AreaKey(both[0].code.rpartition(".")[2], both[0].name, tuple(half.code for half in both))
        for both in zip(*(half.children for half in halves), strict=True)
    ]
    last = AreaKey(RESULTS, "Hasil", tuple(child.code for child in results.children))
    return MappingProxyType({area.key: area for area in (*found, last)})


@cache
def questions_of(key: str) -> tuple[Question, ...]:
    """Return the items of an area in the order of the sheet; `KeyError` for an unknown word."""
    instrument = lke_instrument()
    return tuple(item for node in areas()[key].nodes for item in instrument.questions_under(node))


@cache
def area_of(code: str) -> str:
    """Return the word of the area that an item stands in; `KeyError` for an unknown item."""
    return {item.code: key for key in areas() for item in questions_of(key)}[code]


def line_of(facts: SheetFacts, question: Question) -> Line:
    """Return how far one item is."""
    version, assessed = facts.unit.get(question.code), facts.tpi.get(question.code)
    answer = version.draft.answer if version else None
    state, value = state_and_value(question, answer, facts.policies)
    submitted = facts.beside.submitted
    return Line(
        question=question,
        version=version,
        state=state,
        value=value,
        points=Fraction(0) if value is None else value * question.share,
        proofs=len(version.draft.evidence_ids) if version else 0,
        differs=assessed is not None
        and is_present(question.code, assessed.draft.answer)
        and assessed.draft.answer != answer,
        is_changed=submitted is not None and version is not None and version.version > submitted,
    )


def lines_of(facts: SheetFacts) -> Sequence[Line]:
    """Return how far all 113 items are, in the order of the sheet."""
    return [line_of(facts, question) for question in lke_instrument().questions.values()]


def narrowed(lines: Sequence[Line], by: Filter) -> list[Line]:
    """Return the items that a filter leaves."""
    return [line for line in lines if _MATCHES[by](line)]


def counts(lines: Sequence[Line]) -> Mapping[Filter, int]:
    """Return how many items each filter leaves."""
    return {one: len(narrowed(lines, one)) for one in Filter}


def filters(facts: SheetFacts) -> Sequence[Filter]:
    """Return the filters that a sheet has: `CHANGED` needs a submission, `DIFFERS` answers of TPI."""
    without = {Filter.CHANGED} if facts.beside.submitted is None else set()
    if not facts.tpi:
        without.add(Filter.DIFFERS)
    return [one for one in Filter if one not in without]


@dataclass(frozen=True, slots=True)
class Floor:
    """A minimum that an area or a result is measured by, in words: `8,62 dari 15; kurang 0,38 ...`."""

    kind: str
    text: str
    brief: str
    shortfall: Fraction


@dataclass(frozen=True, slots=True)
class Area:
    """An area on the sheet: how many of its items are answered, and its points."""

    key: AreaKey
    answered: int
    items: int
    points: Fraction
    weight: Fraction
    floors: Sequence[Floor]

    @property
    def filled(self) -> str:
        return f"{self.answered}/{self.items}"

    @property
    def mark(self) -> tuple[str, str]:
        kind = "good" if self.answered == self.items else "warn"
        return kind, self.filled

    @property
    def width(self) -> str:
        return share(Fraction(self.answered), Fraction(self.items))


def area_view(facts: SheetFacts, key: AreaKey, lines: Sequence[Line]) -> Area:
    """Return an area; `lines` are the sheet's."""
    instrument, mine = lke_instrument(), {question.code for question in questions_of(key.key)}
    found = [line for line in lines if line.question.code in mine]
    return Area(
        key=key,
        answered=sum(line.state == "answered" for line in found),
        items=len(found),
        points=sum((facts.totals.points(node) for node in key.nodes), Fraction(0)),
        weight=sum((instrument.weight_of(node) for node in key.nodes), Fraction(0)),
        floors=_floors(facts, key, mine),
    )


def _floors(facts: SheetFacts, key: AreaKey, mine: set[str]) -> Sequence[Floor]:
    """Return the minima of the programme's target that are measured within an area."""
    instrument, found = lke_instrument(), []
    for gate in facts.rules.of(facts.whole.target):
        if not all(code in mine or code in key.nodes for code in gate.basis):
            continue
        points = sum((facts.totals.points(code) for code in gate.basis), Fraction(0))
        full = sum((instrument.weight_of(code) for code in gate.basis), Fraction(0))
        short = max(Fraction(0), gate.floor - points)
        name = "" if key.key != RESULTS else f"{gate.name}: "
        told = f"kurang {number(short)} dari" if short else "memenuhi"
        kind = "bad" if short else "good"
        brief = f"{told} {number(gate.minimum)}"
        words = f"{number(points)} dari {number(full)}; {told} minimum {number(gate.minimum)}"
        target = facts.whole.target
        found.append(Floor(kind, f"{name}{words} ({target})", f"{name}{brief}", short))
    return found


@dataclass(frozen=True, slots=True)
class Next:
    """What to do next: the item, and why it."""

    code: str
    text: str


def next_act(lines: Sequence[Line]) -> Next | None:
    """Return what to do next: fill what is blank, then complete, then prove; None when all is done."""
    for by, text in (
        (Filter.BLANK, "Isi butir kosong pertama"),
        (Filter.PARTIAL, "Lengkapi angka butir"),
        (Filter.BARE, "Tambahkan bukti pada butir"),
    ):
        if found := narrowed(lines, by):
            return Next(found[0].question.code, text)
    return None


def verdict(found: Mapping[Filter, int]) -> str:
    """Return the first sentence of the pages: what is still to be done, of how many items."""
    all_ = found[Filter.ALL]
    blank, partial, bare = found[Filter.BLANK], found[Filter.PARTIAL], found[Filter.BARE]
    if blank == all_:
        return f"Belum ada yang diisi: {all_} butir menunggu jawaban."
    parts = []
    if blank:
        parts.append(f"{blank} dari {all_} butir kosong")
    if partial:
        parts.append(f"{partial} butir belum lengkap")
    if bare:
        parts.append(f"{bare} butir belum berbukti")
    if not parts:
        return f"Lengkap: {all_} butir terisi dan berbukti."
    *rest, last = parts
    return f"Tinggal {', '.join(rest)} dan {last}." if rest else f"Tinggal {last}."
