"""Take a file over into a list of an agency: what was looked at is what is written, all of it or nothing."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.spreadsheets.plan import Changing, Plan
from shared import outbox
from shared.contracts.base import EventData
from shared.kernel import DomainError

MOST_TOLD = 200
"""Findings and changes that are told one by one; beyond that only how many there are."""
_EVENTS_AT_ONCE = 1000
F = TypeVar("F")
R = TypeVar("R")
C = TypeVar("C", bound=Changing)


class ListingRefusedError(DomainError):
    """The file has a fault, so nothing of it was written; `errors` names the first `MOST_TOLD` by their cell.

    Each also has `cell`, `row`, `column` and `allowed`, as in a dry run.
    """


@dataclass(frozen=True, slots=True)
class Import(Generic[F, R, C]):
    """What a file would do to a list, or has done; `digest` stands for exactly these changes.

    `register` is what the list said when the file was compared.
    """

    agency_id: str
    file: F
    register: R
    plan: Plan[C]
    digest: str
    is_written: bool


def sha256_of(content: bytes) -> str:
    """Return the name of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def digest_of(states: Iterable[object]) -> str:
    """Return what stands for changes whose states come in one order, whatever the order of their rows."""
    digest = hashlib.sha256()
    for state in states:
        digest.update(repr(state).encode() + b"\0")
    return digest.hexdigest()


def refuse_findings(plan: Plan[Any], refusal: type[ListingRefusedError]) -> None:
    """Raise the refusal when a file has findings."""
    if not plan.findings:
        return
    raise refusal(
        f"Berkas memuat {plan.findings_count} kesalahan; tidak ada yang ditulis.",
        errors=[
            {
                "field": finding.cell or "file",
                "code": finding.code,
                "message": finding.message,
                "cell": finding.cell,
                "row": finding.row,
                "column": finding.column,
                "allowed": finding.allowed,
            }
            for finding in plan.findings[:MOST_TOLD]
        ],
        findings=plan.findings_count,
    )


async def publish(session: AsyncSession, facts: Iterable[EventData]) -> list[UUID]:
    """Tell others of everything, a thousand at a time; return the ids of the events."""
    waiting = iter(facts)
    event_ids: list[UUID] = []
    while part := list(islice(waiting, _EVENTS_AT_ONCE)):
        event_ids += await outbox.record(session, part, source=SOURCE)
    return event_ids
