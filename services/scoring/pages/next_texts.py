"""What to do next on a unit's page: ways out of missed gates, best answers, what is due, what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache

from sqlalchemy import RowMapping

from services.scoring.domain.changes import SURVEY
from services.scoring.domain.due import Due, fitting
from services.scoring.domain.gains import Gain, Step, gains, missed_of, most
from services.scoring.domain.way import Closing, closing
from services.scoring.usecases.reading import ChangeLine
from shared.http.addresses import case_page, cases_of, item_page
from shared.indonesian import MONTHS, capital, relative, signed, until
from shared.instruments.lke import TOTAL, GateResult, Score, lke_instrument, rule_sets
from shared.kernel import Zone, places_apart
from shared.security.roles import ROLE_NAMES

MOST_LINKS = 3
"""Answers that the way out of a missed gate names."""
MOST_DUE = 8
LEAST_ACTIVITIES = 3
MOST_FOLDED = 60
"""Lines behind the fold: two months of days on which something is due, at 150 bytes each."""
CHANGE_LINES = 10
DAY_NAMES = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
SURVEY_PART = "#survei"


@dataclass(frozen=True, slots=True)
class Way:
    """How a missed gate is met: a lead-in, links with their texts, and what is left out."""

    lead: str
    links: Sequence[tuple[str, str]]
    rest: str


@dataclass(frozen=True, slots=True)
class Task:
    """A line of what is due: its kind of status, when, what with its link ("" for none), and why.

    `since` is the day of an overdue activity; why a complaint is due tells its moment.
    """

    kind: str
    when: str
    since: str
    text: str
    href: str
    why: str


@dataclass(frozen=True, slots=True)
class Next:
    """The next steps of a unit; `ways` by the code of the gate.

    `folded` are the tasks that unfold below `tasks`, which `more` counts in words, and `unseen` counts those
    that not even the fold has room for; both "" for none.
    """

    ways: Mapping[str, Way]
    best: Sequence[Gain]
    tasks: Sequence[Task]
    folded: Sequence[Task]
    more: str
    unseen: str


def next_steps(
    scored: Score,
    gates: Sequence[GateResult],
    due: Sequence[Due],
    unit: RowMapping,
    year: int,
    now: datetime,
    *,
    links_cases: bool,
) -> Next:
    """Work out what to do next for the predicate whose gates these are.

    With `links_cases` a complaint leads to its case, several to their list: not every reader of the unit may
    open them. The link is by the case's id, never by its tracking id, with which anybody may follow a case.
    """
    found = gains(scored, gates)
    ways = {gate.code: _way(closing(gate, found), unit["unit_id"], year) for gate in missed_of(gates)}
    zone = Zone(unit["zone"])
    shown = fitting(due, MOST_DUE, LEAST_ACTIVITIES)
    rest = [one for one in due if one not in shown]
    tasks, folded = (
        [_task(one, unit["unit_id"], year, now, zone, links_cases=links_cases) for one in some]
        for some in (shown, rest[:MOST_FOLDED])
    )
    return Next(ways, most(found), tasks, folded, _counted(rest), _counted(rest[MOST_FOLDED:]))


def _counted(due: Sequence[Due]) -> str:
    """Return `2 pengaduan dan 9 kegiatan`, empty for none."""
    words = {"complaint": "pengaduan", "activity": "kegiatan"}
    sums = {word: sum(one.amount for one in due if one.kind == kind) for kind, word in words.items()}
    return " dan ".join(f"{amount} {word}" for word, amount in sums.items() if amount)


def _way(found: Closing, unit_id: str, year: int) -> Way:
    named, count = found.steps[:MOST_LINKS], len(found.steps)
    if found.is_any:
        lead = "Cukup satu jawaban:" if count == 1 else "Cukup salah satu jawaban:"
    else:
        lead = f"Perlu paling sedikit {count} jawaban naik:"
    left = count - len(named)
    rest = "" if left <= 0 else f"atau {left} pilihan lain" if found.is_any else f"dan {left} lainnya"
    links = [(step_text(gain, step), item_page(unit_id, gain.code, year)) for gain, step in named]
    return Way(lead, links, rest)


def step_text(gain: Gain, step: Step) -> str:
    """Return `A.II.5.i.a C ke B (+0,63)`."""
    return f"{gain.code} {move(gain, step)} ({_points(step.points)})"


def move(gain: Gain, step: Step) -> str:
    """Return what becomes of an answer, `C ke B`; a blank one is filled."""
    if gain.current is None:
        return f"diisi {step.text}"
    return f"menjadi {step.text}" if step.answer is None else f"{gain.current} ke {step.text}"


def _points(points: Fraction) -> str:
    """Return a gain with decimals enough to tell it from nothing."""
    return signed(points, places_apart(points, Fraction(0)))


def gain_texts(best: Sequence[Gain], unit_id: str, year: int) -> Iterator[tuple[str, str]]:
    """Yield the lines of the answers that gain most."""
    questions = lke_instrument().questions
    for place, gain in enumerate(best):
        closes = ", ".join(gate_names()[code] for code in gain.closes)
        yield f"g.{place}", _points(gain.next.points)
        yield f"gt.{place}", questions[gain.code].text
        yield f"gt.{place}@href", item_page(unit_id, gain.code, year)
        yield f"gk.{place}", f"{gain.code}, {move(gain, gain.next)}"
        yield f"gc.{place}", f" · ● menutup syarat {closes}" if closes else ""
        more = "" if gain.best is gain.next else f"Sampai {gain.best.text}: {_points(gain.best.points)}"
        yield f"gb.{place}", more


def _task(due: Due, unit_id: str, year: int, now: datetime, zone: Zone, *, links_cases: bool) -> Task:
    if due.kind == "complaint":
        text = f"{due.amount} pengaduan: {due.subject}"
        href, why = _cases(due, unit_id) if links_cases else "", f"Jatuh tempo {until(due.ends_at, zone)}."
        if due.holder is not None:
            why += f" Giliran: {ROLE_NAMES.get(due.holder, due.holder).lower()}."
    else:
        text = f"{due.amount} kegiatan {due.subject} {_node_name(due.subject)}"
        href = item_page(unit_id, due.subject, year)
        why = ""
    today = now.astimezone(zone.tz).date()
    kind = "bad" if due.is_over else "warn" if due.day == today else ""
    since = short_day(due.day, today) if due.is_over and due.kind == "activity" else ""
    return Task(kind, "Lewat" if due.is_over else day_word(due.day, today), since, text, href, why)


def short_day(day: date, today: date) -> str:
    """Return `28 Agu`, and its year unless that is the present one."""
    told = f"{day.day} {MONTHS[day.month - 1][:3]}"
    return told if day.year == today.year else f"{told} {day.year}"


def _cases(due: Due, unit_id: str) -> str:
    return case_page(due.case_id) if due.case_id else cases_of(unit_id, is_late=due.is_over)


def day_word(day: date, today: date) -> str:
    """Return `Hari ini`, `Besok`, or `Jum 28`."""
    if day <= today:
        return "Hari ini"
    return "Besok" if day == today + timedelta(days=1) else f"{DAY_NAMES[day.weekday()]} {day.day}"


def _node_name(code: str) -> str:
    instrument = lke_instrument()
    return instrument.nodes[code].name if code in instrument.nodes else instrument.questions[code].text


def change_texts(
    changes: Sequence[ChangeLine], unit_id: str, year: int, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield a fixed number of lines, so that a new one moves the others down in place."""
    for place, line in enumerate(changes[:CHANGE_LINES]):
        fallen = line.delta is not None and line.delta < 0
        yield f"cd.{place}", "" if line.delta is None else _points(line.delta)
        yield f"cd.{place}@class", "bad" if fallen else "good"
        yield f"c.{place}", change_text(line)
        yield f"c.{place}@href", _cause(line.subject, unit_id, year)
        yield f"d.{place}", _since(line, now)


