"""Commands and queries on the register of units."""

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.refusals import check_version
from services.planning.units import store as units
from services.planning.units import tree
from services.planning.units.domain import (
    AgencyNeededError,
    MergeRefusedError,
    ParentRefusedError,
    Unit,
    UnitExistsError,
    UnitMergedError,
    UnitNeededError,
    UnitNotMergedError,
    UnitReservedError,
)
from services.planning.units.events import unit_fact
from shared.kernel import UNASSIGNED_UNIT, NotFoundError
from shared.recording import record
from shared.security import ForbiddenError, Principal

_MOST_NAMED = 5


async def register_unit(session: AsyncSession, actor: Principal, unit: Unit) -> Unit:
    """Enter a unit (version 1) into the register and publish it.

    Raises `ForbiddenError` for an agency outside the caller's scope, `UnitExistsError` for a taken id,
    `UnitReservedError` for the id that stands for "unit not known", `ParentRefusedError`.
    """
    if unit.unit_id == UNASSIGNED_UNIT:
        raise UnitReservedError(
            f"Kode {UNASSIGNED_UNIT} dicadangkan bagi pengaduan tanpa unit. Pilih kode lain.",
            field="unit_id",
        )
    check_agency(actor, unit.agency_id)
    if unit.parent_id is not None:
        await _check_place(session, unit)
    if not await units.insert(session, unit):
        raise UnitExistsError("Kode unit ini sudah terdaftar.", field="unit_id")
    await _record(session, actor, "register_unit", unit)
    return unit


async def change_unit(
    session: AsyncSession, actor: Principal, unit_id: str, expected: int, fields: dict[str, Any]
) -> Unit:
    """Change fields of a unit's entry and publish it; an entry that stays the same raises no version.

    Raises `NotFoundError`, `StaleVersionError`, `ForbiddenError` (another agency), `UnitMergedError`,
    `UnitNeededError`, `ParentRefusedError`.
    """
    if fields.keys() & {"parent_id", "agency_id"} or fields.get("is_active") is False:
        await units.lock_tree(session)  # before the row, as everybody does
    found = await get_unit(session, actor, unit_id, lock=True)
    check_version(found.version, expected)
    changed = found.changed(**fields)
    if changed == found.changed():
        return found
    check_agency(actor, changed.agency_id)
    await refuse_merged(session, found)
    if found.is_active and not changed.is_active:
        await _refuse_heir(session, found)
    if changed.agency_id != found.agency_id and await units.has_ties(session, found):
        raise ParentRefusedError(
            "Unit ini mempunyai induk, unit di bawahnya atau unit yang digabung kepadanya; lepaskan dahulu "
            "sebelum pindah instansi.",
            field="agency_id",
        )
    if changed.parent_id is not None and changed.parent_id != found.parent_id:
        await _check_place(session, changed)
    await units.update(session, changed)
    await _record(session, actor, "change_unit", changed)
    return changed


async def merge_unit(session: AsyncSession, actor: Principal, unit_id: str, expected: int, into: str) -> Unit:
    """Hand a unit's new work over to another of its agency, and publish it; its history stays with it.

    Raises `NotFoundError`, `StaleVersionError`, `UnitMergedError`, `MergeRefusedError`.
    """
    await units.lock_tree(session)
    found = await get_unit(session, actor, unit_id, lock=True)
    check_version(found.version, expected)
    target = await check_merge(session, actor, found, into, lock=True)
    merged = found.changed(merged_into=target.unit_id, is_active=False)
    await units.update(session, merged)
    await _record(session, actor, "merge_unit", merged)
    return merged


async def check_merge(
    session: AsyncSession, actor: Principal, unit: Unit, into: str, *, lock: bool = False
) -> Unit:
    """Return the unit to merge into, its row locked when asked; raises as `merge_unit`."""
    await refuse_merged(session, unit)
    target = await units.get(session, actor.scope, into, lock=lock)
    if target is None or target.agency_id != unit.agency_id:
        raise MergeRefusedError("Unit tujuan tidak ada di instansi ini.", field="into")
    if target.unit_id == unit.unit_id:
        raise MergeRefusedError("Unit tidak dapat digabung ke dirinya sendiri.", field="into")
    if (end := await units.successor(session, target.unit_id)) is not None:
        raise MergeRefusedError(
            f"Unit tujuan sendiri sudah digabung ke {end.name} ({end.unit_id}); pilih unit itu.", field="into"
        )
    if not target.is_active:
        raise MergeRefusedError("Unit tujuan tidak aktif.", field="into")
    if not unit.is_active:
        raise MergeRefusedError("Unit yang tidak aktif tidak dapat digabung. Aktifkan dahulu unit ini.")
    if below := await units.count_below(session, unit.unit_id):
        raise MergeRefusedError(
            f"Ada {below} unit di bawah unit ini. Pindahkan dahulu ke induk lain.", units_below=below
        )
    return target


