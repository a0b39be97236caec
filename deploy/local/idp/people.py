"""Who may act, with which roles and where: the demo people, and whoever a developer makes up."""

from dataclasses import dataclass, replace
from typing import Literal

from deploy.local.demo.agency import AGENCY_ID
from shared.security.roles import ROLE_NAMES, TOKEN_ROLES


@dataclass(frozen=True)
class Scope:
    """Where the roles hold: everywhere, in agencies, or in units."""

    level: Literal["unit", "agency", "national"] = "national"
    agencies: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def claims(self) -> dict[str, object]:
        """Return the claims that say where."""
        return {"level": self.level, "agencies": list(self.agencies), "units": list(self.units)}


@dataclass(frozen=True)
class Person:
    """A subject of tokens."""

    sub: str
    name: str
    roles: tuple[str, ...]
    scope: Scope

    @property
    def address(self) -> str:
        """Return an e-mail address that no server takes. Source: RFC 2606."""
        return f"{self.sub}@zona-integritas.example"

    def rights(self) -> str:
        """Return roles and scope as the access matrix calls them, for the command line."""
        return f"{', '.join(self.roles)} · {', '.join(self.scope.units) or self.scope.level}"

    def title(self) -> str:
        """Return roles and scope in words, for the log-in page."""
        where = {"unit": ", ".join(self.scope.units), "agency": "seluruh instansi", "national": "nasional"}
        return f"{', '.join(ROLE_NAMES.get(role, role) for role in self.roles)} · {where[self.scope.level]}"


def _in_unit(sub: str, name: str, role: str, unit: str) -> Person:
    return Person(sub, name, (role,), Scope("unit", (AGENCY_ID,), (unit,)))


def _in_agency(sub: str, name: str, role: str) -> Person:
    return Person(sub, name, (role,), Scope("agency", (AGENCY_ID,)))


PEOPLE = {
    person.sub: person
    for person in (
        _in_agency("ratna", "Ratna Wulandari", "admin"),
        _in_unit("dimas", "Dimas Pratama", "unit_operator", "contoh-melati"),
        _in_unit("sari", "Sari Lestari", "unit_operator", "contoh-cempaka"),
        _in_unit("bambang", "Bambang Hartono", "unit_leader", "contoh-melati"),
        _in_agency("yusuf", "Yusuf Maulana", "tpi"),
        _in_agency("wulan", "Wulan Anggraini", "agency_head"),
        Person("maria", "Maria Situmorang", ("tpn",), Scope()),
        _in_unit("intan", "Intan Permata", "complaint_officer", "contoh-melati"),
        _in_agency("agus", "Agus Setiawan", "complaint_supervisor"),
        _in_unit("putu", "Putu Ayu Dewi", "case_handler", "contoh-melati"),
        _in_unit("rahmat", "Rahmat Hidayat", "case_approver", "contoh-melati"),
        _in_unit("nadia", "Nadia Kusuma", "survey_operator", "contoh-melati"),
        _in_agency("hendra", "Hendra Gunawan", "verifier"),
        _in_agency("lina", "Lina Marlina", "auditor"),
        _in_agency("yanti", "Yanti Susilowati", "gratification_officer"),
        _in_agency("melia", "Melia Astuti", "privacy_officer"),
    )
}


class Register:
    """The people of one provider: those above, but for those removed or given another role meanwhile."""

    def __init__(self) -> None:
        self._people = dict(PEOPLE)

    def all(self) -> list[Person]:
        """Return everybody who may log in."""
        return list(self._people.values())

    def find(self, sub: str) -> Person | None:
        """Return a person who may log in."""
        return self._people.get(sub)

    def remove(self, sub: str) -> None:
        """Let a person log in no more; raises `KeyError` for somebody unknown."""
        del self._people[sub]

    def restore(self, sub: str) -> None:
        """Make a person what they were at the start; raises `KeyError` for somebody unknown."""
        self._people[sub] = PEOPLE[sub]

    def assign(self, sub: str, role: str) -> None:
        """Give a person one role instead of all they had; raises `KeyError` for an unknown person or role."""
        if role not in TOKEN_ROLES:
            raise KeyError(role)
        self._people[sub] = replace(self._people[sub], roles=(role,))


def made_up(role: str, unit: str = "", agency: str = "") -> Person:
    """Return a person with one role in one unit, in one agency, or nationwide when neither is named.

    Raises `KeyError` for an unknown role.
    """
    if role not in TOKEN_ROLES:
        raise KeyError(role)
    if unit:
        scope = Scope("unit", (agency,) if agency else (), (unit,))
    elif agency:
        scope = Scope("agency", (agency,))
    else:
        scope = Scope()
    sub = "-".join(part for part in ("dev", role, agency, unit) if part)
    return Person(sub, f"Pengembang ({role})", (role,), scope)
