"""Notices leave over a real SMTP connection: once, late rather than never, and never to the wrong end."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from shared.db import Database
from shared.kernel import Zone
from shared.notices import put
from shared.notices.sending import Sender
from shared.notices.store import LEASE, MOST_TRIES
from shared.observability.metrics import (
    NOTICES_ENDED,
    NOTICES_OLDEST_DUE,
    NOTICES_PARKED,
    NOTICES_TRIES,
    NOTICES_WAITING,
)
from shared.process.crash import EXIT_CODE
from tests.support.mail_server import MailServer
from tests.support.noticing import BASE_URL, SENDER, Queue, notice, smtp_to
from tests.support.polling import until

NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
"""A Monday, 12.00 WIB and 14.00 WIT."""


async def test_a_notice_is_delivered_once_as_text_and_html(queue: Queue, mail_server: MailServer) -> None:
    assert await queue.put(notice(what="café <b>")) == 1
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    await sender.step()
    (taken,) = mail_server.taken
    assert (taken.sender, taken.recipients) == (SENDER, ("ani@agency.test",))
    assert taken.message["Subject"] == "Kabar café <b>"
    assert taken.message["To"] == "ani@agency.test"
    assert taken.message["From"] == f"Zona Integritas <{SENDER}>"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.text.strip() == f"Terjadi café <b>. Lihat café <b>. {BASE_URL}/lihat/caf%C3%A9%20%3Cb%3E"
    assert "Terjadi café &lt;b&gt;." in taken.html
    assert await queue.mails() == [("sent", 1, None)]


async def test_the_same_key_tells_the_same_person_once_and_others_too(
    queue: Queue, mail_server: MailServer
) -> None:
    assert await queue.put(notice("k1"), notice("k1", to="budi")) == 2
    assert await queue.put(notice("k1", what="again")) == 0
    await queue.sender(smtp_to(mail_server)).step()
    assert sorted(taken.recipients[0] for taken in mail_server.taken) == [
        "ani@agency.test",
        "budi@agency.test",
    ]


async def test_a_notice_of_a_command_that_fails_was_never_queued(queue: Queue) -> None:
    async def command(session: AsyncSession) -> None:
        assert await put(session, queue.catalogue, [notice()]) == 1
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await queue.db.run(command)
    assert await queue.rows("SELECT notice_id FROM notice") == []


async def test_a_server_that_is_down_costs_no_try_and_everything_leaves_once_it_is_back(
    queue: Queue, mail_server: MailServer
) -> None:
    await mail_server.stop()
    await queue.put(notice("k1"), notice("k2", to="budi"))
    sender = queue.sender(smtp_to(mail_server))
    pauses = [await sender.step() for _ in range(MOST_TRIES + 2)]
    assert pauses[:3] == [2.5, 5.0, 10.0]
    assert max(pauses) == 150.0
    assert [state for state, _, _ in await queue.mails()] == ["open", "open"]
    assert sender._note() == "the mail server is away (connection), 2 notices and mails wait"
    await mail_server.start()
    await sender.step()
    assert len(mail_server.taken) == 2
    assert await queue.mails() == [("sent", 1, None)] * 2
    assert sender._note() == ""


@pytest.mark.parametrize("word", ["mail", "rcpt", "data", "content"])
async def test_a_4xx_answer_is_tried_again_after_a_pause(
    queue: Queue, mail_server: MailServer, word: str
) -> None:
    step = {"mail": "sender", "rcpt": "recipient"}.get(word, "content")
    mail_server.answers[word] = "451 <ani@agency.test> try later"
    await queue.put(notice())
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    await sender.step()
    assert await queue.mails() == [("open", 1, f"{step}_451")]
    del mail_server.answers[word]
    await queue.later(minutes=2)
    await sender.step()
    assert len(mail_server.taken) == 1
    assert await queue.mails() == [("sent", 2, None)]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("mail", "refused_sender_550"),
        ("rcpt", "refused_recipient_550"),
        ("data", "refused_content_550"),
        ("content", "refused_content_550"),
    ],
)
async def test_a_5xx_answer_parks_the_mail_with_its_reason_and_the_next_goes_on(
    queue: Queue, mail_server: MailServer, word: str, reason: str
) -> None:
    mail_server.answers[word] = "550 no such mailbox <ani@agency.test>"
    await queue.put(notice("k1"))
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    assert await queue.mails() == [("parked", 1, reason)]
    mail_server.answers.clear()
    await queue.put(notice("k2", to="budi"))
    await sender.step()
    assert [taken.recipients for taken in mail_server.taken] == [("budi@agency.test",)]
    assert NOTICES_PARKED.labels("refused")._value.get() == 1


async def test_a_mail_is_parked_after_the_last_try(queue: Queue, mail_server: MailServer) -> None:
    mail_server.answers["rcpt"] = "450 busy"
    await queue.put(notice())
    sender = queue.sender(smtp_to(mail_server))
    for tries in range(MOST_TRIES):
        await queue.later(hours=3 * tries)
        await sender.step()
    assert await queue.mails() == [("parked", MOST_TRIES, "tries_recipient_450")]


@pytest.mark.parametrize("word", ["greeting", "ehlo"])
async def test_a_server_that_hangs_before_a_mail_is_away_and_costs_no_try(
    queue: Queue, mail_server: MailServer, word: str
) -> None:
    mail_server.hang_in = word
    await queue.put(notice())
    sender = queue.sender(smtp_to(mail_server, seconds=0.3))
    await sender.step()
    assert await queue.mails() == [("open", 0, None)]
    assert "away (timeout)" in sender._note()


@pytest.mark.parametrize("word", ["rcpt", "content"])
async def test_a_server_that_hangs_in_a_mail_costs_it_a_try(
    queue: Queue, mail_server: MailServer, word: str
) -> None:
    mail_server.hang_in = word
    await queue.put(notice())
    await queue.sender(smtp_to(mail_server, seconds=0.3)).step()
    assert await queue.mails() == [("open", 1, "timeout")]


async def test_a_server_that_drips_is_given_up_in_time(queue: Queue, mail_server: MailServer) -> None:
    mail_server.drips = True
    await queue.put(notice())
    async with asyncio.timeout(20):
        await queue.sender(smtp_to(mail_server, seconds=0.3)).step()
    assert await queue.mails() == [("open", 0, None)]


async def test_a_mail_that_was_taken_counts_though_the_server_never_says_goodbye(
    queue: Queue, mail_server: MailServer
) -> None:
    mail_server.hang_in = "quit"
    await queue.put(notice())
    await queue.sender(smtp_to(mail_server, seconds=0.3)).step()
    assert await queue.mails() == [("sent", 1, None)]


async def test_a_connection_that_is_cut_in_the_content_costs_a_try_and_nothing_is_half_taken(
    queue: Queue, mail_server: MailServer
) -> None:
    mail_server.cut_in = "content"
    await queue.put(notice())
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    assert await queue.mails() == [("open", 1, "connection")]
    assert mail_server.taken == []
    mail_server.cut_in = ""
    await queue.later(minutes=2)
    await sender.step()
    assert len(mail_server.taken) == 1


_KILLED = """
import asyncio, sys
from pathlib import Path
from shared.db import Database
from shared.notices.catalogue import Catalogue
from shared.notices.sending import Sender
from shared.notices.smtp import Server, Smtp

