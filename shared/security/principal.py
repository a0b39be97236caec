"""Who calls, and which units and agencies they may see."""

from dataclasses import dataclass
from typing import Any, Literal, Self

from sqlalchemy import ARRAY, ColumnElement, Text, any_, literal, true

Level = Literal["unit", "agency", "national"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Objects within reach: those of `units`, of `agencies`, or all of them, as `level` says.

    At level unit only `units` counts, at level agency only `agencies`.
    """

    level: Level
    agencies: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def covers(self, unit_id: str, agency_id: str) -> bool:
        """Tell whether an object of this unit and agency is within reach."""
        if self.level == "national":
            return True
        return agency_id in self.agencies if self.level == "agency" else unit_id in self.units

    def where(self, unit: ColumnElement[str], agency: ColumnElement[str]) -> ColumnElement[bool]:
        """Return the same rule over these two columns of a statement."""
        if self.level == "national":
            return true()
        column, ids = (agency, self.agencies) if self.level == "agency" else (unit, self.units)
        return column == any_(literal(sorted(ids), ARRAY(Text)))


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller: the issuer's stable pseudonym, roles and scope. Holds no name or address."""

    subject: str
    roles: frozenset[str]
    scope: Scope

    def has(self, *roles: str) -> bool:
        """Tell whether the caller holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return {
            "subject": self.subject,
            "roles": sorted(self.roles),
            "level": self.scope.level,
            "agencies": sorted(self.scope.agencies),
            "units": sorted(self.scope.units),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        scope = Scope(data["level"], frozenset(data["agencies"]), frozenset(data["units"]))
        return cls(data["subject"], frozenset(data["roles"]), scope)


RESERVED_SUBJECTS = frozenset({"public", "respondent", "reporter", "engine", "system"})
"""Names that the audit trail and the acts of cases give to nobody's account: no token may speak for them."""
PUBLIC = Principal("public", frozenset({"public"}), Scope("unit"))
"""Anybody without log-in: reaches no unit."""
