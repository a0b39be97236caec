"""One menu over all services: what a person may open, and the page that answers their first question.

A test compares it with the access matrices of all services: nobody sees an entry that refuses them, and
whoever may open a main place has its entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.http import addresses
from shared.security.access import Reach, is_wide_enough
from shared.security.principal import Principal
from shared.security.roles import CASE_READERS, DUTY_OFFICERS, ROLE_NAMES, SIGNED_IN, UNIT_READERS


@dataclass(frozen=True, slots=True)
class Place:
    """A main page: whom it lets in, as the row of its `operation` in the owner's access matrix says."""

    label: str
    href: str
    operation: str
    roles: frozenset[str]
    reach: Reach = "unit"

    def lets_in(self, principal: Principal) -> bool:
        """Tell whether this person may open the page."""
        return principal.has(*self.roles) and is_wide_enough(principal, self.reach)


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the menu; `is_current` on its page and on those below it."""

    label: str
    href: str
    is_current: bool = False


SCORES = Place(
    "Nilai", addresses.SCOREBOARD, "page_board", UNIT_READERS | {"admin", "inspector", "survey_operator"}
)
WORKSHEETS = Place("Lembar kerja", addresses.WORKSHEETS, "page_worksheets", UNIT_READERS)
PROPOSALS = Place("Usulan", addresses.PROPOSALS, "page_proposals", UNIT_READERS | {"admin"})
CASES = Place("Pengaduan", addresses.CASES, "page_desk", CASE_READERS)
IDENTITIES = Place("Identitas", addresses.IDENTITIES, "page_identities", frozenset({"custodian"}))
"""Where a custodian's work begins: with the number of a case."""
CALENDAR = Place("Kalender", addresses.CALENDAR, "page_calendar", CASE_READERS | {"admin"}, "any")
GIFTS = Place("Integritas", addresses.GIFTS, "page_gifts", SIGNED_IN)
"""Gifts, and on their page the way to conflicts of interest: every member of staff may have to report."""
DUTIES = Place("Kewajiban", addresses.DUTIES, "page_duties", DUTY_OFFICERS)
"""What is owed to people and to the Ombudsman: requests about personal data, breaches of it, reports."""
CAMPAIGNS = Place("Survei", addresses.CAMPAIGNS, "page_campaigns", UNIT_READERS | {"survey_operator"})
PEOPLE = Place(
    "Orang",
    addresses.PEOPLE,
    "page_people",
    frozenset({"admin", "unit_operator", "unit_leader", "complaint_officer", "complaint_supervisor"}),
)
UNITS = Place("Unit kerja", addresses.UNITS, "page_units", frozenset({"admin"}), "agency")
TASKS = Place("Lembar kerja", addresses.TASKS, "page_tasks", frozenset({"tpi", "tpn"}))
"""Where worksheets begin for assessors: with what waits for them."""
MENU: Sequence[Place] = (
    SCORES,
    WORKSHEETS,
    PROPOSALS,
    CASES,
    IDENTITIES,
    CALENDAR,
    CAMPAIGNS,
    PEOPLE,
    UNITS,
    GIFTS,
    DUTIES,
)
LANDINGS: Sequence[tuple[frozenset[str], Place]] = (
    (TASKS.roles, TASKS),
    (UNIT_READERS, SCORES),
    (CASE_READERS, CASES),
    (frozenset({"survey_operator"}), CAMPAIGNS),
    (frozenset({"admin"}), SCORES),
    (DUTY_OFFICERS, DUTIES),
    (IDENTITIES.roles, IDENTITIES),
    (SIGNED_IN, GIFTS),
)
"""Who lands where after the log-in: the first line that names a role of theirs."""
PUBLIC_MENU: Sequence[tuple[str, str]] = (
    ("Lapor", addresses.REPORT),
    ("Lacak", addresses.TRACK),
    ("Hasil survei", addresses.RESULTS),
)
OWN_UNIT = "Unit saya"


def menu_of(principal: Principal, path: str) -> list[Entry]:
    """Return the entries of a person who looks at `path`; one unit's person has that unit in place of all."""
    entries = []
    for place in MENU:
        if place.lets_in(principal):
            label, href = place.label, place.href
            if place is SCORES and (unit := _only_unit(principal)) is not None:
                label, href = OWN_UNIT, addresses.unit_page(unit)
            is_current = _is_within(path, href) or (place is GIFTS and _is_within(path, addresses.CONFLICTS))
            if place is WORKSHEETS and TASKS.lets_in(principal):
                href = TASKS.href
            entries.append(Entry(label, href, is_current))
    return entries


def public_menu(path: str) -> list[Entry]:
    """Return the entries of pages for everybody."""
    return [Entry(label, href, _is_within(path, href)) for label, href in PUBLIC_MENU]


def landing(principal: Principal) -> str:
    """Return where a person's work begins; the start page for whom no page is made."""
    for roles, place in LANDINGS:
        if principal.has(*roles) and place.lets_in(principal):
            unit = _only_unit(principal) if place is SCORES else None
            return place.href if unit is None else addresses.unit_page(unit)
    return addresses.START


def role_words(principal: Principal) -> str:
    """Return a person's roles in words, "" for nobody's."""
    return ", ".join(name for role, name in ROLE_NAMES.items() if role in principal.roles)


def _only_unit(principal: Principal) -> str | None:
    units = principal.scope.units
    return next(iter(units)) if principal.scope.level == "unit" and len(units) == 1 else None


def _is_within(path: str, href: str) -> bool:
    return path == href or path.startswith(f"{href}/")
