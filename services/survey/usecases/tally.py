"""The tally of a campaign as a fact."""

from collections.abc import Mapping

from services.survey import events
from services.survey.domain import Campaign
from shared.contracts.base import EventData
from shared.instruments.survey import ItemSum, indices


def tally(campaign: Campaign, sums: Mapping[str, ItemSum]) -> EventData:
    """Return the tally after a change, from the sums as they are now.

    One per change, written in the change's own transaction: nothing has to remember that a last one is
    still due, and a consumer that folds by version always ends at the state of the database. A campaign
    moves a few hundred times in its life, so there is nothing to save by thinning them out.
    """
    return events.tally_fact(campaign, indices(campaign.regime, campaign.items, sums, campaign.policies))
