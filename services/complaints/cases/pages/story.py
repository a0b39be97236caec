"""A case told to its officers: the stages it went through, the days that a deadline counts, who said what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from services.complaints.cases.domain.acts import FINAL, State
from services.complaints.cases.kinds import tables
from services.complaints.cases.pages import words
from services.complaints.cases.usecases.clocks import Clock
from services.complaints.deadlines.domain.policy import LengthUnit
from shared.calendar.working import DAY, Pause, WorkingCalendar
from shared.indonesian import MONTHS
from shared.kernel import Zone

DayKind = Literal["start", "on", "off", "pause", "due", "out"]
Side = Literal["them", "us", "note"]
_USUAL = (
    State.DITERIMA,
    State.DIVERIFIKASI,
    State.DIDISPOSISIKAN,
    State.DIPROSES,
    State.DITANGGAPI,
    State.SELESAI,
)
"""The way of a case that meets no detour."""
MOST_WEEKS = 14
"""A calendar of more weeks is no picture: what counts so long is told in words."""
_BY_REPORTER = frozenset({"public", "reporter"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a case: since when, None while it is ahead; whether the case is there now."""

    name: str
    since: str | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a deadline: its label, what it counts as, and whether it is today."""

    label: str
    text: str
    kind: DayKind
    is_today: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said about a case: to the reporter, by them, or among officers, with its files."""

    side: Side
    by: str
    at: datetime
    text: str
    evidence: Sequence[str] = ()
    files: Sequence[Any] = ()


def stages(found: Mapping[str, Any], zone: Zone) -> Sequence[Stage]:
    """Return the stages behind a case, where it is, and the usual ones ahead.

    A step back drops those that came after it.
    """
    passed: dict[State, datetime] = {}
    for event in found["events"]:
        state = State(event["state"])
        if state in passed:
            later = list(passed)[list(passed).index(state) + 1 :]
            for one in later:
                del passed[one]
        else:
            passed[state] = event["at"]
    now = State(found["state"])
    ahead = () if now in FINAL else _ahead(found["kind"], now, passed)
    gone = [Stage(words.STATES[one], short(at, zone), one is now) for one, at in passed.items()]
    return [*gone, *(Stage(words.STATES[one], None, is_now=False) for one in ahead)]


def _ahead(kind: str, now: State, passed: Mapping[State, datetime]) -> Sequence[State]:
    usual = [state for state in _USUAL if state in tables()[kind].states]
    if now is State.DIBUKA_KEMBALI:
        return [state for state in usual if state in (State.DIPROSES, State.DITANGGAPI, State.SELESAI)]
    reached = max((usual.index(state) for state in passed if state in usual), default=-1)
    return usual[reached + 1 :]


def short(at: datetime, zone: Zone) -> str:
    """Write the day of an instant as a column has room for it: `12 Mar`."""
    return short_day(at.astimezone(zone.tz).date())


def short_day(day: date) -> str:
    """Write a day as a column has room for it: `12 Mar`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def weeks(clock: Clock, now: datetime) -> Sequence[Sequence[Day]]:
    """Return the days of a deadline by weeks from Monday, each with what it counts as.

    Empty where hours are counted, where the rule is lost, and where it takes more than `MOST_WEEKS`.
    """
    rule, calendar = clock.rule, clock.calendar
    if rule is None or rule.unit not in (LengthUnit.WORKING_DAY, LengthUnit.CALENDAR_DAY):
        return ()
    start = calendar.local_date(clock.told["start_at"])
    due = calendar.local_date(clock.told["due_at"] - timedelta(microseconds=1))
    first = start - (start.isoweekday() - 1) * DAY
    count = (due - first).days // 7 + 1
    if not 0 < count <= MOST_WEEKS:
        return ()
    told = _counted(clock, calendar, start, due, is_working=rule.unit is LengthUnit.WORKING_DAY, now=now)
    today = calendar.local_date(now)
    days = [first + step * DAY for step in range(count * 7)]
    made = [Day(_label(day, first), *told.get(day, ("", "out")), day == today) for day in days]
    return [made[at : at + 7] for at in range(0, len(made), 7)]


def _counted(
    clock: Clock, calendar: WorkingCalendar, start: date, due: date, *, is_working: bool, now: datetime
) -> Mapping[date, tuple[str, DayKind]]:
    """Return what each day from start to due counts as, with the number or the word that says so."""
    stood = [Pause(one.start_at, one.end_at or now, one.is_by_dates) for one in clock.standings]
    still = calendar.standing_still(stood) if is_working else ()
    named = {off.day for off in clock.days_off}
    found: dict[date, tuple[str, DayKind]] = {start: ("0", "start")}
    number = 0
    for step in range(1, (due - start).days + 1):
        day = start + step * DAY
        if any(first <= day < end for first, end in still) and calendar.is_working(day):
            found[day] = "jeda", "pause"
        elif is_working and not calendar.is_working(day):
            found[day] = "libur" if day in named else "", "off"
        else:
            number += 1
            found[day] = str(number), "on"
    text, _ = found[due]
    found[due] = text, "due"
    return found


def _label(day: date, first: date) -> str:
    return short_day(day) if day == first or day.day == 1 else str(day.day)


def talk(found: Mapping[str, Any], messages: Iterable[Any]) -> Sequence[Said]:
    """Return what was said to and by the reporter, and among officers, in order of time.

    `messages` are those of the conversation, which cases do not know: each has its author (none for the
    reporter), `is_internal`, `content`, `sent_at` and `attachments`.
    """
    said = [Said("them", "Pelapor", found["received_at"], found["text"])]
    for event in found["events"]:
        if event["act"] == "received" or not event["note"]:
            continue
        is_theirs = event["actor"] in _BY_REPORTER
        side: Side = "them" if is_theirs else "us" if event["is_public"] else "note"
        by = f"{words.who(event['actor'])} · {words.ACTS[event['act']].lower()}"
        said.append(Said(side, by, event["at"], event["note"], event["evidence"]))
    for answer in found["answers"]:
        if answer["approved_at"] is not None:
            by = f"{answer['drafted_by']} · tanggapan: {words.OUTCOMES[answer['outcome']]}"
            said.append(Said("us", by, answer["approved_at"], answer["content"], answer["evidence"]))
    said += [_message(one) for one in messages]
    return sorted(said, key=lambda one: one.at)


def _message(sent: Any) -> Said:
    side: Side = "them" if sent.author is None else "note" if sent.is_internal else "us"
    return Said(side, sent.author or "Pelapor", sent.sent_at, sent.content or "", files=sent.attachments)
