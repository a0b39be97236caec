"""Planning's people in our copy: those whom a decision is about, and who must see nothing of a case."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Uuid, cast, exists, func, literal, or_, select, true
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.people import People, Person, Substitution
from services.complaints.cases.tables import ANSWER, CASE, CASE_PARTY, PROPOSAL
from services.complaints.tables import PERSON, PERSON_LOG_IN, UNIT
from shared.db.arrays import among
from shared.kernel import Zone
from shared.security import Scope

PartyRole = Literal["accused", "declarant"]
_PEOPLE = select(*PERSON.c["person_id", "subjects", "active_from", "active_to", "substitutes"])


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads or acts; `handlers` are the accounts whose cases alone they see, None: all in scope.

    With a `kind` they see every case of that kind besides.
    """

    subject: str
    scope: Scope
    handlers: frozenset[str] | None = None
    kind: str | None = None

    def sees(self) -> ColumnElement[bool]:
        """Return the filter of cases: in scope, theirs where only those are, and not about them."""
        is_theirs = true() if self.handlers is None else among(CASE.c.handler, sorted(self.handlers))
        if self.kind is not None:
            is_theirs |= CASE.c.kind == self.kind
        in_scope = self.scope.where(CASE.c.unit_id, CASE.c.agency_id)
        return in_scope & is_theirs & ~is_about(self.subject)


def is_about(subject: str) -> ColumnElement[bool]:
    """Tell whether an account must see nothing of a case: its person is a party, or above one.

    Source: complaints.md section 4.2.
    """
    parties = select(CASE_PARTY.c.case_id).where(CASE_PARTY.c.person_id.in_(below(subject)))
    return CASE.c.id.in_(parties)


def below(subject: str) -> Select[tuple[str]]:
    """Return the person of an account and all people below: a circle of superiors ends where it closes."""
    own = select(PERSON_LOG_IN.c.person_id).where(PERSON_LOG_IN.c.subject == subject)
    people = own.cte("below", recursive=True)
    people = people.union(select(PERSON.c.person_id).where(PERSON.c.superior_id == people.c.person_id))
    return select(people.c.person_id)


async def is_excluded(session: AsyncSession, case_id: UUID, subject: str) -> bool:
    """Tell whether an account must see nothing of this case."""
    return bool(await session.scalar(select(exists().where(CASE.c.id == case_id, is_about(subject)))))


async def load(session: AsyncSession, subjects: Iterable[str]) -> tuple[Person, ...]:
    """Return who is known by these accounts."""
    theirs = select(PERSON_LOG_IN.c.person_id).where(among(PERSON_LOG_IN.c.subject, sorted(set(subjects))))
    rows = await session.execute(_PEOPLE.where(PERSON.c.person_id.in_(theirs)))
    return tuple(_person(row) for row in rows.mappings())


async def with_substitutes(session: AsyncSession, subjects: Iterable[str]) -> tuple[Person, ...]:
    """Return who is known by these accounts, and who has ever been named to act for them."""
    own = await load(session, subjects)
    named = {one.person_id for person in own for one in person.substitutes}
    rows = await session.execute(_PEOPLE.where(among(PERSON.c.person_id, sorted(named))))
    return (*own, *(_person(row) for row in rows.mappings()))


async def superiors_of(session: AsyncSession, subject: str) -> frozenset[str]:
    """Return the accounts of the superior of whom this account belongs to; none where that is not known."""
    own = select(PERSON_LOG_IN.c.person_id).where(PERSON_LOG_IN.c.subject == subject)
    above = select(PERSON.c.superior_id).where(PERSON.c.person_id.in_(own))
    asked = select(PERSON_LOG_IN.c.subject).where(PERSON_LOG_IN.c.person_id.in_(above))
    return frozenset(await session.scalars(asked))


async def stands_for(session: AsyncSession, subject: str, now: datetime) -> frozenset[str]:
    """Return the accounts as which one may act now: its own, of its person, and of whom that substitutes.

    Which day it is says the zone of the substituted person's unit.
    """
    own = await load(session, [subject])
    found = {subject}.union(*(one.subjects for one in own))
    if own:
        is_theirs = or_(*(PERSON.c.substitutes.contains([{"person_id": one.person_id}]) for one in own))
        asked = _PEOPLE.add_columns(UNIT.c.zone).where(is_theirs)
        asked = asked.join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id, isouter=True)
        for row in (await session.execute(asked)).mappings():
            zone, person = Zone(row["zone"] or Zone.WIB), _person(row)
            people = People(now.astimezone(zone.tz).date(), (*own, person))
            found |= {one for one in person.subjects if people.acts_for(subject, one)}
    return frozenset(found)


