"""A link answers: 2xx over HTTPS, with the expected mark on its page, and a certificate that still lasts.

Names are resolved once, and the connection goes to an address that was looked at; redirects are looked at
likewise. Source: complaints.md section 10.
"""

import asyncio
import html
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import h11

from services.complaints.channels.domain import GOOD, Channel, ProbeRules, Reason, Verdict
from services.complaints.channels.probes.hosts import NotPublicError, addresses_of
from shared.kernel import Clock, SystemClock

CONNECT_SECONDS = 5.0
READ_BYTES = 65_536
HTTPS_PORT = 443
_GOOD = range(200, 300)
_MOVED = frozenset({301, 302, 303, 307, 308})


class _FailedError(Exception):
    """The link does not answer as it should, in one word."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a host answered: `target` is where it leads on to."""

    status: int
    target: str | None
    body: bytes


class LinkProbe:
    """Asks for pages. `allows_loopback` is for tests; `context` says whom to believe."""

    def __init__(
        self,
        rules: ProbeRules,
        *,
        context: ssl.SSLContext | None = None,
        allows_loopback: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._rules = rules
        self._context = context or ssl.create_default_context()
        self._allows_loopback = allows_loopback
        self._clock = clock or SystemClock()

    def calls(self, channel: Channel) -> bool:
        """Tell whether there is a mark to look for."""
        return channel.mark is not None

    async def call(self, channel: Channel) -> Verdict:
        """Ask for the page of a channel; every fault of the other side is a verdict."""
        try:
            async with asyncio.timeout(self._rules.link_seconds):
                return await self._follow(channel.address, channel.mark or "")
        except _FAULTS as fault:
            return Verdict(False, _reason(fault))

    async def _follow(self, url: str, mark: str) -> Verdict:
        for _ in range(self._rules.link_redirects + 1):
            answer = await self._get(url)
            if answer.target is None:
                break
            url = _led_on(url, answer.target)
        else:
            raise _FailedError("redirect")
        if answer.status not in _GOOD:
            raise _FailedError("status")
        if _plain(mark) not in _plain(html.unescape(answer.body.decode("utf-8", "replace"))):
            is_cut = len(answer.body) >= self._rules.link_bytes
            raise _FailedError("too_large" if is_cut else "mark_missing")
        return GOOD

    async def _get(self, url: str) -> _Answer:
        host, port, path = _parts(url)
        addresses = await addresses_of(host, port, allows_loopback=self._allows_loopback)
        reader, writer = await self._connect(addresses, host, port)
        try:
            self._look_at_certificate(writer.get_extra_info("ssl_object"))
            return await self._ask(reader, writer, host if port == HTTPS_PORT else f"{host}:{port}", path)
        finally:
            writer.transport.abort()  # nothing is owed to the other side: it could keep us here

    async def _connect(
        self, addresses: list[str], host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first of some addresses that takes us; the certificate is of the host."""
        for place, address in enumerate(addresses, 1):
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(
                        address, port, ssl=self._context, server_hostname=host
                    )
            except ssl.SSLCertVerificationError:
                raise
            except (OSError, TimeoutError):
                if place == len(addresses):
                    raise
        raise OSError("the name has no address")

    def _look_at_certificate(self, tls: ssl.SSLObject) -> None:
        certificate = tls.getpeercert() or {}
        ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
        if ends_at - self._clock.now() <= timedelta(days=self._rules.certificate_days):
            raise _FailedError("certificate_ends_soon")

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authority: str, path: str
    ) -> _Answer:
        talk = h11.Connection(h11.CLIENT)
        headers = [
            ("Host", authority),
            ("User-Agent", "zona-integritas-probe"),
            ("Accept", "text/html, */*;q=0.1"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ]
        for said in (h11.Request(method="GET", target=path, headers=headers), h11.EndOfMessage()):
            writer.write(talk.send(said) or b"")
        await writer.drain()
        status, body = 0, bytearray()
        while True:
            event = talk.next_event()
            if event is h11.NEED_DATA:
                talk.receive_data(await reader.read(READ_BYTES))
            elif isinstance(event, h11.Response):
                status = event.status_code
                if status in _MOVED:
                    return _Answer(status, _target(event), b"")
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) >= self._rules.link_bytes:
                    return _Answer(status, None, bytes(body))
            elif isinstance(event, h11.EndOfMessage):
                return _Answer(status, None, bytes(body))
            elif not isinstance(event, h11.InformationalResponse):
                raise _FailedError("malformed")


_FAULTS = (_FailedError, NotPublicError, OSError, ValueError, h11.RemoteProtocolError)
"""All that the other side can do; a name that is none fails in its encoding (UnicodeError), a page in its
numbers (ValueError). TimeoutError is an OSError."""


def _reason(fault: Exception) -> Reason:
    match fault:
        case _FailedError():
            return fault.reason
        case NotPublicError():
            return "address_not_public"
        case TimeoutError():
            return "timeout"
        case ssl.SSLCertVerificationError():
            return "certificate"
        case h11.RemoteProtocolError() | ValueError() if not isinstance(fault, UnicodeError):
            return "malformed"
        case _:
            return "unreachable"


def _target(answer: h11.Response) -> str:
    for name, value in answer.headers:
        if name == b"location":
            return value.decode("latin-1")
    raise _FailedError("redirect")


def _led_on(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        raise _FailedError("redirect") from None


def _parts(url: str) -> tuple[str, int, str]:
    """Return host, port and path of a link; a redirect may lead anywhere, so that it is looked at again."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _FailedError("redirect") from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_plain = path.isascii() and path.isprintable() and " " not in path and host.isascii()
    if parts.scheme != "https" or not host or port == 0 or not is_plain:
        raise _FailedError("redirect")
    return host, port or HTTPS_PORT, path


def _plain(text: str) -> str:
    """Return a text without regard to case and to how its blanks are written."""
    return " ".join(text.casefold().split())
