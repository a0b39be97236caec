"""Messages by a gateway: what it takes, what it refuses for now or for good, and what nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.kernel import new_id
from shared.notices.catalogue import Item, Letter
from shared.notices.post import Mail, MailRefusedError, PostAwayError, PutOffError, UncertainError
from shared.notices.whatsapp import LONGEST_PARAMETER, Gateway, WhatsApp, parameters_of
from tests.support.mail_server import MailServer
from tests.support.noticing import Queue, notice, smtp_to
from tests.support.whatsapp_server import TOKEN, WhatsAppServer

NUMBER = "+6281234567890"
ITEM = Item("Terjadi sesuatu.", "Lihat.", "https://zi.test/lihat/1")


def way_to(server: WhatsAppServer, **changes: Any) -> WhatsApp:
    seconds = float(changes.pop("seconds", 5.0))
    gateway = Gateway(server.url, TOKEN, "zi_pemberitahuan", "id")
    return WhatsApp(replace(gateway, **changes), seconds=seconds)


def mail(*items: Item) -> Mail:
    letter = Letter("Kabar", "Kabar", None, items or (ITEM,))
    return Mail(new_id(), NUMBER, letter, datetime.now(UTC))


async def test_a_message_is_a_template_with_its_parameters_the_token_and_a_key(
    whatsapp_server: WhatsAppServer,
) -> None:
    one = mail()
    await way_to(whatsapp_server).send(one)
    [body], [asked] = whatsapp_server.taken, whatsapp_server.asked
    assert asked["line"] == "POST /v23.0/1234567890/messages HTTP/1.1"
    assert asked["authorization"] == f"bearer {TOKEN}"
    assert asked["idempotency-key"] == str(one.mail_id)
    assert (body["messaging_product"], body["to"], body["type"]) == ("whatsapp", "6281234567890", "template")
    assert body["template"]["name"] == "zi_pemberitahuan"
    assert body["template"]["language"] == {"code": "id"}
    [part] = body["template"]["components"]
    told = [one["text"] for one in part["parameters"]]
    assert told == ["Kabar", "Terjadi sesuatu. Lihat.", "https://zi.test/lihat/1"]


def test_several_notices_are_one_message_that_a_template_can_hold() -> None:
    subject, told, link = parameters_of(mail(*[ITEM] * 80).letter)
    assert (subject, link) == ("Kabar", ITEM.link)
    assert len(told) == LONGEST_PARAMETER
    assert told.endswith("…")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("code", "status", "error", "reason"),
    [
        (131026, 400, MailRefusedError, "answer_131026"),
        (131049, 400, MailRefusedError, "answer_131049"),
        (100, 400, MailRefusedError, "answer_100"),
        (131056, 429, PutOffError, "answer_131056"),
        (131016, 500, PutOffError, "answer_131016"),
        (131000, 500, PutOffError, "answer_131000"),
        (190, 401, PostAwayError, "login"),
        (131048, 400, PostAwayError, "answer_131048"),
        (132001, 404, PostAwayError, "answer_132001"),
        (130429, 429, PostAwayError, "too_many"),
    ],
)
async def test_each_no_is_for_the_message_for_good_or_for_now_or_for_the_sender(
    whatsapp_server: WhatsAppServer, code: int, status: int, error: type[Exception], reason: str
) -> None:
    whatsapp_server.refuse(code, status)
    with pytest.raises(error) as refused:
        await way_to(whatsapp_server).send(mail())
    assert type(refused.value) is error
    assert str(refused.value) == reason, "and nothing of its words, which name the number"


async def test_too_many_messages_wait_as_long_as_the_gateway_asks(whatsapp_server: WhatsAppServer) -> None:
    whatsapp_server.answers.append((429, {"Retry-After": "90"}, {}))
    whatsapp_server.answers.append((503, {"Retry-After": "999999999999"}, {}))
    whatsapp_server.answers.append((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, {}))
    for seconds in (90.0, 3600.0, None):
        with pytest.raises(PostAwayError) as away:
            await way_to(whatsapp_server).send(mail())
        assert away.value.retry_after == seconds


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"null", b'{"messages": []}'])
async def test_a_yes_without_a_message_is_no_certain_yes(
    whatsapp_server: WhatsAppServer, body: bytes
) -> None:
    whatsapp_server.answers.append((200, {}, body))
    with pytest.raises(UncertainError):
        await way_to(whatsapp_server).send(mail())


async def test_a_gateway_that_takes_a_message_and_says_nothing_leaves_it_uncertain(
    whatsapp_server: WhatsAppServer,
) -> None:
    whatsapp_server.hangs = True
    with pytest.raises(UncertainError):
        await way_to(whatsapp_server, seconds=0.5).send(mail())
    whatsapp_server.hangs, whatsapp_server.cuts = False, True
    with pytest.raises(UncertainError):
        await way_to(whatsapp_server).send(mail())


async def test_a_gateway_that_is_gone_is_away_for_all(whatsapp_server: WhatsAppServer) -> None:
    async with WhatsAppServer() as gone:
        pass
    with pytest.raises(PostAwayError):
        await way_to(gone).send(mail())
    with pytest.raises(PostAwayError, match="login"):
        await way_to(whatsapp_server, token="another").send(mail())


async def test_an_address_says_which_way_leads_to_it(
    queue: Queue, whatsapp_server: WhatsAppServer, mail_server: MailServer
) -> None:
    queue.numbers = {"budi": NUMBER}
    await queue.put(notice(to="ani"), notice(to="budi"))
    await queue.sender(smtp_to(mail_server), numbers=way_to(whatsapp_server)).step()
    assert [one.recipients for one in mail_server.taken] == [("ani@agency.test",)]
    assert [one["to"] for one in whatsapp_server.taken] == ["6281234567890"]


async def test_a_way_that_is_away_holds_up_what_goes_that_way_alone(
    queue: Queue, whatsapp_server: WhatsAppServer, mail_server: MailServer
) -> None:
    queue.numbers = {"budi": NUMBER}
    whatsapp_server.answers.append((503, {}, {}))
    await queue.put(notice(to="budi"), notice("k2", to="ani"), notice("k3", to="caca"))
    sender = queue.sender(smtp_to(mail_server), numbers=way_to(whatsapp_server))
    await sender.step()
    assert len(mail_server.taken) == 2
    assert whatsapp_server.taken == []
    assert ("open", 0, None) in await queue.mails(), "no try of its own counted"


async def test_without_a_gateway_what_goes_to_a_number_waits(
    queue: Queue, mail_server: MailServer, whatsapp_server: WhatsAppServer
) -> None:
    queue.numbers = {"budi": NUMBER}
    await queue.put(notice(to="budi"), notice(to="ani"))
    await queue.sender(smtp_to(mail_server)).step()
    assert len(mail_server.taken) == 1
    assert ("open", 0, None) in await queue.mails()
    await queue.later(minutes=2)
    await queue.sender(None, numbers=way_to(whatsapp_server)).step()
    assert len(whatsapp_server.taken) == 1


@pytest.mark.parametrize(("knows_keys", "copies"), [(True, 1), (False, 2)])
async def test_what_nobody_knows_is_sent_once_more_and_then_put_aside(
    queue: Queue, whatsapp_server: WhatsAppServer, knows_keys: bool, copies: int
) -> None:
    queue.numbers = {"budi": NUMBER}
    whatsapp_server.cuts, whatsapp_server.knows_keys = True, knows_keys
    await queue.at(datetime(2026, 5, 4, 5, tzinfo=UTC))
    await queue.put(notice(to="budi"))
    for hour in range(1, 5):
        await queue.sender(None, numbers=way_to(whatsapp_server)).step()
        await queue.at(datetime(2026, 5, 4, 5, tzinfo=UTC) + timedelta(hours=hour))
    assert await queue.mails() == [("parked", 2, "tries_uncertain_connection")]
    assert len(whatsapp_server.taken) == copies
