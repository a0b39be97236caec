"""The register of units."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args
from unicodedata import category

from shared.kernel import DomainError, Zone


class UnitExistsError(DomainError):
    """The id is taken."""

    code: ClassVar[str] = "unit_exists"


class UnitReservedError(DomainError):
    """The id means something else in the system."""

    code: ClassVar[str] = "unit_reserved"


class UnitMergedError(DomainError):
    """The unit was merged into another, which takes its new work; `merged_into` names that one."""

    code: ClassVar[str] = "unit_merged"


class MergeRefusedError(DomainError):
    """These two units cannot be merged as they stand."""

    code: ClassVar[str] = "merge_refused"


class UnitNotMergedError(DomainError):
    """Only a merged unit can be taken apart again."""

    code: ClassVar[str] = "unit_not_merged"


class UnitNeededError(DomainError):
    """Others were merged into the unit, so it cannot be closed."""

    code: ClassVar[str] = "unit_needed"


class ParentRefusedError(DomainError):
    """The unit cannot stand below that one."""

    code: ClassVar[str] = "parent_refused"


class AgencyNeededError(DomainError):
    """Whoever acts has several agencies, and named none of them."""

    code: ClassVar[str] = "agency_needed"


Echelon = Literal["I", "II", "III", "IV", "V"]
ECHELONS: tuple[Echelon, ...] = get_args(Echelon)
DEFAULT_TYPE = "kantor_pelayanan"
DEFAULT_ECHELON: Echelon = "III"
UNIT_TYPE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"
LONGEST_NAME, LONGEST_REGION = 200, 100
_NO_LINE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
"""Categories of what breaks a line, a cell or a file: controls, half pairs, what is no character."""


def is_one_line(text: str) -> bool:
    """Tell whether a name stands on one line, and in every file that it may be written to."""
    return all(category(sign) not in _NO_LINE for sign in text)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of an agency as it stands in the register; `version` counts its published facts.

    `parent_id` is the unit it stands below, `merged_into` the one that took over its work.
    """

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
    region: str | None = None
    parent_id: str | None = None
    merged_into: str | None = None

    def changed(self, **fields: Any) -> "Unit":
        """Return the unit with these fields changed and its version raised by one."""
        return replace(self, **fields, version=self.version + 1)
