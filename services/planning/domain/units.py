"""The register of units."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from shared.kernel import DomainError, Zone


class UnitExistsError(DomainError):
    """The id is taken."""

    code: ClassVar[str] = "unit_exists"


class UnitReservedError(DomainError):
    """The id means something else in the system."""

    code: ClassVar[str] = "unit_reserved"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of an agency as it stands in the register; `version` counts its published facts."""

    unit_id: str
    agency_id: str
    name: str
    unit_type: str
    echelon: str
    has_service_function: bool
    zone: Zone
    is_active: bool
    is_demo: bool
    version: int

    def changed(self, **fields: Any) -> "Unit":
        """Return the unit with these fields changed and its version raised by one."""
        return replace(self, **fields, version=self.version + 1)
