"""Addresses that are opened to send alone: after the claim, and whatever comes of it the mail is not lost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from shared.held import refuse_while_holding
from shared.notices.address import Way
from shared.notices.post import AddressAwayError, AddressBrokenError, KeptAddress
from shared.notices.sending import Sender
from shared.notices.store import Ending
from shared.observability.metrics import NOTICES_PARKED
from tests.support.mail_server import MailServer
from tests.support.noticing import BASE_URL, Queue, notice, smtp_to


class Book:
    """One address for everybody, opened as a test says."""

    def __init__(self, queue: Queue, server: MailServer, *, way: Way = "mail") -> None:
        self.queue = queue
        self.way = way
        self.opened = 0
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.answer: str | Exception | None = "ani@agency.test"
        self.endings: list[Ending] = []
        self.sender = Sender(
            queue.db, queue.catalogue, smtp_to(server), self._addresses, base_url=BASE_URL, ended=self._ended
        )

    async def _addresses(
        self, _session: AsyncSession, recipients: Sequence[str]
    ) -> Mapping[str, str | KeptAddress]:
        return {one: KeptAddress(self.way, self._open) for one in recipients}

    async def _open(self) -> str | None:
        refuse_while_holding("the keeper of an address")
        self.opened += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _ended(self, _session: AsyncSession, ending: Ending) -> None:
        self.endings.append(ending)


@pytest.fixture
async def book(queue: Queue, mail_server: MailServer) -> Book:
    await queue.put(notice())
    return Book(queue, mail_server)


async def test_an_address_is_opened_outside_of_the_claim_and_the_mail_leaves(
    book: Book, mail_server: MailServer
) -> None:
    await book.sender.step()
    assert [one.recipients for one in mail_server.taken] == [("ani@agency.test",)]
    assert [one.outcome for one in book.endings] == ["sent"]


async def test_an_address_that_is_away_costs_no_try_however_often_it_is_asked_for(
    book: Book, queue: Queue, mail_server: MailServer
) -> None:
    book.answer = AddressAwayError("keys_away")
    with capture_logs() as logs:
        for minutes in range(2, 30, 2):
            await book.sender.step()
            await queue.later(minutes=minutes)
    assert book.opened > 10
    assert await queue.mails() == [("open", 0, None)]
    assert [one["event"] for one in logs] == ["notice_address_away"], "said once, not at each try"
    assert book.sender._note() == "addresses do not open (keys_away), 1 notices and mails wait"
    book.answer = "ani@agency.test"
    await book.sender.step()
    assert len(mail_server.taken) == 1
    assert await queue.mails() == [("sent", 1, None)]
    assert book.sender._note() == ""


async def test_an_address_that_is_gone_drops_nothing_that_another_sender_has_sent_meanwhile(
    book: Book, queue: Queue
) -> None:
    async def overtaken() -> None:
        await queue.owner.execute("UPDATE notice_mail SET state = 'sent', ended_at = now(), attempts = 2")

    book.answer, book.meanwhile = None, overtaken
    await book.sender.step()
    assert await queue.mails() == [("sent", 2, None)]
    assert await queue.rows("SELECT 1 FROM notice WHERE dropped_at IS NOT NULL") == []
    assert [one.notices for one in book.endings] == [[]]


@pytest.mark.parametrize(
    ("answer", "mail", "outcome"),
    [
        (AddressBrokenError(), ("parked", 1, "address_broken"), "parked"),
        (None, ("dropped", 1, "no_address"), "no_address"),
    ],
)
async def test_an_address_that_is_broken_or_gone_ends_the_mail_and_says_so(
    book: Book, queue: Queue, answer: Exception | None, mail: tuple[str, int, str], outcome: str
) -> None:
    book.answer = answer
    await book.sender.step()
    assert await queue.mails() == [mail]
    assert [(one.outcome, len(one.notices)) for one in book.endings] == [(outcome, 1)]
    await book.sender.step()
    assert NOTICES_PARKED.labels("address")._value.get() == (1 if outcome == "parked" else 0)


async def test_an_address_that_another_way_leads_to_by_now_waits_for_the_next_look(
    book: Book, queue: Queue, mail_server: MailServer
) -> None:
    book.answer = "+6281277778888"
    await book.sender.step()
    assert (await queue.mails(), mail_server.taken) == ([("open", 0, None)], [])


async def test_an_address_is_not_opened_while_no_way_leads_to_it(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.put(notice())
    book = Book(queue, mail_server, way="whatsapp")
    await book.sender.step()
    assert (book.opened, await queue.mails()) == (0, [("open", 0, None)])
