"""The port: who takes a mail out of our hands, and how it may say no."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.notices.address import Way
from shared.notices.catalogue import Letter


@dataclass(frozen=True, slots=True)
class KeptAddress:
    """An address that is opened to send alone, and the way that leads to it.

    `open` is called outside of any transaction; it returns None where the address is gone meanwhile, and
    raises `AddressAwayError` and `AddressBrokenError`.
    """

    way: Way
    open: Callable[[], Awaitable[str | None]]


Addresses = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, str | KeptAddress]]]
"""Finds the addresses of recipients, in the transaction that claims their mail; who has none is left out."""


class AddressAwayError(Exception):
    """An address cannot be opened just now: `reason` is a word without the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressBrokenError(Exception):
    """An address does not open: what keeps it was changed, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address. The id makes its Message-ID: the same at each try."""

    mail_id: UUID
    address: str
    letter: Letter
    made_at: datetime


class PostAwayError(Exception):
    """No mail can be handed over just now, whichever: `reason` is a word without an address or a text."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        """Seconds that the other side asked for."""


class PutOffError(Exception):
    """This mail was not taken, and may be later: a 4xx answer, or none; perhaps it was taken all the same."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UncertainError(PutOffError):
    """Whether it was taken nobody knows, and the other side may not see that it comes again: once more."""


class MailRefusedError(Exception):
    """This mail is refused for good: a 5xx answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Post(Protocol):
    """A way for mails to leave."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; it is taken once this returns.

        Raises `PostAwayError`, `PutOffError`, `MailRefusedError`.
        """
        ...