async def unmerge_unit(session: AsyncSession, actor: Principal, unit_id: str, expected: int) -> Unit:
    """Let a merged unit work again by itself, and publish it.

    A parent under which it can no longer stand is let go. Raises `NotFoundError`, `StaleVersionError`,
    `UnitNotMergedError`.
    """
    await units.lock_tree(session)
    found = await get_unit(session, actor, unit_id, lock=True)
    check_version(found.version, expected)
    if found.merged_into is None:
        raise UnitNotMergedError("Unit ini tidak sedang digabung.")
    apart = found.changed(merged_into=None, is_active=True)
    if apart.parent_id is not None:
        try:
            await _check_place(session, apart)
        except ParentRefusedError:
            apart = replace(apart, parent_id=None)
    await units.update(session, apart)
    await _record(session, actor, "unmerge_unit", apart)
    return apart


async def get_unit(
    session: AsyncSession, actor: Principal, unit_id: str, *, lock: bool = False, hold: bool = False
) -> Unit:
    """Return a unit in scope, its row locked or held as by `units.get`; raises `NotFoundError`."""
    found = await units.get(session, actor.scope, unit_id, lock=lock, hold=hold)
    if found is None:
        raise NotFoundError("Unit tidak ditemukan.", field="unit_id")
    return found


async def get_working_unit(
    session: AsyncSession, actor: Principal, unit_id: str, *, hold: bool = True
) -> Unit:
    """Return a unit in scope that takes new work; raises `NotFoundError`, `UnitMergedError`.

    Whoever only looks does not `hold` it: else nobody merges it before this transaction has ended.
    """
    found = await get_unit(session, actor, unit_id, hold=hold)
    await refuse_merged(session, found)
    return found


async def refuse_merged(session: AsyncSession, unit: Unit) -> None:
    """Raise `UnitMergedError` for a merged unit, naming the one that takes its work now."""
    if unit.merged_into is None:
        return
    end = await units.successor(session, unit.unit_id)
    name = unit.merged_into if end is None else f"{end.name} ({end.unit_id})"
    raise UnitMergedError(
        f"Unit ini sudah digabung ke {name}. Riwayatnya tetap dapat dibaca; kerjakan yang baru di unit itu.",
        merged_into=unit.merged_into if end is None else end.unit_id,
    )


def agency_meant(actor: Principal, named: str | None, default: str) -> str:
    """Return the agency that a caller means: the named one, the only one of the scope, or `default`.

    The default is for whom every agency is open; raises `AgencyNeededError` for one of several.
    """
    if named is not None:
        return named
    agencies = sorted(actor.scope.agencies)
    if len(agencies) == 1:
        return agencies[0]
    if actor.scope.level != "national":
        raise AgencyNeededError("Sebutkan instansinya: " + ", ".join(agencies) + ".", field="agency_id")
    return default


def check_agency(actor: Principal, agency_id: str) -> None:
    """Raise `ForbiddenError` for an agency outside the caller's scope."""
    if actor.scope.level != "national" and agency_id not in actor.scope.agencies:
        raise ForbiddenError("Instansi ini di luar wewenang Anda.")


async def _refuse_heir(session: AsyncSession, unit: Unit) -> None:
    """Raise `UnitNeededError` for a unit that does the work of merged ones."""
    if merged := await units.merged_into(session, unit.unit_id):
        named = ", ".join(f"{one.name} ({one.unit_id})" for one in merged[:_MOST_NAMED])
        rest = f" dan {len(merged) - _MOST_NAMED} lagi" if len(merged) > _MOST_NAMED else ""
        raise UnitNeededError(
            f"Unit ini melanjutkan pekerjaan {named}{rest}. Batalkan dahulu penggabungannya.",
            field="is_active",
        )


async def _check_place(session: AsyncSession, unit: Unit) -> None:
    """Raise `ParentRefusedError` unless the unit can stand below its parent."""
    await units.lock_tree(session)
    parent = await units.find(session, unit.parent_id or "")
    if parent is None or parent.agency_id != unit.agency_id:
        raise ParentRefusedError("Unit induk tidak ada di instansi ini.", field="parent_id")
    if parent.merged_into is not None:
        heir = await units.successor(session, parent.unit_id)
        name = "unit ini sendiri"
        if heir is not None and heir.unit_id != unit.unit_id:
            name = f"{heir.name} ({heir.unit_id})"
        raise ParentRefusedError(f"Unit induk itu sudah digabung ke {name}.", field="parent_id")
    parents = await units.parents_of_agency(session, unit.agency_id)
    fault = tree.fault_of(parents | {unit.unit_id: unit.parent_id}, unit.unit_id)
    if fault is not None:
        raise ParentRefusedError(tree.SAID[fault], field="parent_id")


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
        changes={
            "agency_id": unit.agency_id,
            "zone": unit.zone.value,
            "is_active": unit.is_active,
            "parent_id": unit.parent_id,
            "merged_into": unit.merged_into,
        },
    )
