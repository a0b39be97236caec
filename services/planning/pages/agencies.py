"""Which agency a page acts on: the only one that a person has, or the one that they name."""

from dataclasses import dataclass

from services.planning.units.usecases import check_agency
from shared.kernel import is_unit_id
from shared.security import Principal

UNNAMED = "Sebutkan instansinya."


@dataclass(frozen=True, slots=True)
class AgencyField:
    """The field of a form that names the agency; without `choices` any may be typed."""

    choices: tuple[str, ...]
    value: str

    @property
    def is_fixed(self) -> bool:
        return len(self.choices) == 1


def agency_field(actor: Principal, value: str, default: str) -> AgencyField:
    """Return the field as a form shows it; `default` is only proposed, and only to whom any is open."""
    own = tuple(sorted(actor.scope.agencies))
    if actor.scope.level == "national":
        return AgencyField((), value or (own[0] if len(own) == 1 else default))
    return AgencyField(own, own[0] if len(own) == 1 else value)


def agency_named(actor: Principal, named: str) -> str | None:
    """Return the agency that a form names, or the only one of the person; None when nobody can tell.

    Raises `ForbiddenError` for one outside the person's scope.
    """
    own = sorted(actor.scope.agencies)
    agency = named.strip() or (own[0] if len(own) == 1 else "")
    if not is_unit_id(agency):
        return None
    check_agency(actor, agency)
    return agency
