"""People by pseudonym: their entries, accounts and substitutes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.people.domain import Category, LogInTakenError, Person, SubstituteKind, Substitution
from services.planning.tables import PERSON, PERSON_LOG_IN, SUBSTITUTION, UNIT, PersonLogInRow, row_of
from services.planning.units.store import within
from shared.db.arrays import Columns, among
from shared.security import Scope


class Acting(NamedTuple):
    """An account of somebody who acts for the person of another account, from the first to the last day."""

    acts_for: str
    subject: str
    first: date
    last: date


_LOG_INS = (
    select(
        func.array_agg(
            aggregate_order_by(PERSON_LOG_IN.c.subject, PERSON_LOG_IN.c.subject), type_=ARRAY(Text)
        )
    )
    .where(PERSON_LOG_IN.c.person_id == PERSON.c.person_id)
    .scalar_subquery()
)
_SUBSTITUTES = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_array(
                    *SUBSTITUTION.c[
                        "substitution_id", "substitute_id", "kind", "decree_number", "first", "last"
                    ]
                ),
                SUBSTITUTION.c.first,
            ),
            type_=JSONB,
        )
    )
    .where(SUBSTITUTION.c.person_id == PERSON.c.person_id)
    .scalar_subquery()
)
_STORED = (
    *("person_id", "unit_id", "category", "echelon", "is_leader", "superior_id", "active_from", "active_to"),
    "version",
)
PEOPLE = select(*PERSON.c[_STORED], _LOG_INS.label("subjects"), _SUBSTITUTES.label("substitutes"))


_PLACE = PERSON.update().where(PERSON.c.person_id == bindparam("of")).values(superior_id=bindparam("above"))
_CHANGE = (
    PERSON.update()
    .where(PERSON.c.person_id == bindparam("of"))
    .values(
        **{name: bindparam(name) for name in _STORED if name != "person_id"},
        updated_at=func.now(),
    )
)
_LOG_IN = Columns.of_table(PersonLogInRow, "subject", "person_id")
_TAKE = text(_LOG_IN.insert("person_log_in") + " ON CONFLICT DO NOTHING RETURNING subject")
"""Text, because a file brings thousands of accounts."""


async def lock_agency(session: AsyncSession, agency_id: str) -> None:
    """Let one transaction at a time change an agency's people: superiors, numbers and accounts are theirs."""
    key = func.hashtextextended(f"people:{agency_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def save(session: AsyncSession, *, new: Sequence[Person] = (), changed: Sequence[Person] = ()) -> None:
    """Write people with their accounts, new and changed ones; the caller holds the agency's lock.

    Superiors may stand among them in any order, and accounts go from one to another. Substitutes stay as they
    are. Raises `LogInTakenError` for an account that another agency took meanwhile.
    """
    if new:
        await session.execute(PERSON.insert(), [row_of(one, PERSON) | {"superior_id": None} for one in new])
    placed = [one for one in new if one.superior_id is not None]
    if placed:
        await session.execute(_PLACE, [{"of": one.person_id, "above": one.superior_id} for one in placed])
    if changed:
        rows = [row_of(one, PERSON) for one in changed]
        await session.execute(_CHANGE, [row | {"of": row.pop("person_id")} for row in rows])
    await _save_log_ins(session, [*new, *changed])


async def save_substitutes(session: AsyncSession, person: Person) -> None:
    """Write who acts for a person; the caller holds the agency's lock."""
    of = SUBSTITUTION
    kept = [one.substitution_id for one in person.substitutes]
    gone = of.delete().where(of.c.person_id == person.person_id, ~among(of.c.substitution_id, kept))
    await session.execute(gone)
    rows = [row_of(one, of) | {"person_id": person.person_id} for one in person.substitutes]
    if rows:
        made = insert_into(of)
        changes, key = {"last": made.excluded.last}, list(of.primary_key)
        await session.execute(made.on_conflict_do_update(index_elements=key, set_=changes), rows)


async def _save_log_ins(session: AsyncSession, people: Sequence[Person]) -> None:
    ids = [one.person_id for one in people]
    await session.execute(PERSON_LOG_IN.delete().where(among(PERSON_LOG_IN.c.person_id, ids)))
    rows = [(subject, one.person_id) for one in people for subject in one.subjects]
    if rows and len((await session.scalars(_TAKE, _LOG_IN.of(rows))).all()) < len(rows):
        raise LogInTakenError("Satu akun hanya milik satu orang.", field="subjects")


async def get(session: AsyncSession, scope: Scope, person_id: UUID) -> Person | None:
    """Return a person of a unit in scope."""
    asked = PEOPLE.join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id)
    asked = asked.where(PERSON.c.person_id == person_id, within(scope))
    found = (await session.execute(asked)).mappings().one_or_none()
    return person_of(found) if found else None


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    unit_id: str | None,
    on: date | None,
    after: UUID,
    limit: int,
    left_before: date | None = None,
) -> list[Person]:
    """Return people of units in scope in the order of entry; of a day `on` only those who work then.

    `left_before` narrows to those whose last day lies before that day.
    """
    asked = PEOPLE.join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id)
    asked = asked.where(within(scope), PERSON.c.person_id > after)
    if unit_id is not None:
        asked = asked.where(PERSON.c.unit_id == unit_id)
    if on is not None:
        is_left = func.coalesce(PERSON.c.active_to < on, False)
        asked = asked.where(PERSON.c.active_from <= on, ~is_left)
    if left_before is not None:
        asked = asked.where(PERSON.c.active_to < left_before)
    rows = await session.execute(asked.order_by(PERSON.c.person_id).limit(limit))
    return [person_of(row) for row in rows.mappings()]


