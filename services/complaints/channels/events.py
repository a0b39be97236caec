"""Facts of channels as contracts; address, place and words stay behind."""

from collections.abc import Mapping

from services.complaints.channels.domain import STATE_AFTER, Fact
from services.complaints.channels.store import Told
from services.complaints.units import key_of
from shared.contracts.complaints import (
    ChannelCheckFailed,
    ChannelClosed,
    ChannelFact,
    ChannelOpened,
    ChannelRecovered,
)

_FACTS: Mapping[Fact, type[ChannelFact]] = {
    "opened": ChannelOpened,
    "closed": ChannelClosed,
    "check_failed": ChannelCheckFailed,
    "recovered": ChannelRecovered,
}


def as_told(told: Told) -> ChannelFact:
    """Return the fact that says what others were told last of a channel."""
    return _FACTS[told.fact](
        unit_id=key_of(told.channel.unit_id),
        version=told.version,
        channel_id=str(told.channel.id),
        agency_id=told.channel.agency_id,
        kind=told.channel.kind,
        state=STATE_AFTER[told.fact],
        place_count=told.places,
    )
