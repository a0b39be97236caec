"""What pages of every kind of matter call its clocks and acts, and how they say how much time is left."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import RowMapping

from shared.kernel import Zone

SOON = timedelta(hours=24)
CLOCKS = {
    "armed": "berjalan",
    "paused": "berhenti",
    "met": "dipenuhi",
    "late_done": "dipenuhi terlambat",
    "cancelled": "tidak berlaku lagi",
    "superseded": "diganti",
}


class Step(NamedTuple):
    """An act that a page offers: its word in the address, what its button says, and what it will do."""

    slug: str
    act: str
    label: str
    meaning: str


def left(row: Mapping[str, Any] | RowMapping, now: datetime) -> tuple[str, str]:
    """Return a status and its words of how much time is left."""
    if row["closed_at"] is not None:
        return "plain", "Selesai"
    if row["due_at"] is None:
        return "plain", "Tanpa tenggat"
    if row["is_overdue"] or row["due_at"] <= now:
        return "bad", f"Lewat {_days(now - row['due_at'])}"
    kind = "warn" if row["due_at"] - now < SOON else "good"
    return kind, f"Tersisa {_days(row['due_at'] - now)}"


def _days(span: timedelta) -> str:
    if span < timedelta(hours=1):
        return "kurang dari 1 jam"
    return f"{span.days} hari" if span.days else f"{span.seconds // 3600} jam"


def zone_of(row: Mapping[str, Any]) -> Zone:
    """Return the zone of a matter's unit."""
    return Zone(row["zone"])
