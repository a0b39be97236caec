"""What a unit must do soon: activities of its plan and steps of complaint cases, overdue ones first."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from shared.kernel import Zone, last_moment

DAYS = 7
"""How far ahead what is due is shown."""
NOT_THE_UNITS = ("reporter", "privacy_officer")
"""Whose clocks no unit can hurry: the reporter's own time, and how long ended cases are kept."""
OTHER = "tenggat lain"
"""A clock of an agency's own policy, which has no word here."""


class Due(NamedTuple):
    """Things of one kind due on one local day: an indicator's activities, or one step of some cases.

    `subject` is an LKE code or the word of the step; `ends_at` is when the first of the cases is due, and
    `case_id` the only one of them, if it is one; `holder` is the role that has to act, None if nobody said.
    """

    day: date
    kind: Literal["complaint", "activity"]
    subject: str
    amount: int
    is_over: bool
    ends_at: datetime | None = None
    case_id: str | None = None
    holder: str | None = None


def fitting(due: Sequence[Due], most: int, least: int) -> list[Due]:
    """Return the `most` that are shown, in order: complaints first, but `least` activities in any case.

    The law sets the days of complaints, so that no number of overdue activities may hide them.
    """
    kinds = {kind: [one for one in due if one.kind == kind] for kind in ("complaint", "activity")}
    room = most - min(least, len(kinds["activity"]))
    kept = kinds["complaint"][:room]
    kept += kinds["activity"][: most - len(kept)]
    return [one for one in due if one in kept]


def until_when(now: datetime, zone: Zone) -> tuple[date, datetime]:
    """Return the last day that counts as soon, and the midnight that ends it."""
    last = now.astimezone(zone.tz).date() + timedelta(days=DAYS)
    return last, datetime.combine(last + timedelta(days=1), time(), zone.tz)


def due_soon(
    activities: Iterable[tuple[str, date]],
    deadlines: Iterable[tuple[str, str, str | None, datetime]],
    now: datetime,
    zone: Zone,
) -> list[Due]:
    """Group open activities (indicator, day) and running clocks by day and kind.

    A clock is its case, policy id, holder and moment; what the reporter has to do no unit can hurry.
    """
    today = now.astimezone(zone.tz).date()
    planned = Counter(activities)
    found = [Due(day, "activity", code, count, day < today) for (code, day), count in planned.items()]
    steps: dict[tuple[date, str, str | None, bool], dict[str, datetime]] = {}
    for case, rule, holder, due_at in deadlines:
        if holder not in NOT_THE_UNITS:
            key = last_moment(due_at, zone)[0], _clocks().get(rule, OTHER), holder, due_at <= now
            times = steps.setdefault(key, {})
            times[case] = min(due_at, times.get(case, due_at))
    found += [
        Due(
            day,
            "complaint",
            word,
            len(times),
            is_over,
            min(times.values()),
            next(iter(times)) if len(times) == 1 else None,
            holder,
        )
        for (day, word, holder, is_over), times in steps.items()
    ]
    return sorted(found, key=lambda due: (not due.is_over, due.day, due.kind != "complaint", due.subject))


@cache
def _clocks() -> Mapping[str, str]:
    data = (files("services.scoring") / "data" / "clocks.json").read_text(encoding="utf-8")
    clocks: Mapping[str, str] = json.loads(data)["clocks"]
    return clocks
