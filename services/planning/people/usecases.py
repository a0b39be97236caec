"""Commands and queries on the people of units."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.people import identities, store
from services.planning.people.domain import (
    IDENTITY_FIELDS,
    EmployeeNumberTakenError,
    Entry,
    Identity,
    OtherAgencyError,
    Person,
    SubstituteKind,
    SubstituteRefusedError,
    Substitution,
    check_days,
    check_log_ins,
    check_substitution,
    check_superior,
    ended,
    with_substitute,
)
from services.planning.people.events import person_fact
from services.planning.refusals import check_version
from services.planning.units.usecases import get_unit, get_working_unit
from shared.kernel import NotFoundError, new_id
from shared.recording import record
from shared.security import Principal


async def add_person(session: AsyncSession, actor: Principal, person: Person, identity: Identity) -> Entry:
    """Enter a person (version 1) into the list of a unit, and publish the pseudonym.

    Raises `NotFoundError` for a unit outside the scope, `UnitMergedError`, `PersonDaysError`,
    `SuperiorRefusedError`, `LogInTakenError`, `EmployeeNumberTakenError`.
    """
    unit = await get_working_unit(session, actor, person.unit_id)
    await store.lock_agency(session, unit.agency_id)
    await _check(session, person, unit.agency_id)
    await _check_number(session, person.person_id, identity.employee_number, unit.agency_id)
    await store.save(session, new=[person])
    await identities.save(session, {person.person_id: identity})
    await _record(session, actor, "add_person", person, sorted(IDENTITY_FIELDS))
    return Entry(person, identity)


async def change_person(
    session: AsyncSession, actor: Principal, person_id: UUID, expected: int, fields: dict[str, Any]
) -> Entry:
    """Change fields of a person's entry and publish it; an entry that stays the same raises no version.

    Raises `NotFoundError`, `StaleVersionError`, `OtherAgencyError`, and as `add_person`.
    """
    found, agency_id = await _lock(session, actor, person_id, expected)
    identity = (await identities.of(session, [person_id]))[person_id]
    who = replace(identity, **{name: fields[name] for name in fields.keys() & IDENTITY_FIELDS})
    changed = found.changed(**{name: fields[name] for name in fields.keys() - IDENTITY_FIELDS})
    if changed == found.changed() and who == identity:
        return Entry(found, identity)
    if changed.unit_id != found.unit_id:
        unit = await get_working_unit(session, actor, changed.unit_id)
        if unit.agency_id != agency_id:
            raise OtherAgencyError(
                "Unit itu milik instansi lain. Catat hari terakhir di sini, lalu masukkan orang itu di sana.",
                field="unit_id",
            )
    await _check(session, changed, agency_id)
    if who.employee_number != identity.employee_number:
        await _check_number(session, person_id, who.employee_number, agency_id)
    await store.save(session, changed=[changed])
    if who != identity:
        await identities.save(session, {person_id: who})
    of_identity = sorted(name for name in IDENTITY_FIELDS if getattr(who, name) != getattr(identity, name))
    await _record(session, actor, "change_person", changed, of_identity)
    return Entry(changed, who)


async def leave(
    session: AsyncSession, actor: Principal, person_id: UUID, expected: int, active_to: date
) -> Entry:
    """Note the last day of a person in the unit; nobody is ever deleted.

    Raises `NotFoundError`, `StaleVersionError`, `PersonDaysError`.
    """
    return await change_person(session, actor, person_id, expected, {"active_to": active_to})


async def name_substitute(
    session: AsyncSession,
    actor: Principal,
    person_id: UUID,
    expected: int,
    *,
    substitute_id: UUID,
    kind: SubstituteKind,
    decree_number: str,
    first: date,
    last: date,
) -> Entry:
    """Let another person of the agency act for a person from the first to the last day, by decree.

    Raises `NotFoundError`, `StaleVersionError`, `SubstituteRefusedError`, `SubstituteOverlapError`.
    """
    found, agency_id = await _lock(session, actor, person_id, expected)
    substitute = (await store.of_agency(session, agency_id, [substitute_id])).get(substitute_id)
    if substitute is None:
        raise SubstituteRefusedError("Pengganti tidak tercatat di instansi ini.", field="substitute_id")
    made = Substitution(new_id(), substitute_id, kind, decree_number, first, last)
    check_substitution(found, substitute, made)
    return await _substituted(session, actor, "substitute_person", with_substitute(found, made))


async def end_substitution(
    session: AsyncSession,
    actor: Principal,
    person_id: UUID,
    expected: int,
    substitution_id: UUID,
    last: date,
) -> Entry:
    """Let a substitution end earlier; with a last day before its first it never was.

    Raises `NotFoundError`, `StaleVersionError`, `SubstituteRefusedError` for a later end.
    """
    found, _ = await _lock(session, actor, person_id, expected)
    changed = ended(found, substitution_id, last)
    if changed is None:
        raise NotFoundError("Penggantian tidak ditemukan.", field="substitution_id")
    if changed is found:
        return await get_entry(session, actor, person_id)
    return await _substituted(session, actor, "end_substitution", changed)


async def get_entry(session: AsyncSession, actor: Principal, person_id: UUID) -> Entry:
    """Return a person of a unit in scope and who they are; raises `NotFoundError`."""
    found = await _get(session, actor, person_id)
    return Entry(found, (await identities.of(session, [person_id]))[person_id])


async def entries(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None,
    on: date | None,
    after: UUID,
    limit: int,
    left_before: date | None = None,
) -> Sequence[Entry]:
    """Return people of units in scope in the order of entry; of a day `on` only those who work then.

    `left_before` narrows to those whose last day lies before that day. Raises `NotFoundError` for a named
    unit outside the scope.
    """
    if unit_id is not None:
        await get_unit(session, actor, unit_id)
    people = await store.page(
        session, actor.scope, unit_id=unit_id, on=on, after=after, limit=limit, left_before=left_before
    )
    who = await identities.of(session, [one.person_id for one in people])
    return [Entry(one, who[one.person_id]) for one in people]


async def known(session: AsyncSession, actor: Principal, people: Collection[UUID]) -> dict[UUID, Identity]:
    """Return who those of the people are that are of units in scope: others keep their names."""
    return await identities.of(session, await store.within_scope(session, actor.scope, people))


async def of_number(session: AsyncSession, actor: Principal, unit_id: str, number: str) -> UUID | None:
    """Return who has an employee number in the agency of a unit in scope; raises `NotFoundError`."""
    agency_id = (await get_unit(session, actor, unit_id)).agency_id
    found = (await identities.by_number(session, [number])).get(number, ())
    return next(iter(await store.of_agency(session, agency_id, found)), None)


async def entries_of_agency(session: AsyncSession, agency_id: str) -> Sequence[Entry]:
    """Return everybody of an agency, those who left too."""
    people = await store.all_of_agency(session, agency_id)
    who = await identities.of(session, [one.person_id for one in people])
    return [Entry(one, who[one.person_id]) for one in people]


async def _get(session: AsyncSession, actor: Principal, person_id: UUID) -> Person:
    found = await store.get(session, actor.scope, person_id)
    if found is None:
        raise NotFoundError("Orang tidak ditemukan.", field="person_id")
    return found


async def _lock(
    session: AsyncSession, actor: Principal, person_id: UUID, expected: int
) -> tuple[Person, str]:
    """Return a person in scope and the agency, whose people nobody else changes within the transaction."""
    found = await _get(session, actor, person_id)
    agency_id = (await get_unit(session, actor, found.unit_id)).agency_id
    await store.lock_agency(session, agency_id)
    found = await _get(session, actor, person_id)
    check_version(found.version, expected)
    return found, agency_id


async def _check(session: AsyncSession, person: Person, agency_id: str) -> None:
    """Check days, superior and accounts of a person; the caller holds the agency's lock."""
    check_days(person)
    if person.superior_id is not None:
        above = await store.above(session, person.superior_id)
        check_superior(person, above, await store.of_agency(session, agency_id, [person.superior_id]))
    check_log_ins(await store.whose(session, person.subjects), person.subjects, person.person_id)