async def addresses(session, subjects):
    return {one: f"{one}@agency.test" for one in subjects}

async def main(database, folder, server):
    server = Server.of(server, needs_tls=False)
    post = Smtp(server, sender="Zona Integritas", sender_address="noreply@zi.test")
    catalogue = Catalogue.load(Path(folder))
    await Sender(Database(database), catalogue, post, addresses, base_url="https://zi.test").step()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_killed_between_sending_and_noting_sends_again_with_the_same_message_id(
    queue: Queue, mail_server: MailServer, tmp_path: object
) -> None:
    await queue.put(notice())
    arguments = [sys.executable, "-c", _KILLED, queue.url, str(tmp_path), mail_server.url]
    environment = {**os.environ, "ZI_CRASH_AT": "notice_sent:1"}
    done = await asyncio.to_thread(
        subprocess.run, arguments, env=environment, check=False, capture_output=True, timeout=60
    )
    assert done.returncode == EXIT_CODE, done.stderr
    assert len(mail_server.taken) == 1
    assert await queue.mails() == [("open", 1, None)]
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    assert len(mail_server.taken) == 1, "the lease of the dead one still holds"
    await queue.later(seconds=int(LEASE.total_seconds()) + 1)
    await sender.step()
    first, second = mail_server.taken
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.data == second.data
    assert await queue.mails() == [("sent", 2, None)]


