"""Who sees which duties: each kind has offices, and whoever has none of them sees nothing of it.

Nor does anybody see a request of the reporter of a case that is about them: it tells that there is one.
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, select

from services.complaints.cases.store.people import is_about
from services.complaints.cases.tables import CASE
from services.complaints.duties.domain.lives import BREACH, DATA, OMBUDSMAN
from services.complaints.duties.tables import DATA_REQUEST
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
    return and_(among(DOSSIER.c.kind, kinds_of(actor)), within, ~is_kept_from(actor.subject))


def is_kept_from(subject: str) -> ColumnElement[bool]:
    """Tell whether a duty is a request about a case of which an account must see nothing."""
    about = select(DATA_REQUEST.c.dossier_id).join_from(
        DATA_REQUEST, CASE, CASE.c.id == DATA_REQUEST.c.case_id
    )
    return DOSSIER.c.id.in_(about.where(is_about(subject)).correlate(None))  # a list reads both tables too
