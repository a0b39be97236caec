"""Calls to channels: each ends in its time, reads so much and no more, and goes to public hosts alone."""

from collections.abc import Mapping

from services.complaints.channels.domain import Channel, Probe, Verdict
from services.complaints.channels.probes.link import LinkProbe
from services.complaints.channels.probes.mail import MailProbe
from shared.held import refuse_while_holding


class Probes:
    """The probes that leave the process, by their name."""

    def __init__(self, link: LinkProbe, mail: MailProbe) -> None:
        self._by_name: Mapping[Probe, LinkProbe | MailProbe] = {"link": link, "mail": mail}

    def calls(self, channel: Channel, probe: Probe) -> bool:
        """Tell whether a channel is called; a mailbox that we cannot read is not."""
        return probe in self._by_name and self._by_name[probe].calls(channel)

    async def call(self, channel: Channel, probe: Probe) -> Verdict | None:
        """Call a channel, never inside a transaction; None when our own side keeps us from knowing."""
        refuse_while_holding("a channel")
        return await self._by_name[probe].call(channel)
