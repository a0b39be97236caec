"""Facts about proposals as contracts; letters, decrees, names and reasons stay behind."""

from services.planning.nomination.domain.nominations import Candidacy, NominationState
from shared.contracts.base import EventData
from shared.contracts.planning import (
    NominationFact,
    NominationFrozen,
    NominationProposed,
    NominationSubmitted,
    NominationWithdrawn,
)

_CONTRACTS: dict[NominationState, type[NominationFact]] = {
    NominationState.PROPOSED: NominationProposed,
    NominationState.SUBMITTED: NominationSubmitted,
    NominationState.FROZEN: NominationFrozen,
    NominationState.WITHDRAWN: NominationWithdrawn,
}


def nomination_fact(candidacy: Candidacy) -> EventData:
    """Return the state of a unit's place in a proposal."""
    return _CONTRACTS[candidacy.state](
        unit_id=candidacy.unit_id,
        version=candidacy.version,
        candidacy_id=str(candidacy.candidacy_id),
        nomination_id=str(candidacy.nomination_id),
        agency_id=candidacy.agency_id,
        year=candidacy.year,
        category=candidacy.category.value,
        predicate=candidacy.category.predicate,
        is_kawasan=candidacy.kawasan is not None,
        state=candidacy.state.value,
        package_version=candidacy.package_version,
    )