async def test_a_mail_that_ends_every_process_is_parked(queue: Queue, mail_server: MailServer) -> None:
    await queue.put(notice())
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    await queue.owner.execute(
        "UPDATE notice_mail SET state = 'open', ended_at = NULL, next_at = now(), attempts = $1",
        MOST_TRIES,
    )
    await sender.step()
    assert [(state, reason) for state, _, reason in await queue.mails()] == [("parked", "tries_process")]


async def test_two_senders_beside_each_other_send_each_mail_once(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.put(*(notice(f"k{number}", to=f"p{number}") for number in range(30)))
    other = Database(queue.url)
    try:
        second = Sender(other, queue.catalogue, smtp_to(mail_server), queue._addresses, base_url=BASE_URL)
        await asyncio.gather(queue.sender(smtp_to(mail_server)).step(), second.step())
    finally:
        await other.close()
    await queue.sender(smtp_to(mail_server)).step()
    assert len(mail_server.taken) == 30
    assert len({taken.recipients for taken in mail_server.taken}) == 30


async def test_notices_of_one_person_within_the_window_become_one_mail(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.at(NOON)
    await queue.put(notice("k1", "news"), notice("k1", "news", to="budi"))
    await queue.at(NOON + timedelta(minutes=50))
    await queue.put(notice("k2", "news"))
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    assert mail_server.taken == []
    await queue.at(NOON + timedelta(minutes=60))
    await sender.step()
    by_person = {taken.recipients[0]: taken for taken in mail_server.taken}
    assert by_person["ani@agency.test"].message["Subject"] == "2 pemberitahuan"
    assert by_person["ani@agency.test"].text.splitlines() == [
        f"Terjadi k1. Lihat k1. {BASE_URL}/lihat/k1",
        f"Terjadi k2. Lihat k2. {BASE_URL}/lihat/k2",
    ]
    assert by_person["budi@agency.test"].message["Subject"] == "Kabar k1"
    assert len(mail_server.taken) == 2


async def test_a_weekly_digest_leaves_on_its_day_in_the_zone_of_its_notices(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.at(NOON)
    await queue.put(notice("k1", "summary", zone=Zone.WIT))
    await queue.at(NOON + timedelta(days=3))
    await queue.put(notice("k2", "summary", zone=Zone.WIT))
    sender = queue.sender(smtp_to(mail_server))
    monday = datetime(2026, 5, 10, 23, 0, tzinfo=UTC)  # 8.00 WIT on the 11th
    await queue.at(monday - timedelta(seconds=1))
    await sender.step()
    assert mail_server.taken == []
    await queue.at(monday)
    await sender.step()
    assert [taken.message["Subject"] for taken in mail_server.taken] == ["2 pemberitahuan"]


async def test_nothing_leaves_in_quiet_hours_whatever_was_due_before_them(
    queue: Queue, mail_server: MailServer
) -> None:
    evening = datetime(2026, 5, 4, 12, 59, tzinfo=UTC)  # 19.59 WIB
    await queue.at(evening)
    await queue.put(notice("k1", "quiet"))
    sender = queue.sender(smtp_to(mail_server))
    await queue.at(evening + timedelta(minutes=1))
    await sender.step()
    mail_server.answers["rcpt"] = "450 busy"
    await queue.put(notice("k2", "told", to="budi"))
    await sender.step()
    assert await queue.mails() == [("open", 1, "recipient_450")], "the other waits in the queue"
    mail_server.answers.clear()
    await queue.at(datetime(2026, 5, 4, 22, 59, tzinfo=UTC))
    await sender.step()
    assert [taken.recipients[0] for taken in mail_server.taken] == ["budi@agency.test"]
    await queue.at(datetime(2026, 5, 4, 23, 0, tzinfo=UTC))
    await sender.step()
    assert [taken.recipients[0] for taken in mail_server.taken][1:] == ["ani@agency.test"]


async def test_a_mail_that_was_put_off_into_quiet_hours_waits_for_their_end(
    queue: Queue, mail_server: MailServer
) -> None:
    mail_server.answers["rcpt"] = "450 busy"
    await queue.at(datetime(2026, 5, 4, 12, 59, 50, tzinfo=UTC))
    await queue.put(notice("k1", "quiet"))
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    (row,) = await queue.rows("SELECT next_at FROM notice_mail")
    assert row.next_at == datetime(2026, 5, 4, 23, 0, tzinfo=UTC)
    await queue.owner.execute("UPDATE notice_mail SET next_at = now()")  # as when its process died
    mail_server.answers.clear()
    await queue.at(datetime(2026, 5, 4, 15, 0, tzinfo=UTC))
    await queue.owner.execute("UPDATE notice_mail SET next_at = zi_now()")
    await sender.step()
    assert mail_server.taken == []
    assert await queue.mails() == [("open", 1, "recipient_450")]


async def test_a_notice_whose_time_has_passed_is_dropped_and_counted(
    queue: Queue, mail_server: MailServer
) -> None:
    before = NOTICES_ENDED.labels("expired")._value.get()
    await queue.at(NOON)
    await queue.put(notice("k1", "news", expires_at=NOON + timedelta(minutes=30)), notice("k2", "news"))
    await queue.at(NOON + timedelta(minutes=60))
    await queue.sender(smtp_to(mail_server)).step()
    assert [taken.message["Subject"] for taken in mail_server.taken] == ["Kabar k2"]
    (row,) = await queue.rows("SELECT dropped_reason FROM notice WHERE key = 'k1'")
    assert row.dropped_reason == "expired"
    assert NOTICES_ENDED.labels("expired")._value.get() == before + 1


async def test_a_notice_that_expires_while_its_mail_is_tried_again_is_left_out(
    queue: Queue, mail_server: MailServer
) -> None:
    mail_server.answers["rcpt"] = "450 busy"
    await queue.at(NOON)
    await queue.put(notice("k1", expires_at=NOON + timedelta(minutes=1)), notice("k2"))
    sender = queue.sender(smtp_to(mail_server))
    await sender.step()
    mail_server.answers.clear()
    await queue.at(NOON + timedelta(minutes=2))
    await sender.step()
    assert [taken.message["Subject"] for taken in mail_server.taken] == ["Kabar k2"]
    await queue.put(notice("k3", to="budi", expires_at=NOON + timedelta(minutes=3)))
    mail_server.answers["rcpt"] = "450 busy"
    await sender.step()
    await queue.at(NOON + timedelta(minutes=4))
    await sender.step()
    assert (await queue.mails())[-1] == ("dropped", 2, "expired")


async def test_without_a_server_notices_wait_and_readiness_says_so_without_failing(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.put(notice("k1"), notice("k2", expires_at=NOON))
    sender = queue.sender(None)
    task = asyncio.create_task(sender.run())
    try:
        await until(_readiness_of(sender))
    finally:
        task.cancel()
    assert sender.health().detail == "no mail server is set, 2 notices and mails wait"
    assert [row.key for row in await queue.rows("SELECT key FROM notice WHERE dropped_at IS NULL")] == ["k1"]
    await queue.sender(smtp_to(mail_server)).step()
    assert len(mail_server.taken) == 1


def _readiness_of(sender: Sender) -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        return sender.health().is_ready

    return is_ready


async def test_a_recipient_without_an_address_is_dropped_and_counted(
    queue: Queue, mail_server: MailServer
) -> None:
    before = NOTICES_ENDED.labels("no_address")._value.get()
    queue.unknown.add("ani")
    await queue.put(notice("k1"), notice("k2"), notice("k3", to="budi"))
    await queue.sender(smtp_to(mail_server)).step()
    assert [taken.recipients for taken in mail_server.taken] == [("budi@agency.test",)]
    assert sorted(await queue.mails()) == [("dropped", 1, "no_address"), ("sent", 1, None)]
    assert NOTICES_ENDED.labels("no_address")._value.get() == before + 2


@pytest.mark.parametrize(
    "address",
    [
        "ani@agency.test\r\nBcc: eve@evil.test",
        "ani@agency.test, eve@evil.test",
        "ani@agency.test>\r\nRCPT TO:<eve@evil.test",
        "Ani <ani@agency.test>",
    ],
)
async def test_no_address_book_can_add_a_header_or_a_recipient(
    queue: Queue, mail_server: MailServer, address: str
) -> None:
    async def poisoned(_session: object, subjects: object) -> dict[str, str]:
        return {"ani": address}

    await queue.put(notice())
    sender = Sender(queue.db, queue.catalogue, smtp_to(mail_server), poisoned, base_url=BASE_URL)
    await sender.step()
    assert await queue.mails() == [("parked", 1, "address")]
    assert mail_server.commands == []


async def test_no_log_line_names_the_person_or_the_address_whatever_the_server_says(
    queue: Queue, mail_server: MailServer
) -> None:
    said = "<ani@agency.test> Ani"
    with capture_logs() as lines:
        for number, (word, answer) in enumerate(
            [("", ""), ("rcpt", f"450 {said}"), ("rcpt", f"550 {said}"), ("greeting", f"554 {said}")]
        ):
            mail_server.answers = {word: answer} if word else {}
            await queue.put(notice(f"k{number}"))
            await queue.sender(smtp_to(mail_server)).step()
    assert {line["event"] for line in lines} == {
        "notice_mail_sent", "notice_mail_put_off", "notice_mail_parked", "mail_server_away",
    }  # fmt: skip
    assert "ani" not in str(lines).lower()
    rows = await queue.rows("SELECT * FROM notice_mail")
    assert "agency.test" not in str(rows)


async def test_no_data_can_add_a_header(queue: Queue, mail_server: MailServer) -> None:
    await queue.put(notice(what="x\r\nBcc: eve@evil.test\r\n\r\nbody"))
    await queue.sender(smtp_to(mail_server)).step()
    (taken,) = mail_server.taken
    assert taken.message["Bcc"] is None
    assert taken.recipients == ("ani@agency.test",)
    assert taken.message["Subject"] == "Kabar x Bcc: eve@evil.test body"


async def test_a_notice_that_fits_no_template_here_is_tried_again_then_parked(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.put(notice())
    await queue.owner.execute("UPDATE notice SET template = 'of_the_next_release'")
    sender = queue.sender(smtp_to(mail_server))
    before = NOTICES_TRIES.labels("put_off")._value.get()
    for tries in range(MOST_TRIES):
        await queue.later(hours=3 * tries)
        await sender.step()
    assert await queue.mails() == [("parked", MOST_TRIES, "tries_template_of_the_next_release")]
    assert mail_server.commands == []
    assert NOTICES_TRIES.labels("put_off")._value.get() == before, "no server was asked"


async def test_what_waits_and_how_late_it_is_stands_in_the_metrics(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.at(NOON)
    await queue.put(notice("k1"), notice("k2", "news", to="budi"))
    await queue.at(NOON + timedelta(minutes=5))
    await queue.sender(None).step()
    assert NOTICES_WAITING.labels("notices")._value.get() == 2
    assert NOTICES_OLDEST_DUE._value.get() == 300
    await queue.sender(smtp_to(mail_server)).step()
    await queue.sender(None).step()
    assert NOTICES_WAITING.labels("notices")._value.get() == 1
    assert NOTICES_OLDEST_DUE._value.get() == 0
