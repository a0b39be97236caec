"""Facts about units as contracts."""

from services.planning.units.domain import Unit
from shared.contracts.base import EventData
from shared.contracts.planning import UnitChanged, UnitRegistered


def unit_fact(unit: Unit) -> EventData:
    """Return the unit's entry: registered at version 1, changed after that."""
    contract = UnitRegistered if unit.version == 1 else UnitChanged
    return contract(
        unit_id=unit.unit_id,
        version=unit.version,
        agency_id=unit.agency_id,
        name=unit.name,
        unit_type=unit.unit_type,
        echelon=unit.echelon,
        has_service_function=unit.has_service_function,
        zone=unit.zone.value,
        is_active=unit.is_active,
        is_demo=unit.is_demo,
        region=unit.region,
        parent_id=unit.parent_id,
        merged_into=unit.merged_into,
    )
