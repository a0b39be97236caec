"""A mailbox answers: what we send to it is found in it, by a token that nobody else knows.

The mail goes by the service's own server, and only its recipient comes from the register; the mailbox is read
by an IMAP account of the settings. Source: complaints.md section 10; RFC 3501.
"""

import asyncio
import imaplib
import secrets
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from services.complaints.channels.domain import GOOD, Channel, ProbeRules, Verdict
from shared.held import in_thread
from shared.kernel import new_id
from shared.notices.catalogue import Letter
from shared.notices.post import Mail, MailRefusedError, Post, PostAwayError, PutOffError

ANSWER_SECONDS = 10.0
LOOK_SECONDS = 2.0
_PORTS = {"imap": 143, "imaps": 993}
SUBJECT = "Uji saluran pengaduan"
TEXT = (
    "Surat ini dikirim otomatis untuk memastikan bahwa kotak surat pengaduan menerima surat."
    " Surat ini akan dihapus otomatis; tidak perlu dibalas."
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An account that reads a mailbox; `is_wrapped` speaks TLS from the first byte."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    is_wrapped: bool

    @classmethod
    def of(cls, url: str) -> "Mailbox":
        """Read `imaps://user:password@host[:port][/folder]`; raises `ValueError` without the value."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("is no address like imaps://user:password@host:993/INBOX") from None
        if parts.scheme not in _PORTS or not parts.hostname or not parts.username or not parts.password:
            raise ValueError("is no address like imaps://user:password@host:993/INBOX")
        return cls(
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username),
            unquote(parts.password),
            unquote(parts.path.strip("/")) or "INBOX",
            is_wrapped=parts.scheme == "imaps",
        )


class MailProbe:
    """Sends a mail to a channel and looks for it in the channel's mailbox."""

    def __init__(
        self,
        rules: ProbeRules,
        post: Post | None,
        mailboxes: Mapping[str, Mailbox],
        *,
        context: ssl.SSLContext | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._rules = rules
        self._post = post
        self._mailboxes = {address.casefold(): one for address, one in mailboxes.items()}
        self._context = context or ssl.create_default_context()
        self._look_seconds = look_seconds

    def calls(self, channel: Channel) -> bool:
        """Tell whether mails can be sent, and the channel's mailbox be read."""
        return self._post is not None and channel.address.casefold() in self._mailboxes

    async def call(self, channel: Channel) -> Verdict | None:
        """Send a token and find it; None when our own server takes no mail just now."""
        mailbox, token = self._mailboxes[channel.address.casefold()], secrets.token_hex(16)
        letter = Letter(f"{SUBJECT} {token}", TEXT, None)
        try:
            async with asyncio.timeout(self._rules.mail_seconds):
                await self._send(Mail(new_id(), channel.address, letter, datetime.now(UTC)))
                await self._find(mailbox, token)
        except PostAwayError:
            return None
        except (MailRefusedError, PutOffError):
            return Verdict(False, "not_sent")
        except TimeoutError:
            return Verdict(False, "not_arrived")
        except (OSError, imaplib.IMAP4.error, UnicodeError):  # a password that IMAP cannot spell
            return Verdict(False, "mail_away")
        return GOOD

    async def _find(self, mailbox: Mailbox, token: str) -> None:
        while True:
            if await in_thread(_take_out, mailbox, token, self._context):
                return
            await asyncio.sleep(self._look_seconds)

    async def _send(self, mail: Mail) -> None:
        if self._post is None:
            raise PostAwayError("no_server")
        await self._post.send(mail)


def _take_out(mailbox: Mailbox, token: str, context: ssl.SSLContext) -> bool:
    """Delete the mail with this token from a mailbox, in a thread; False when it is not there (yet)."""
    box = _connected(mailbox, context)
    try:
        box.login(mailbox.user, mailbox.password)
        _expect(*box.select(f'"{mailbox.folder}"'))
        found = _expect(*box.uid("SEARCH", "HEADER", "Subject", token))
        numbers = (found[0] or b"").split()
        for number in numbers:
            _expect(*box.uid("STORE", number.decode(), "+FLAGS", "(\\Deleted)"))
            if "UIDPLUS" in box.capabilities:  # plain EXPUNGE takes out what people marked, too
                _expect(*box.uid("EXPUNGE", number.decode()))
        return bool(numbers)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def _connected(mailbox: Mailbox, context: ssl.SSLContext) -> imaplib.IMAP4:
    try:
        if mailbox.is_wrapped:
            return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=ANSWER_SECONDS)
        return imaplib.IMAP4(mailbox.host, mailbox.port, timeout=ANSWER_SECONDS)
    except TimeoutError as error:  # of this connection, not of the whole probe
        raise socket.gaierror("the mailbox does not answer") from error


def _expect(status: str, found: list[bytes | None]) -> list[bytes | None]:
    if status != "OK":
        raise imaplib.IMAP4.error("refused")
    return found
