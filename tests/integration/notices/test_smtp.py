"""The way to the server: TLS where it must be, a log-in behind it, and what each fault is called."""

import base64
from datetime import UTC, datetime

import pytest

from shared.held import ConnectionHeldError
from shared.kernel import new_id
from shared.notices.catalogue import Letter
from shared.notices.post import Mail, PostAwayError
from shared.notices.smtp import Server, Smtp
from tests.support.certificate import Tls
from tests.support.mail_server import MailServer
from tests.support.noticing import SENDER, Queue, smtp_to


def mail() -> Mail:
    return Mail(new_id(), "ani@agency.test", Letter("Kabar", "Isi", None), datetime(2026, 5, 4, tzinfo=UTC))


async def test_starttls_comes_before_the_mail_where_tls_is_needed(tls: Tls) -> None:
    async with MailServer(tls=tls.server) as server:
        await smtp_to(server, needs_tls=True, context=tls.client).send(mail())
        words = [line.split(" ")[0].lower() for line in server.commands[0]]
        assert words == ["ehlo", "starttls", "ehlo", "mail", "rcpt", "data", "quit"]
        assert len(server.taken) == 1


async def test_a_server_that_offers_no_tls_gets_nothing_where_it_is_needed(mail_server: MailServer) -> None:
    with pytest.raises(PostAwayError, match="no_tls"):
        await smtp_to(mail_server, needs_tls=True).send(mail())
    assert mail_server.taken == []
    await smtp_to(mail_server).send(mail())
    assert len(mail_server.taken) == 1


async def test_a_server_that_takes_starttls_back_gets_nothing(tls: Tls) -> None:
    async with MailServer(tls=tls.server, answers={"starttls": "454 not now"}) as server:
        with pytest.raises(PostAwayError, match="answer_454"):
            await smtp_to(server, context=tls.client).send(mail())
        assert server.taken == []


@pytest.mark.parametrize("is_wrapped", [False, True])
async def test_a_certificate_that_nobody_vouches_for_is_refused(tls: Tls, is_wrapped: bool) -> None:
    async with MailServer(tls=tls.server, is_wrapped=is_wrapped) as server:
        with pytest.raises(PostAwayError, match="tls"):
            await smtp_to(server, needs_tls=True).send(mail())
        assert server.taken == []


async def test_a_user_logs_in_on_a_wrapped_connection(tls: Tls) -> None:
    async with MailServer(tls=tls.server, is_wrapped=True) as server:
        address = server.url.replace("://", "://zi:sandi@")
        post = Smtp(
            Server.of(address, needs_tls=True), sender="Zona", sender_address=SENDER, context=tls.client
        )
        await post.send(mail())
        (told,) = [line for line in server.commands[0] if line.startswith("AUTH")]
        assert base64.b64decode(told.split(" ")[2]) == b"\0zi\0sandi"
        server.answers["auth"] = "535 wrong"
        with pytest.raises(PostAwayError, match="login"):
            await post.send(mail())


@pytest.mark.parametrize(
    ("answers", "reason"),
    [({"greeting": "554 go away"}, "greeting_554"), ({"ehlo": "500 no", "helo": "500 no"}, "answer_500")],
)
async def test_what_the_server_refuses_before_a_mail_is_its_own_matter(
    mail_server: MailServer, answers: dict[str, str], reason: str
) -> None:
    mail_server.answers.update(answers)
    with pytest.raises(PostAwayError, match=reason):
        await smtp_to(mail_server).send(mail())


async def test_nothing_is_sent_while_a_transaction_is_open(queue: Queue, mail_server: MailServer) -> None:
    async with queue.db.transaction():
        with pytest.raises(ConnectionHeldError):
            await smtp_to(mail_server).send(mail())