async def _check_number(session: AsyncSession, person_id: UUID, number: str, agency_id: str) -> None:
    others = (await identities.by_number(session, [number])).get(number, ())
    if await store.of_agency(session, agency_id, [one for one in others if one != person_id]):
        raise EmployeeNumberTakenError(
            "Nomor pegawai ini milik orang lain di instansi ini.", field="employee_number"
        )


async def _substituted(session: AsyncSession, actor: Principal, operation: str, changed: Person) -> Entry:
    await store.save(session, changed=[changed])
    await store.save_substitutes(session, changed)
    await _record(session, actor, operation, changed, ())
    return await get_entry(session, actor, changed.person_id)


async def _record(
    session: AsyncSession, actor: Principal, operation: str, person: Person, of_identity: Sequence[str]
) -> None:
    """Publish the pseudonym, and note the act: of who the person is only which fields changed."""
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="person",
        entity_id=person.person_id,
        version=person.version,
        facts=[person_fact(person)],
        changes=changes_of(person) | {"of_identity": list(of_identity)},
    )


def changes_of(person: Person) -> dict[str, Any]:
    """Return what the audit trail says of a person: pseudonyms, days and kinds."""
    return {
        "unit_id": person.unit_id,
        "category": person.category.value,
        "is_leader": person.is_leader,
        "superior_id": None if person.superior_id is None else str(person.superior_id),
        "active_from": person.active_from.isoformat(),
        "active_to": None if person.active_to is None else person.active_to.isoformat(),
        "subjects": list(person.subjects),
        "substitutes": [
            {
                "substitute_id": str(one.substitute_id),
                "kind": one.kind.value,
                "decree_number": one.decree_number,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
            }
            for one in person.substitutes
        ],
    }
