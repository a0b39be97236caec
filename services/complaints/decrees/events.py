"""Handling units as contracts: whom they serve and when; names, accounts and numbers stay behind."""

from services.complaints.decrees.domain import HandlingUnit
from services.complaints.units import key_of
from shared.contracts.complaints import DesignationChanged, DesignationEntered, DesignationFact
from shared.contracts.envelope import source_of

SOURCE = source_of("complaints")


def designation(unit: HandlingUnit) -> DesignationFact:
    """Return the handling unit as others are told of it: entered at version 1, changed after that."""
    contract = DesignationEntered if unit.version == 1 else DesignationChanged
    reach, decree = unit.reach, unit.decree
    return contract(
        unit_id=key_of(next(iter(reach.unit_ids), None)),
        version=unit.version,
        designation_id=str(unit.id),
        agency_id=reach.agency_id,
        is_for_agency=reach.is_for_agency,
        unit_ids=list(reach.unit_ids),
        streams=list(unit.streams),
        has_decree=not unit.is_decree_missing,
        valid_from=decree.valid_from.isoformat(),
        valid_to=None if decree.valid_to is None else decree.valid_to.isoformat(),
        ended_on=None if unit.ended_on is None else unit.ended_on.isoformat(),
    )