async def one_with(session: AsyncSession, subject: str, now: datetime) -> frozenset[str]:
    """Return the accounts that count as one person with this one today, where two persons are asked for.

    Days are Jakarta's. A substitution that ended since the first of two did their part is left to the act.
    """
    own = await load(session, [subject])
    found = {subject}.union(*(one.subjects for one in own))
    if own:
        is_theirs = or_(
            *(PERSON.c.substitutes.contains([{"person_id": one.person_id}]) for one in own),
            among(PERSON.c.person_id, [two.person_id for one in own for two in one.substitutes]),
        )
        others = [_person(row) for row in (await session.execute(_PEOPLE.where(is_theirs))).mappings()]
        known = People(now.astimezone(Zone.WIB.tz).date(), (*own, *others))
        found |= {one for two in others for one in two.subjects if known.are_one(subject, one)}
    return frozenset(found)


def today(zone: ColumnElement[Any]) -> ColumnElement[date]:
    """Return the present day of the database's clock in a zone; Jakarta's where there is none."""
    names = {one.value: one.tz.key for one in Zone}
    return cast(func.timezone(case_when(names, value=zone, else_=Zone.WIB.tz.key), func.zi_now()), Date)


def has_left(subject: ColumnElement[Any], day: ColumnElement[date]) -> ColumnElement[bool]:
    """Tell whether an account belongs to somebody who is known, and is not in the unit on a day."""
    is_theirs = PERSON_LOG_IN.c.subject == subject
    works = (PERSON.c.active_from <= day) & (PERSON.c.active_to.is_(None) | (PERSON.c.active_to >= day))
    is_person = PERSON.c.person_id == PERSON_LOG_IN.c.person_id
    return exists().where(is_theirs) & ~exists().where(is_theirs, is_person, works)


async def of_agency(session: AsyncSession, agency_id: str, people: Collection[str]) -> frozenset[str]:
    """Return those of the people who are known in a unit of the agency."""
    asked = select(PERSON.c.person_id).join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id)
    asked = asked.where(UNIT.c.agency_id == agency_id, among(PERSON.c.person_id, people))
    return frozenset(await session.scalars(asked))


async def name_parties(
    session: AsyncSession, case_id: UUID, people: Collection[str], role: PartyRole
) -> None:
    """Keep who is named in a case; naming somebody twice changes nothing."""
    rows = [{"case_id": case_id, "person_id": one, "role": role} for one in sorted(people)]
    await session.execute(insert_into(CASE_PARTY).on_conflict_do_nothing(), rows)


async def copy_parties(session: AsyncSession, case_id: UUID, to: UUID) -> None:
    """Let who is named in a case be named in another one too."""
    named = select(literal(to, Uuid), *CASE_PARTY.c["person_id", "role"]).where(
        CASE_PARTY.c.case_id == case_id
    )
    copied = insert_into(CASE_PARTY).from_select(["case_id", "person_id", "role"], named)
    await session.execute(copied.on_conflict_do_nothing())


async def parties(session: AsyncSession, case_id: UUID, role: PartyRole) -> list[str]:
    """Return who is named in a case, by pseudonym."""
    asked = select(CASE_PARTY.c.person_id).where(CASE_PARTY.c.case_id == case_id, CASE_PARTY.c.role == role)
    return list(await session.scalars(asked.order_by(CASE_PARTY.c.person_id)))


async def drafted_at(session: AsyncSession, case: Case) -> datetime | None:
    """Return when the answer of the case's cycle was drafted."""
    asked = select(ANSWER.c.drafted_at).where(ANSWER.c.case_id == case.id, ANSWER.c.cycle == case.cycle)
    return await session.scalar(asked)


async def proposed_at(session: AsyncSession, case: Case) -> datetime | None:
    """Return when the act was proposed that waits for somebody else."""
    of = PROPOSAL.c
    asked = select(of.proposed_at).where(of.case_id == case.id, of.version == case.version)
    return await session.scalar(asked)


def _person(row: Any) -> Person:
    return Person(
        row["person_id"],
        frozenset(row["subjects"]),
        row["active_from"],
        row["active_to"],
        tuple(
            Substitution(one["person_id"], date.fromisoformat(one["first"]), date.fromisoformat(one["last"]))
            for one in row["substitutes"]
        ),
    )
