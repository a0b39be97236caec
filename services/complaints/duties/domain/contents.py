"""What a request about personal data, a breach and a report of the Ombudsman say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

Wish = Literal["akses", "perbaikan", "penghapusan", "pembatasan"]
"""What somebody asks for: a copy, a correction, an end of consent with erasure, or a restriction."""
Outcome = Literal["dikabulkan", "sebagian", "ditolak"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks; it is stored sealed alone."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class DataRequest:
    """What is asked for; `case_id` is the own case of whoever asks by a receipt."""

    wish: Wish
    text: str
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided about a request; `ground` is why not all was given, by its id in the data."""

    outcome: Outcome
    ground: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A failure to protect personal data: when somebody here found it, and what is known first."""

    detected_at: datetime
    summary: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Which data of how many people are concerned, and what happened."""

    data_kinds: str
    people_count: int
    happened: str


@dataclass(frozen=True, slots=True)
class Notice:
    """How the people concerned were told, and the letter to the authority."""

    people_told: str
    letter_number: str
    letter_on: date


@dataclass(frozen=True, slots=True)
class Findings:
    """A report of the Ombudsman (LHP) with the corrective actions that it asks for, in their order."""

    number: str
    issued_on: date
    received_on: date
    actions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done about a corrective action: its evidence, or why nothing was."""

    is_done: bool
    evidence: str | None
    note: str | None
