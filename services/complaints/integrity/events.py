"""Facts of gifts and conflicts as contracts; texts, names, givers, amounts and places stay behind."""

from collections.abc import Callable, Mapping
from typing import Any

from services.complaints.integrity.domain.conflicts import Conflict
from services.complaints.integrity.domain.gifts import Gift
from services.complaints.integrity.domain.lives import CONFLICT, GIFT, MAP
from services.complaints.matters.store import Dossier
from shared.contracts.base import EventData
from shared.contracts.complaints import (
    CoiDecided,
    CoiDeclared,
    CoiFact,
    CoiMapReviewed,
    GratificationFact,
    GratificationNilReturned,
    GratificationReported,
    GratificationSettled,
)

_GIFTS: Mapping[str, type[GratificationFact]] = {
    "reported": GratificationReported,
    "settled": GratificationSettled,
}
_CONFLICTS: Mapping[str, type[CoiFact]] = {"declared": CoiDeclared, "decided": CoiDecided}
Told = Callable[[Dossier, str], EventData | None]


def of_gift(gift: Gift) -> Told:
    """Return what gives the event of a gift after an act; of the acts in between nobody else is told."""
    return lambda one, past: _gift(one, past, gift.direction, gift.object_kind)


def of_conflict(conflict: Conflict) -> Told:
    """Return what gives the event of a declaration after an act."""
    return lambda one, past: _conflict(one, past, conflict.conflict_type)


def of_map(one: Dossier, past: str) -> CoiFact | None:
    """Return the event of a year's review, None of its beginning."""
    return _coi(CoiMapReviewed, one, None) if past == "map_reviewed" else None


def nil_returned(row: Mapping[str, Any]) -> GratificationNilReturned:
    """Return the event of a nil return."""
    return GratificationNilReturned(
        unit_id=row["unit_id"],
        version=row["version"],
        gratification_id=str(row["id"]),
        period=row["period"],
    )


def as_told(one: Dossier, content: Mapping[str, Any]) -> EventData | None:
    """Return a matter's last event again; None when none was told. `content` is the row of its kind."""
    past = one.told_fact or ""
    told: Mapping[str, Callable[[], EventData | None]] = {
        GIFT: lambda: _gift(one, past, content["direction"], content["object_kind"]),
        CONFLICT: lambda: _conflict(one, past, content["conflict_type"]),
        MAP: lambda: of_map(one, past),
    }
    return told[one.kind]()


def _gift(one: Dossier, past: str, direction: Any, object_kind: str) -> GratificationFact | None:
    contract = _GIFTS.get(past)
    if contract is None:
        return None
    return contract(
        unit_id=one.unit_id,
        version=one.told_version,
        gratification_id=str(one.id),
        direction=direction,
        object_kind=object_kind,
        is_late=one.is_late,
        period=one.period,
    )


def _conflict(one: Dossier, past: str, conflict_type: str) -> CoiFact | None:
    contract = _CONFLICTS.get(past)
    return None if contract is None else _coi(contract, one, conflict_type)


def _coi(contract: type[CoiFact], one: Dossier, conflict_type: str | None) -> CoiFact:
    return contract(
        unit_id=one.unit_id,
        version=one.told_version,
        coi_id=str(one.id),
        conflict_type=conflict_type,
        is_late=one.is_late,
        period=one.period,
    )
