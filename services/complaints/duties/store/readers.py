"""Who sees which duties: each kind has offices, and whoever has none of them sees nothing of it."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_

from services.complaints.duties.domain.lives import BREACH, DATA, OMBUDSMAN
from services.complaints.matters.tables import DOSSIER
from shared.db.arrays import among
from shared.security import Principal

OFFICES: Mapping[str, frozenset[str]] = {
    DATA: frozenset({"privacy_officer", "agency_head"}),
    BREACH: frozenset({"privacy_officer", "agency_head", "inspector"}),
    OMBUDSMAN: frozenset({"complaint_supervisor", "agency_head", "inspector"}),
}


def kinds_of(actor: Principal) -> list[str]:
    """Return the kinds that somebody sees in their scope."""
    return [kind for kind, offices in OFFICES.items() if actor.has(*offices)]


def sees(actor: Principal) -> ColumnElement[bool]:
    """Return the filter of what somebody sees."""
    within = actor.scope.where(DOSSIER.c.unit_id, DOSSIER.c.agency_id)
    return and_(among(DOSSIER.c.kind, kinds_of(actor)), within)
