"""Take a file of people over into an agency's list: all of it or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.people import identities, store
from services.planning.people.domain import Identity, Person
from services.planning.people.events import person_fact
from services.planning.people.files.domain import (
    Change,
    Register,
    compare,
    log_ins_of,
    person_of,
)
from services.planning.people.usecases import entries_of_agency
from services.planning.spreadsheets.importing import (
    Import,
    ListingRefusedError,
    digest_of,
    publish,
    refuse_findings,
)
from services.planning.spreadsheets.listing import Listing
from services.planning.spreadsheets.plan import Plan
from services.planning.units import store as units
from services.planning.units.usecases import check_agency
from shared import audit
from shared.db import Database
from shared.held import in_thread
from shared.kernel import StaleVersionError, new_id
from shared.security import Principal


class PeopleFileRefusedError(ListingRefusedError):
    """A file of people has a fault."""

    code: ClassVar[str] = "people_file_refused"


PeopleImport: TypeAlias = Import[Listing, Register, Change]


async def check_people_file(db: Database, actor: Principal, file: Listing, agency_id: str) -> PeopleImport:
    """Return what a file would do, findings included; raises `ForbiddenError` for another agency."""
    check_agency(actor, agency_id)
    register = await db.read(lambda session: _register(session, file, agency_id))
    return await in_thread(_compared, file, register, agency_id)


async def import_people_file(
    session: AsyncSession, actor: Principal, checked: PeopleImport, *, sha256: str, expected: str | None
) -> PeopleImport:
    """Write everybody who is new or differs, and publish them; `expected` is the digest somebody looked at.

    Raises `PeopleFileRefusedError` with the findings, `StaleVersionError` when the list has changed since it
    was looked at or checked, `ForbiddenError`.
    """
    check_agency(actor, checked.agency_id)
    plan = checked.plan
    refuse_findings(plan, PeopleFileRefusedError)
    if expected is not None and expected != checked.digest:
        raise StaleVersionError("Daftar orang berubah sejak pratinjau. Periksa pratinjau yang baru.")
    await store.lock_agency(session, checked.agency_id)
    if await _register(session, checked.file, checked.agency_id) != checked.register:
        raise StaleVersionError("Daftar orang berubah sewaktu berkas diperiksa. Periksa sekali lagi.")
    ids = {number: entry.person.person_id for number, entry in checked.register.people.items()}
    ids |= {change.number: new_id() for change in plan.new}
    new = [_new(change, ids) for change in plan.new]
    changed = [
        person_of(change, checked.register.people[change.number].person, ids) for change in plan.changed
    ]
    await store.save(session, new=new, changed=changed)
    await identities.save(session, {ids[change.number]: _identity(change) for change in plan.changes})
    await _record(session, actor, checked.agency_id, sha256, new, changed)
    return replace(checked, is_written=True)


async def _register(session: AsyncSession, file: Listing, agency_id: str) -> Register:
    present = await units.of_agency(session, agency_id)
    people = {entry.identity.employee_number: entry for entry in await entries_of_agency(session, agency_id)}
    working = frozenset(one.unit_id for one in present.values() if one.merged_into is None)
    return Register(people, working, await store.whose(session, log_ins_of(file)))


def _compared(file: Listing, register: Register, agency_id: str) -> PeopleImport:
    plan = compare(file, register)
    return Import(agency_id, file, register, plan, _digest(plan), is_written=False)


def _new(change: Change, ids: dict[str, UUID]) -> Person:
    blank = Person(
        person_id=ids[change.number],
        unit_id=change.after["unit_id"],
        category=change.after["category"],
        echelon=None,
        is_leader=False,
        superior_id=None,
        active_from=change.after["active_from"],
        active_to=None,
        version=0,
    )
    return person_of(change, blank, ids)


def _identity(change: Change) -> Identity:
    after = change.after
    return Identity(after["name"], change.number, after["position"], after["contact"])


async def _record(
    session: AsyncSession,
    actor: Principal,
    agency_id: str,
    sha256: str,
    new: Sequence[Person],
    changed: Sequence[Person],
) -> None:
    """Tell others of everybody, and note the act once, by pseudonyms."""
    event_ids = await publish(session, (person_fact(person) for person in (*new, *changed)))
    await audit.record(
        session,
        actor=actor,
        operation="import_people",
        entity="person_list",
        entity_id=agency_id,
        changes={
            "sha256": sha256,
            "new": [str(person.person_id) for person in new],
            "changed": [str(person.person_id) for person in changed],
        },
        event_ids=event_ids,
    )


def _digest(plan: Plan[Change]) -> str:
    in_order = sorted(plan.changes, key=lambda one: one.number)
    return digest_of(
        (change.number, (sorted((change.before or {}).items()), sorted(change.after.items())))
        for change in in_order
    )