def _cause(subject: str, unit_id: str, year: int) -> str:
    """Return where the cause of a change is explained: an item, a gate's node, or the survey."""
    instrument = lke_instrument()
    if subject in instrument.questions or subject in instrument.nodes or subject == TOTAL:
        return item_page(unit_id, subject, year)
    bases = {gate.code: gate.basis for rules in rule_sets().values() for gate in rules.gates}
    return item_page(unit_id, bases[subject][0], year) if subject in bases else SURVEY_PART


def _since(line: ChangeLine, now: datetime) -> str:
    """Return how long ago a line was written; in whole days, counted from the day's beginning, or nearer."""
    if not line.is_day_only:
        return relative(line.at, now)
    days = (now - line.at).days
    return "hari ini" if days < 1 else f"{days} hari lalu"


def change_text(line: ChangeLine) -> str:
    """Return `A.II.5.ii.a: pengaduan selesai ditindaklanjuti`; a gate by its name, a survey by itself."""
    if line.subject == SURVEY:
        return capital(line.text)
    return f"{gate_names().get(line.subject, line.subject)}: {line.text}"


@cache
def gate_names() -> Mapping[str, str]:
    """Return the names of gates by code."""
    return {gate.code: gate.name for rules in rule_sets().values() for gate in rules.gates}
