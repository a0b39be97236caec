"""Tell what stands of preconditions, and show how each one stands for both predicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Told
from services.planning.nomination.domain.rules import (
    Precondition,
    Rules,
    State,
    Subject,
    rules_for,
)
from services.planning.nomination.store import candidates, preconditions
from services.planning.nomination.usecases.documents import check_known_agency, unknown_documents
from services.planning.refusals import check_version
from services.planning.units.usecases import get_unit
from shared import audit
from shared.kernel import PREDICATES, DomainError, Predicate
from shared.security import Principal


class PreconditionsRefusedError(DomainError):
    """Something that was told cannot stand, so nothing was kept; `errors` names every fault."""

    code: ClassVar[str] = "preconditions_refused"


@dataclass(frozen=True, slots=True)
class SentWord:
    """What somebody tells of one precondition, unchecked; None takes back what was told."""

    code: str
    value: str | None
    document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A precondition with what was told last, and by whom."""

    code: str
    title: str
    allowed: str
    required: dict[Predicate, str]
    states: dict[Predicate, State]
    value: str | None
    document_ids: tuple[UUID, ...]
    told_by: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preconditions:
    """All of an agency's or unit's preconditions in a year, under the rules of that year."""

    subject: Subject
    subject_id: str
    year: int
    rules: str
    version: int
    rows: tuple[Row, ...]


async def read(
    session: AsyncSession, actor: Principal, subject: Subject, subject_id: str, year: int
) -> Preconditions:
    """Return how the preconditions stand; raises `NotFoundError`, `ForbiddenError` (another agency)."""
    return await _standing(
        session, subject, subject_id, await _agency(session, actor, subject, subject_id), year
    )


async def tell(
    session: AsyncSession,
    actor: Principal,
    subject: Subject,
    subject_id: str,
    year: int,
    sent: Sequence[SentWord],
    *,
    expected: int,
) -> Preconditions:
    """Keep what is told, all of it or nothing; earlier words stay.

    Raises as `read`, `StaleVersionError`, and `PreconditionsRefusedError` for an unknown code, a value off
    its scale, a paper of another agency, or a code that comes twice.
    """
    agency_id = await _agency(session, actor, subject, subject_id)
    await preconditions.lock(session, subject, subject_id, year)
    present = await preconditions.version(session, subject, subject_id, year)
    check_version(present, expected)
    rules = rules_for(year)
    unknown = await unknown_documents(session, agency_id, {id_ for word in sent for id_ in word.document_ids})
    words, errors = _checked(sent, subject, rules, unknown)
    if errors:
        raise PreconditionsRefusedError("Ada prasyarat yang tidak dapat diterima.", errors=errors)
    await preconditions.append(
        session, subject, subject_id, year, words, after=present, told_by=actor.subject
    )
    await audit.record(
        session,
        actor=actor,
        operation="tell_preconditions",
        entity="precondition",
        entity_id=f"{subject}:{subject_id}:{year}",
        version=present + len(words),
        changes={"told": {code: told.value for code, told in words}},
    )
    return await _standing(session, subject, subject_id, agency_id, year)


def _checked(
    sent: Sequence[SentWord], subject: Subject, rules: Rules, unknown: set[UUID]
) -> tuple[list[tuple[str, Told]], list[dict[str, str]]]:
    words: list[tuple[str, Told]] = []
    errors: list[dict[str, str]] = []
    seen: set[str] = set()
    for place, word in enumerate(sent):
        value, faults = _value(word, subject, rules)
        if word.code in seen:
            faults.append(("code", "duplicate", "prasyarat ini dikirim lebih dari sekali"))
        if unknown.intersection(word.document_ids):
            faults.append(("document_ids", "document_unknown", "ada dokumen yang bukan milik instansi ini"))
        seen.add(word.code)
        errors += [
            {"field": f"facts.{place}.{field}", "code": code, "message": said} for field, code, said in faults
        ]
        words.append((word.code, Told(value, word.document_ids)))
    return words, errors


def _value(word: SentWord, subject: Subject, rules: Rules) -> tuple[str | None, list[tuple[str, str, str]]]:
    asked = rules.preconditions.get(word.code)
    if asked is None or asked.subject != subject:
        known = [one.code for one in rules.of(subject)]
        return None, [("code", "unknown_precondition", f"harus salah satu dari {', '.join(known)}")]
    if word.value is None:
        return None, []
    value = asked.canonical(word.value)
    return value, [] if value is not None else [("value", "off_scale", f"harus {asked.allowed}")]


async def _agency(session: AsyncSession, actor: Principal, subject: Subject, subject_id: str) -> str:
    if subject == "unit":
        return (await get_unit(session, actor, subject_id)).agency_id
    await check_known_agency(session, actor, subject_id)
    return subject_id


async def _standing(
    session: AsyncSession, subject: Subject, subject_id: str, agency_id: str, year: int
) -> Preconditions:
    rules = rules_for(year)
    words = (await preconditions.present(session, subject, [subject_id], year)).get(subject_id, {})
    types = await candidates.agency_types(session, [agency_id])
    kind = rules.kind_of(types.get(agency_id))
    rows = [_row(one, words.get(one.code), kind) for one in rules.of(subject)]
    version = await preconditions.version(session, subject, subject_id, year)
    return Preconditions(subject, subject_id, year, rules.id, version, tuple(rows))


def _row(asked: Precondition, word: preconditions.Word | None, kind: str | None) -> Row:
    told = Told(None) if word is None else word.told
    return Row(
        code=asked.code,
        title=asked.title,
        allowed=asked.allowed,
        required={predicate: asked.required_of(predicate) for predicate in PREDICATES},
        states={predicate: asked.state(told.value, predicate, kind) for predicate in PREDICATES},
        value=told.value,
        document_ids=told.document_ids,
        told_by=None if word is None else word.told_by,
        told_at=None if word is None else word.told_at,
    )
