"""Mails leave by SMTP: one connection a mail, in a thread, ended for certain when its time is over.

What fails before the server was told of a mail is the server's matter (`PostAwayError`): it counts against no
mail. From MAIL FROM on it is the mail's. Source: RFC 5321 section 4.2.1, RFC 3207.
"""

import asyncio
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from shared.held import in_thread
from shared.notices.address import domain_of
from shared.notices.message import message_of
from shared.notices.post import Mail, MailRefusedError, Post, PostAwayError, PutOffError

SECONDS = 30.0
"""A mail is handed over in this time, whatever the server does."""
ANSWER_SECONDS = 15.0
_PORTS = {"smtp": 587, "smtps": 465}
_GOOD, _NEVER = 2, 5
"""First digits of answers; all others are to be tried again."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed over. `is_wrapped` speaks TLS from the first byte, else STARTTLS asks for it.

    Without `needs_tls` a server that offers none is spoken to all the same.
    """

    host: str
    port: int
    user: str
    password: str
    is_wrapped: bool
    needs_tls: bool

    @classmethod
    def of(cls, url: str, *, needs_tls: bool) -> "Server":
        """Read `smtp://` or `smtps://[user:password@]host[:port]`; raises `ValueError` without the value."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("is no address like smtp://user:password@host:587") from None
        scheme, host = parts.scheme.lower(), parts.hostname or ""
        is_plain = not parts.path.strip("/") and not parts.query and not parts.fragment
        if scheme not in _PORTS or not host or port == 0 or not is_plain:
            raise ValueError("is no address like smtp://user:password@host:587")
        if bool(parts.username) != bool(parts.password):
            raise ValueError("names a user without a password, or the other way round")
        if not unquote(f"{parts.username}{parts.password}").isascii():
            raise ValueError("holds a user or password beyond ASCII, which SMTP cannot say")
        return cls(
            host,
            port or _PORTS[scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            is_wrapped=scheme == "smtps",
            needs_tls=needs_tls,
        )


class Smtp:
    """Hands mails to one server."""

    def __init__(
        self,
        server: Server,
        *,
        sender: str,
        sender_address: str,
        context: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._server = server
        self._sender = sender
        self._sender_address = sender_address
        self._context = context or ssl.create_default_context()
        self._seconds = seconds

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; raises as `shared.notices.post.Post.send`."""
        call = _Call(self._server, self._context, self._sender_address)
        message = message_of(mail, sender=self._sender, sender_address=self._sender_address)
        try:
            async with asyncio.timeout(self._seconds):
                await in_thread(call.hand_over, mail.address, message)
        except TimeoutError:
            if not call.is_taken:
                raise call.fault("timeout") from None
        finally:
            call.hang_up()


def post_of(server: Server | None, *, sender: str, sender_address: str) -> Post | None:
    """Return the way to a server, None without one."""
    return None if server is None else Smtp(server, sender=sender, sender_address=sender_address)


class _Call:
    """One connection, spoken on in a thread; `hang_up` ends it from outside."""

    def __init__(self, server: Server, context: ssl.SSLContext, sender_address: str) -> None:
        self._server = server
        self._context = context
        self._from = sender_address
        self._is_about_mail = False
        self.is_taken = False
        self._is_over = False
        # The server is named when the call is made, so that it can be cut from its first moment.
        name, wait = domain_of(sender_address), ANSWER_SECONDS
        self._smtp = (
            smtplib.SMTP_SSL(local_hostname=name, timeout=wait, context=context)
            if server.is_wrapped
            else smtplib.SMTP(local_hostname=name, timeout=wait)
        )
        vars(self._smtp)["_host"] = server.host  # what TLS checks the certificate against

    def hand_over(self, address: str, message: bytes) -> None:
        """Connect and hand one message over, in a thread."""
        try:
            self._open()
            self._is_about_mail = True
            self._expect(*self._smtp.mail(self._from), "sender")
            self._expect(*self._smtp.rcpt(address), "recipient")
            self._expect(*self._data(message), "content")
            self.is_taken = True
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        except (OSError, smtplib.SMTPException) as error:
            raise self.fault(_word(error)) from error
        finally:
            self._smtp.close()

    def fault(self, reason: str) -> PostAwayError | PutOffError:
        """Return the error of a call that ended early; what was said of the mail may have counted."""
        return PutOffError(reason) if self._is_about_mail else PostAwayError(reason)

    def hang_up(self) -> None:
        """Cut the connection, which ends what waits on it; harmless when it is closed."""
        self._is_over = True
        if (sock := self._smtp.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _open(self) -> None:
        code, _ = self._smtp.connect(self._server.host, self._server.port)
        if self._is_over:
            raise TimeoutError
        if code // 100 != _GOOD:
            raise PostAwayError(f"greeting_{code}")
        self._smtp.ehlo_or_helo_if_needed()
        if not self._server.is_wrapped:
            if self._smtp.has_extn("starttls"):
                self._smtp.starttls(context=self._context)
                self._smtp.ehlo_or_helo_if_needed()
            elif self._server.needs_tls:
                raise PostAwayError("no_tls")
        if self._server.user:
            self._smtp.login(self._server.user, self._server.password)

    def _data(self, message: bytes) -> tuple[int, bytes]:
        try:
            return self._smtp.data(message)
        except smtplib.SMTPDataError as error:  # the command itself was refused
            return error.smtp_code, b""

    @staticmethod
    def _expect(code: int, _told: bytes, step: str) -> None:
        """Raise unless the answer is good; the server's words may name the address, so they are not kept."""
        if code // 100 == _NEVER:
            raise MailRefusedError(f"{step}_{code}")
        if code // 100 != _GOOD:
            raise PutOffError(f"{step}_{code}")


def _word(error: Exception) -> str:
    """Return a word for what ended a call."""
    match error:
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPNotSupportedError():
            return "login"
        case smtplib.SMTPResponseException():
            return f"answer_{error.smtp_code}"
        case ssl.SSLError():
            return "tls"
        case smtplib.SMTPServerDisconnected() | ConnectionError():
            return "connection"
        case TimeoutError():
            return "timeout"
        case _:
            return "network"