async def of_agency(session: AsyncSession, agency_id: str, people: Collection[UUID]) -> dict[UUID, Person]:
    """Return those of the people who are of the agency, by pseudonym."""
    asked = PEOPLE.join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id)
    asked = asked.where(UNIT.c.agency_id == agency_id, among(PERSON.c.person_id, people))
    return {row["person_id"]: person_of(row) for row in (await session.execute(asked)).mappings()}


async def within_scope(session: AsyncSession, scope: Scope, people: Collection[UUID]) -> list[UUID]:
    """Return those of the people who are of units in scope."""
    asked = select(PERSON.c.person_id).join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id)
    return list(await session.scalars(asked.where(among(PERSON.c.person_id, people), within(scope))))


async def all_of_agency(session: AsyncSession, agency_id: str) -> list[Person]:
    """Return everybody of an agency in the order of entry, those who left too."""
    asked = PEOPLE.join(UNIT, UNIT.c.unit_id == PERSON.c.unit_id).where(UNIT.c.agency_id == agency_id)
    rows = await session.execute(asked.order_by(PERSON.c.person_id))
    return [person_of(row) for row in rows.mappings()]


async def above(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """Return a person and everybody above them; a circle ends where it closes."""
    chain = select(PERSON.c.person_id, PERSON.c.superior_id).where(PERSON.c.person_id == person_id)
    up = chain.cte("up", recursive=True)
    up = up.union(
        select(PERSON.c.person_id, PERSON.c.superior_id).where(PERSON.c.person_id == up.c.superior_id)
    )
    return list(await session.scalars(select(up.c.person_id)))


async def whose(session: AsyncSession, subjects: Collection[str]) -> dict[str, UUID]:
    """Return to whom these accounts belong, of every agency."""
    asked = select(PERSON_LOG_IN.c.subject, PERSON_LOG_IN.c.person_id)
    rows = await session.execute(asked.where(among(PERSON_LOG_IN.c.subject, subjects)))
    return {row.subject: row.person_id for row in rows}


async def acting_for(session: AsyncSession, subjects: Collection[str]) -> list[Acting]:
    """Return who was, is or will be acting for the people of these accounts, while they are in their unit."""
    of, by = PERSON_LOG_IN.alias("of"), PERSON_LOG_IN.alias("by")
    last = func.least(SUBSTITUTION.c.last, PERSON.c.active_to)
    asked = select(of.c.subject, by.c.subject, SUBSTITUTION.c.first, last).where(
        among(of.c.subject, sorted(subjects)),
        SUBSTITUTION.c.person_id == of.c.person_id,
        by.c.person_id == SUBSTITUTION.c.substitute_id,
        PERSON.c.person_id == SUBSTITUTION.c.substitute_id,
    )
    return [Acting(*row) for row in await session.execute(asked)]


def person_of(row: RowMapping | Mapping[str, Any]) -> Person:
    """Return the person that a row of `PEOPLE` holds."""
    substitutes = (
        Substitution(
            UUID(id_),
            UUID(by),
            SubstituteKind(kind),
            decree,
            date.fromisoformat(first),
            date.fromisoformat(last),
        )
        for id_, by, kind, decree, first, last in row["substitutes"] or ()
    )
    return Person(
        **{
            **row,
            "category": Category(row["category"]),
            "subjects": tuple(row["subjects"] or ()),
            "substitutes": tuple(substitutes),
        }
    )
