"""Units over HTTP."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from services.planning.fields import Shown
from services.planning.units.domain import (
    DEFAULT_ECHELON,
    DEFAULT_TYPE,
    LONGEST_NAME,
    LONGEST_REGION,
    UNIT_TYPE_PATTERN,
    Echelon,
    is_one_line,
)
from shared.http.fields import Body, Flag, UnitId
from shared.http.text import FreeText
from shared.kernel import Zone

UnitType = Annotated[str, Field(pattern=UNIT_TYPE_PATTERN, description="Kind of unit, e.g. kantor_pelayanan")]


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("Harus satu baris, tanpa karakter kendali.")
    return text


UnitName = Annotated[
    str,
    FreeText(1, LONGEST_NAME),
    AfterValidator(_one_line),
]
Region = Annotated[
    str,
    FreeText(1, LONGEST_REGION),
    AfterValidator(_one_line),
]
_CLEARABLE = frozenset({"region", "parent_id"})


class UnitIn(Body):
    """A new unit; all but id and name have defaults."""

    unit_id: UnitId
    name: UnitName = Field(description="Official name of the unit, never of a person")
    agency_id: UnitId | None = Field(
        default=None, description="Default: the only agency of the caller's scope"
    )
    unit_type: UnitType = DEFAULT_TYPE
    echelon: Echelon = DEFAULT_ECHELON
    has_service_function: Flag = True
    zone: Zone = Zone.WIB
    region: Region | None = Field(default=None, description="Region it lies in, e.g. Jawa Tengah")
    parent_id: UnitId | None = Field(default=None, description="Unit of the same agency it stands below")
    is_demo: Flag = Field(default=False, description="Made by the local demonstration")


class UnitPatch(Body):
    """Fields to change; those left out stay, and null empties `region` and `parent_id`."""

    name: UnitName | None = None
    agency_id: UnitId | None = None
    unit_type: UnitType | None = None
    echelon: Echelon | None = None
    has_service_function: Flag | None = None
    zone: Zone | None = None
    is_active: Flag | None = None
    region: Region | None = None
    parent_id: UnitId | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, by name."""
        sent = self.model_dump(exclude_unset=True)
        return {name: value for name, value in sent.items() if value is not None or name in _CLEARABLE}


class MergeIn(Body):
    into: UnitId = Field(description="Unit of the same agency that takes over the work")


class UnitOut(Shown):
    unit_id: str
    agency_id: str
    name: str
    unit_type: str
    echelon: str
    has_service_function: bool
    zone: Zone
    is_active: bool
    is_demo: bool
    region: str | None
    parent_id: str | None
    merged_into: str | None = Field(description="Unit that took over its work")
    version: int
