"""Cases as lines of a list, by how much time is left: what is late, today, tomorrow, this week, later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from services.complaints.cases.domain.acts import FINAL, State
from services.complaints.cases.pages import words
from services.complaints.cases.pages.story import short_day
from services.complaints.deadlines.domain.policy import REPORTER, PolicyBook
from shared.http.addresses import case_page
from shared.kernel import Zone

_WEEKDAYS = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
_MOST_OF_WORD = 14
LATE, TODAY, TOMORROW, THIS_WEEK, LATER, ENDED = (
    "Lewat tenggat",
    "Hari ini",
    "Besok",
    "Pekan ini",
    "Kemudian",
    "Berakhir",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list: how much time is left and of which clock, whose turn it is and for what."""

    tracking_id: str
    href: str
    group: str
    kind: str
    left: str
    excerpt: str
    clock: str
    act: str
    who: str


def line(row: Mapping[str, Any], policies: PolicyBook, now: datetime, subject: str) -> Line:
    """Return a case as a line; `subject` reads, and is called so where the turn is theirs."""
    zone = Zone(row["due_zone"] or row["zone"] or Zone.WIB)
    group = _group(row, zone, now)
    kind, left = words.left(row, waits_for=row["waits_for"], now=now)
    if group in (THIS_WEEK, LATER, TOMORROW):
        left = f"{_WEEKDAYS[_last_day(row, zone).weekday()]} {short_day(_last_day(row, zone))}"
    person, act = words.turn(row)
    is_mine = person == "Penangan" and row["handler"] == subject
    titles = {rule.id: rule.title for rule in policies.rules}
    return Line(
        row["tracking_id"],
        case_page(row["tracking_id"]),
        group,
        kind,
        left,
        _excerpt(row["excerpt"]),
        titles.get(row["due_rule"], ""),
        act,
        "Anda" if is_mine else person,
    )


def grouped(lines: Iterable[Line]) -> Sequence[tuple[str, Sequence[Line]]]:
    """Return lines in their order under the heading of each group."""
    return [(group, list(some)) for group, some in groupby(lines, key=lambda one: one.group)]


def _excerpt(text: str) -> str:
    """Return the beginning of what was reported in whole words, those that no list has room for cut off."""
    return " ".join(
        word if len(word) <= _MOST_OF_WORD else f"{word[:_MOST_OF_WORD]}…" for word in text.split()
    )


def _last_day(row: Mapping[str, Any], zone: Zone) -> date:
    due: datetime = row["due_at"]
    return (due - timedelta(microseconds=1)).astimezone(zone.tz).date()


def _group(row: Mapping[str, Any], zone: Zone, now: datetime) -> str:
    if State(row["state"]) in FINAL and not row["is_appealed"]:
        return ENDED
    if row["due_at"] is None:
        return LATER
    if row["due_at"] <= now:
        return LATE if row["waits_for"] != REPORTER else TODAY
    today, last = now.astimezone(zone.tz).date(), _last_day(row, zone)
    if last == today:
        return TODAY
    if (last - today).days == 1:
        return TOMORROW
    return THIS_WEEK if last <= today + timedelta(days=7 - today.isoweekday()) else LATER
