"""Commands and queries on the register of units."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.units import Unit, UnitExistsError, UnitReservedError
from services.planning.events import SOURCE, unit_fact
from services.planning.store import units
from services.planning.usecases.refusals import check_version
from shared.kernel import UNASSIGNED_UNIT, NotFoundError
from shared.recording import record
from shared.security import ForbiddenError, Principal


async def register_unit(session: AsyncSession, actor: Principal, unit: Unit) -> Unit:
    """Enter a unit (version 1) into the register and publish it.

    Raises `ForbiddenError` for an agency outside the caller's scope, `UnitExistsError` for a taken id,
    `UnitReservedError` for the id that stands for "unit not known".
    """
    if unit.unit_id == UNASSIGNED_UNIT:
        raise UnitReservedError(
            f"Kode {UNASSIGNED_UNIT} dicadangkan bagi pengaduan tanpa unit. Pilih kode lain.",
            field="unit_id",
        )
    _check_agency(actor, unit)
    if not await units.insert(session, unit):
        raise UnitExistsError("Kode unit ini sudah terdaftar.", field="unit_id")
    await _record(session, actor, "register_unit", unit)
    return unit


async def change_unit(
    session: AsyncSession, actor: Principal, unit_id: str, expected: int, fields: dict[str, Any]
) -> Unit:
    """Change fields of a unit's entry and publish it; an entry that stays the same raises no version.

    Raises `NotFoundError`, `StaleVersionError`, `ForbiddenError` (another agency).
    """
    found = await get_unit(session, actor, unit_id, lock=True)
    check_version(found.version, expected)
    changed = found.changed(**fields)
    if changed == found.changed():
        return found
    _check_agency(actor, changed)
    await units.update(session, changed)
    await _record(session, actor, "change_unit", changed)
    return changed


async def get_unit(session: AsyncSession, actor: Principal, unit_id: str, *, lock: bool = False) -> Unit:
    """Return a unit in scope, its row locked for update when asked; raises `NotFoundError`."""
    found = await units.get(session, actor.scope, unit_id, lock=lock)
    if found is None:
        raise NotFoundError("Unit tidak ditemukan.", field="unit_id")
    return found


def _check_agency(actor: Principal, unit: Unit) -> None:
    if actor.scope.level != "national" and unit.agency_id not in actor.scope.agencies:
        raise ForbiddenError("Instansi ini di luar wewenang Anda.")


async def _record(session: AsyncSession, actor: Principal, operation: str, unit: Unit) -> None:
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="unit",
        entity_id=unit.unit_id,
        version=unit.version,
        facts=[unit_fact(unit)],
        changes={"agency_id": unit.agency_id, "zone": unit.zone.value, "is_active": unit.is_active},
    )
