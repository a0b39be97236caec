"""What the portal pulls: three routes, their bodies, and why there is none.

Bodies are made of the stored bytes of a package alone, in one spelling, so repeats are the same bytes.
Source: portalrb.md, Endpoints and Errors.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from services.planning.nomination.domain.package import PROPOSAL, Package, portal_unit, portal_units
from shared.kernel import DomainError, Predicate

TRIES = 3
"""A pull that failed is repeated twice. Source: portalrb.md, Timing and auth."""
LISTS = 2
"""Beside its units an agency is asked for its units of WBK and of WBBM."""
WINDOW_SECONDS = 60
"""Own rule: all tries of all units fit into each minute, so that whoever waits as the portal does gets in."""


class Route(StrEnum):
    """A route of the portal by the last word of its path."""

    WBK = "unit-wbk"
    WBBM = "unit-wbbm"
    ANSWERS = "jawaban-unit"


PREDICATES: Mapping[Route, Predicate] = MappingProxyType({Route.WBK: "WBK", Route.WBBM: "WBBM"})
"""What the routes of units list."""


class NoPackageError(DomainError):
    """The agency has no frozen package that counts now."""

    code: ClassVar[str] = "package_not_found"


class NotEligibleError(DomainError):
    """The agency may not propose for this predicate, as its package says."""

    code: ClassVar[str] = "agency_not_eligible"


class UnitNotPackagedError(DomainError):
    """No such unit is in the package."""

    code: ClassVar[str] = "unit_not_found"


class UnitMalformedError(DomainError):
    """This is no unit's id."""

    code: ClassVar[str] = "unit_id_invalid"


STATUS: Mapping[str, int] = MappingProxyType(
    {
        NoPackageError.code: 404,
        NotEligibleError.code: 403,
        UnitNotPackagedError.code: 404,
        UnitMalformedError.code: 422,
        "rate_limited": 429,
    }
)
"""Code of a refusal -> the status that the portal gets. Source: portalrb.md, Errors."""


@dataclass(frozen=True, slots=True)
class Source:
    """The package that answers: the newest of the agency's present proposal; `units` counts its units."""

    nomination_id: UUID
    year: int
    version: int
    units: int
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull as it was noted; the package is the one that answered, None where none did."""

    pull_id: UUID
    token_id: UUID
    agency_id: str
    route: Route
    unit_id: str | None
    nomination_id: UUID | None
    version: int | None
    status: int
    pulled_at: datetime


def allowed_pulls(units: int) -> int:
    """Return how many pulls of a token are answered in `WINDOW_SECONDS`: every try of everything there is."""
    return TRIES * (units + LISTS)


def units_body(package: Package, predicate: Predicate) -> bytes:
    """Return the body of a list of units, of a package with its part `proposal`.

    Raises `NotEligibleError` for WBBM of an agency that may not propose for it.
    """
    if predicate == "WBBM" and not package.part(PROPOSAL)["eligibility"].get(predicate):
        raise NotEligibleError("Instansi ini tidak memenuhi syarat untuk mengusulkan WBBM.")
    return _spelt(portal_units(package, predicate))


def answers_body(package: Package, unit_id: str) -> bytes:
    """Return the body of a unit's answers, of a package with that unit's part."""
    return _spelt(portal_unit(package, unit_id))


def _spelt(body: Any) -> bytes:
    """Return JSON with the fields in the order of the guide."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
