"""Complaints made up from a seed: one for every state in the table below."""

import json
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

STORIES = Path(__file__).parent / "data" / "complaints.json"
STATES = (
    "DITERIMA", "MENUNGGU_KELENGKAPAN", "DIVERIFIKASI", "DIDISPOSISIKAN", "DIPROSES", "DITANGGAPI", "SELESAI",
)  # fmt: skip
CHANNELS = ("loket", "surat", "kotak", "telepon", "whatsapp", "email")
LIGHT_HOURS = 4
"""How long a light complaint may take in the sample agency: `policies/ringan.json`."""


@dataclass(frozen=True)
class Story:
    """What a complaint says; `stream` and `case_class` are how the officer sorts it."""

    text: str
    stream: str
    case_class: str


@dataclass(frozen=True)
class Complaint:
    """A complaint to enter, received `age` ago, to be led to `state`."""

    story: Story
    channel: str
    age: timedelta
    state: str


PATHS = {
    "DITERIMA": (),
    "MENUNGGU_KELENGKAPAN": ("request_completion",),
    "DIVERIFIKASI": ("verify",),
    "DIDISPOSISIKAN": ("verify", "dispose"),
    "DIPROSES": ("verify", "dispose", "follow_up"),
    "DITANGGAPI": ("verify", "dispose", "follow_up", "respond", "approve"),
    "SELESAI": ("verify", "dispose", "follow_up", "respond", "approve", "accept"),
}
"""The acts that lead a new complaint to a state."""

COUNTS = {
    # states in the order of STATES, then: due within minutes, answer overdue
    "contoh-melati": ((1, 1, 1, 1, 1, 2, 10), 3, 1),
    "contoh-cendana": ((0, 0, 0, 0, 1, 1, 6), 0, 0),
    "contoh-kenanga": ((1, 0, 0, 1, 0, 0, 3), 0, 0),
    "contoh-meranti": ((0, 0, 0, 1, 0, 0, 3), 0, 0),
    "contoh-anggrek": ((3, 0, 1, 1, 0, 0, 1), 0, 2),
    "contoh-flamboyan": ((1, 0, 0, 0, 1, 1, 3), 2, 0),
    "contoh-mahoni": ((1, 0, 1, 0, 0, 0, 0), 0, 0),
    "contoh-cempaka": ((3, 1, 2, 2, 1, 0, 1), 2, 3),
    "contoh-pala": ((1, 0, 0, 1, 1, 0, 4), 0, 0),
}  # fmt: skip


@cache
def texts() -> dict[str, Any]:
    """Return the texts of acts: what is missing, what was done, what is answered."""
    acts: dict[str, Any] = json.loads(STORIES.read_text())["acts"]
    return acts


@cache
def stories() -> tuple[Story, ...]:
    """Return every story."""
    return tuple(
        Story(entry["text"], entry["stream"], entry["class"])
        for entry in json.loads(STORIES.read_text())["stories"]
    )


def complaints_of(seed: str, unit: str) -> list[Complaint]:
    """Return a unit's complaints: first those of each state, then those that burn.

    Those due within minutes are light ones whose time is nearly over; overdue ones were received a month
    ago and entered late. Ordinary ones lie back at most an hour, so no clock has run out.
    """
    if unit not in COUNTS:
        return []
    rng = random.Random(seed)
    per_state, burning, late = COUNTS[unit]
    ordinary = [story for story in stories() if story.case_class != "ringan"]
    light = [story for story in stories() if story.case_class == "ringan"]
    solved = [story for story in ordinary if story.stream == "masyarakat"]
    wanted = [
        (solved if state == "SELESAI" else ordinary, timedelta(minutes=rng.randint(2, 55)), state)
        for state, count in zip(STATES, per_state, strict=True)
        for _ in range(count)
    ]
    for place in range(burning):
        left = timedelta(minutes=4 + 5 * place)
        wanted.append((light, timedelta(hours=LIGHT_HOURS) - left, "DIDISPOSISIKAN"))
    wanted += [(ordinary, timedelta(days=30), "DIDISPOSISIKAN")] * late
    return [Complaint(rng.choice(kind), rng.choice(CHANNELS), age, state) for kind, age, state in wanted]
