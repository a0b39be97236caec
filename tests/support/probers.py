"""A prober of channels in a process of its own, to be killed and frozen."""

import asyncio
import os
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from services.complaints.channels.data import probe_rules
from services.complaints.channels.jobs import Prober
from services.complaints.channels.probes import Probes
from services.complaints.channels.probes.link import LinkProbe
from services.complaints.channels.probes.mail import MailProbe
from shared.db import Database
from tests.support.terminal import FORKS


def run(url: str, certificate: str, told: Connection) -> None:
    """Probe what is due once, saying through `told` when that is over."""
    os.environ["SSL_CERT_FILE"] = certificate
    asyncio.run(_probe(url))
    told.send("settled")


async def _probe(url: str) -> None:
    rules = probe_rules()
    probes = Probes(LinkProbe(rules, allows_loopback=True), MailProbe(rules, None, {}))
    await Prober(Database(url, pool_size=2), probes).step()


def start(url: str, certificate: str) -> tuple[BaseProcess, Connection]:
    """Start one; the connection tells of its end."""
    told, tells = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=run, args=(url, certificate, tells))
    process.start()
    return process, told
