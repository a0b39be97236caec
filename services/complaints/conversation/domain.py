"""What reporter and officers write each other about a case, and the files they bring to it.

A message changes neither the case's version nor any deadline. Source: complaints.md sections 2, 3 and 8.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from shared.kernel import DomainError

_HOUR_SECONDS = 3600


class ConversationOverError(DomainError):
    """The case has ended and its reporter may do nothing about it any more: nobody would read it."""

    code: ClassVar[str] = "conversation_over"


class ConversationFullError(DomainError):
    """So much was written about the case that nobody reads it through."""

    code: ClassVar[str] = "conversation_full"


class TooManySentError(DomainError):
    """More was sent about one case within an hour than anybody reads (429)."""

    code: ClassVar[str] = "too_many_sent"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message, headers={"Retry-After": str(_HOUR_SECONDS)}, **details)


class FileWaitsError(DomainError):
    """The file was not looked at by the scanner yet, and is served to nobody before."""

    code: ClassVar[str] = "file_waits"


class FileInfectedError(DomainError):
    """The scanner found something harmful in the file; it is not kept."""

    code: ClassVar[str] = "file_infected"


class Scan(StrEnum):
    """What the scanner said of a file: nobody asked one, it is away, or its word."""

    UNSCANNED = "unscanned"
    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"


SERVED = frozenset({Scan.UNSCANNED, Scan.CLEAN})


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that lies in the store, by the name of its bytes."""

    sha256: str
    media_type: str
    size_bytes: int
    extension: str
    scan: Scan


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a case, called by its number there: what its bringer called it may name somebody.

    `number` counts up from 1, and down from -1 what officers keep to themselves: a gap would tell the
    reporter of it.
    """

    id: UUID
    number: int
    file: KeptFile

    @property
    def name(self) -> str:
        return f"{label_of(self.number)}{self.file.extension}"


@dataclass(frozen=True, slots=True)
class Message:
    """What one side wrote or brought at once: a text, files or both; `author` None is the reporter."""

    id: UUID
    author: str | None
    is_internal: bool
    content: str | None
    sent_at: datetime
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class SameFile:
    """A file of a case that came with another case too."""

    number: int
    case_id: UUID
    tracking_id: str

    @property
    def label(self) -> str:
        return label_of(self.number)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case whose reporter wrote since the office last wrote or acted, and when they first did."""

    case_id: UUID
    tracking_id: str
    unit_id: str | None
    unit_name: str | None
    zone: str | None
    since: datetime


def label_of(number: int) -> str:
    """Return what a file is called, without the ending of its name."""
    return f"lampiran-{number}" if number > 0 else f"internal-{-number}"


def unanswered(messages: Sequence[Message], last_act_at: datetime | None) -> int:
    """Return how many of the reporter's messages came after the office last wrote or acted.

    `messages` are in order. Internal notes are no answer; `last_act_at` is when an officer last moved the
    case or it ended: a message of that very moment counts, for it may have come after.
    """
    waiting = 0
    for one in messages:
        if one.author is None:
            waiting += last_act_at is None or one.sent_at >= last_act_at
        elif not one.is_internal:
            waiting = 0
    return waiting
