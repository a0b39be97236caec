"""Take a file of units over into an agency's register: all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import ClassVar, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.spreadsheets.importing import (
    Import,
    ListingRefusedError,
    digest_of,
    publish,
    refuse_findings,
)
from services.planning.spreadsheets.plan import Plan
from services.planning.units import store as units
from services.planning.units.domain import Unit
from services.planning.units.events import unit_fact
from services.planning.units.files.domain import Change, UnitFile, compare
from services.planning.units.metrics import UNITS_IMPORTED
from services.planning.units.usecases import check_agency
from shared import audit
from shared.db import Database, on_commit
from shared.held import in_thread
from shared.kernel import StaleVersionError
from shared.security import Principal


class UnitFileRefusedError(ListingRefusedError):
    """A file of units has a fault."""

    code: ClassVar[str] = "unit_file_refused"


@dataclass(frozen=True, slots=True)
class Register:
    """The units of an agency by id, and those ids of a file that another agency has."""

    units: Mapping[str, Unit]
    elsewhere: frozenset[str]


UnitImport: TypeAlias = Import[UnitFile, Register, Change]


async def check_unit_file(db: Database, actor: Principal, file: UnitFile, agency_id: str) -> UnitImport:
    """Return what a file would do, findings included; raises `ForbiddenError` for another agency.

    It is compared in a thread: for thousands of units that takes longer than others may wait.
    """
    check_agency(actor, agency_id)
    register = await db.read(lambda session: _register(session, file, agency_id))
    return await in_thread(_compared, file, register, agency_id)


async def import_unit_file(
    session: AsyncSession, actor: Principal, checked: UnitImport, *, sha256: str, expected: str | None
) -> UnitImport:
    """Write every unit that is new or differs, and publish it; `expected` is the digest somebody looked at.

    Raises `UnitFileRefusedError` with the findings, `StaleVersionError` when the register has changed since
    it was looked at or checked, `ForbiddenError`.
    """
    check_agency(actor, checked.agency_id)
    plan = checked.plan
    refuse_findings(plan, UnitFileRefusedError)
    if expected is not None and expected != checked.digest:
        raise StaleVersionError("Daftar unit berubah sejak pratinjau. Periksa pratinjau yang baru.")
    await units.lock_tree(session)
    if await _register(session, checked.file, checked.agency_id, lock=True) != checked.register:
        raise StaleVersionError("Daftar unit berubah sewaktu berkas diperiksa. Periksa sekali lagi.")
    if plan.new and await units.insert_many(session, _units(plan.new)) < len(plan.new):
        raise StaleVersionError("Kode unit baru itu baru saja didaftarkan orang lain. Ulangi pratinjau.")
    if plan.changed:
        await units.update_many(session, _units(plan.changed))
    await _record(session, actor, plan, checked.agency_id, sha256)
    on_commit(session, partial(_count, plan))
    return replace(checked, is_written=True)


async def _register(session: AsyncSession, file: UnitFile, agency_id: str, *, lock: bool = False) -> Register:
    present = await units.of_agency(session, agency_id, lock=lock)
    unknown = {line.unit_id for line in (*file.lines, *file.faulty)} - present.keys()
    return Register(present, await units.elsewhere(session, agency_id, unknown))


def _compared(file: UnitFile, register: Register, agency_id: str) -> UnitImport:
    plan = compare(file, register.units, register.elsewhere, agency_id)
    return Import(agency_id, file, register, plan, _digest(plan), is_written=False)


async def register_of(session: AsyncSession, actor: Principal, agency_id: str) -> list[Unit]:
    """Return all units of an agency by id; raises `ForbiddenError` for another one."""
    check_agency(actor, agency_id)
    return list((await units.of_agency(session, agency_id)).values())


async def _record(
    session: AsyncSession, actor: Principal, plan: Plan[Change], agency_id: str, sha256: str
) -> None:
    """Tell others of every unit, and note the act once."""
    event_ids = await publish(session, (unit_fact(change.after) for change in plan.changes))
    await audit.record(
        session,
        actor=actor,
        operation="import_units",
        entity="unit_register",
        entity_id=agency_id,
        changes={"sha256": sha256, "new": _ids(plan.new), "changed": _ids(plan.changed)},
        event_ids=event_ids,
    )


def _units(changes: Sequence[Change]) -> list[Unit]:
    return [change.after for change in changes]


def _ids(changes: Sequence[Change]) -> list[str]:
    return [change.after.unit_id for change in changes]


def _count(plan: Plan[Change]) -> None:
    for outcome, number in _counts(plan).items():
        UNITS_IMPORTED.labels(outcome).inc(number)


def _counts(plan: Plan[Change]) -> Mapping[str, int]:
    return {"new": len(plan.new), "changed": len(plan.changed), "unchanged": plan.unchanged}


def _digest(plan: Plan[Change]) -> str:
    in_order = sorted(plan.changes, key=lambda one: one.after.unit_id)
    return digest_of(sorted(asdict(change.after).items()) for change in in_order)
