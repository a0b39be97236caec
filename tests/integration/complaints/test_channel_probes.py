"""Probes against real servers on loopback: HTTPS, SMTP and IMAP; outages by lease, each told once."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels.data import probe_rules
from services.complaints.channels.domain import GOOD, Channel, Verdict
from services.complaints.channels.jobs import Prober
from services.complaints.channels.probes import Probes
from services.complaints.channels.probes.link import LinkProbe
from services.complaints.channels.probes.mail import Mailbox, MailProbe
from services.complaints.channels.usecases import probing, register
from services.complaints.channels.usecases.register import Said
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.held import ConnectionHeldError
from shared.kernel import new_id
from shared.notices.smtp import Server, Smtp
from tests.integration.complaints.conftest import SUPERVISOR, Filer, MovedClock
from tests.support import probers
from tests.support.certificate import Tls
from tests.support.imap_server import ImapServer
from tests.support.link_server import MARK, PAGE, LinkServer
from tests.support.mail_server import MailServer, Taken
from tests.support.polling import until

RULES = replace(probe_rules(), link_seconds=2, mail_seconds=5)
BOX = "pengaduan@contoh.go.id"
METADATA = "169.254.169.254"


def channel(address: str, kind: str = "web", mark: str | None = MARK) -> Channel:
    return Channel(new_id(), 1, "u-1", "a-1", kind, "Saluran", address, mark, date(2026, 1, 5))


def link_probe(tls: Tls, **changed: Any) -> LinkProbe:
    return LinkProbe(replace(RULES, **changed), context=tls.client, allows_loopback=True)


async def found(server: LinkServer, address: str, **changed: Any) -> Verdict:
    return await link_probe(server.tls, **changed).call(channel(address))


def failed(reason: Any) -> Verdict:
    return Verdict(False, reason)


# links


async def test_a_link_answers_with_2xx_its_mark_and_a_certificate_that_lasts(link_server: LinkServer) -> None:
    assert await found(link_server, link_server.url()) == GOOD
    odd = link_server.show("/odd", PAGE.replace(MARK, "SAMPAIKAN\n  peng&#97;duan"), status=203)
    assert await found(link_server, odd) == GOOD, "a reader sees the same words"


async def test_a_page_that_cannot_be_read_is_a_failure_like_any_other(link_server: LinkServer) -> None:
    endless = link_server.show("/angka", f"<p>&#{'9' * 5000};</p>")
    assert await found(link_server, endless) == failed("malformed")


async def test_a_page_that_is_not_ours_any_more_fails_by_its_mark_or_status(link_server: LinkServer) -> None:
    parked = link_server.show("/dijual", "<h1>Domain ini dijual</h1>")
    assert await found(link_server, parked) == failed("mark_missing")
    assert await found(link_server, link_server.url("/tidak-ada")) == failed("status")
    broken = link_server.show("/rusak", PAGE, status=503)
    assert await found(link_server, broken) == failed("status")


async def test_a_certificate_that_ends_within_14_days_fails_and_so_does_one_nobody_signed(
    link_server: LinkServer, tls: Tls
) -> None:
    async with LinkServer(tls) as ending:
        assert await found(ending, ending.show()) == failed("certificate_ends_soon")
    stranger = LinkProbe(RULES, allows_loopback=True)
    assert await stranger.call(channel(link_server.url())) == failed("certificate")
    other_name = link_server.url().replace("127.0.0.1", "localhost")
    assert await found(link_server, other_name) == failed("certificate")


async def test_a_redirect_is_followed_and_looked_at_like_the_first_address(link_server: LinkServer) -> None:
    assert await found(link_server, link_server.show("/lama", "", 301, Location="/lapor")) == GOOD
    for target in ("http://127.0.0.1/lapor", "https://[", "ftp://contoh.go.id/", "https://contoh.go.id:0/"):
        moved = link_server.show("/pindah", "", 302, Location=target)
        assert await found(link_server, moved) == failed("redirect"), target
    inside = link_server.show("/dalam", "", 307, Location=f"https://{METADATA}/latest")
    assert await found(link_server, inside) == failed("address_not_public")
    assert await found(link_server, link_server.show("/putar", "", 302, Location="/putar")) == failed(
        "redirect"
    )
    assert link_server.asked.count("/putar") == RULES.link_redirects + 1


async def test_a_page_has_its_time_and_its_size(link_server: LinkServer) -> None:
    link_server.hang_at = "/lambat"
    assert await found(link_server, link_server.url("/lambat"), link_seconds=0.3) == failed("timeout")
    long = link_server.show("/panjang", "x" * 300_000 + PAGE)
    assert await found(link_server, long) == GOOD
    assert await found(link_server, long, link_bytes=100_000) == failed("too_large")


async def test_what_is_no_answer_is_a_failure_and_no_error(link_server: LinkServer) -> None:
    for path, told in (
        ("/sampah", b"\x00\xff\r\n\r\n"),
        ("/potong", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
    ):
        link_server.raw[path] = told
        assert await found(link_server, link_server.url(path)) == failed("malformed"), path
    closed = LinkServer(link_server.tls)
    async with closed:
        pass
    assert await found(link_server, closed.url()) == failed("unreachable")
    assert await found(link_server, "https://tidak-ada.invalid/") == failed("unreachable")
    assert await found(link_server, f"https://{'a' * 70}.test/") == failed("unreachable")


async def test_a_prober_of_a_real_process_calls_no_loopback(link_server: LinkServer) -> None:
    strict = LinkProbe(RULES, context=link_server.tls.client)
    assert await strict.call(channel(link_server.url())) == failed("address_not_public")
    assert link_server.asked == [], "nothing was asked of it"


# mailboxes


def mail_probe(
    mails: MailServer, box: ImapServer | Mailbox, tls: Tls | None = None, **changed: Any
) -> MailProbe:
    server = Server.of(mails.url, needs_tls=False)
    post = Smtp(server, sender="Pengaduan", sender_address="zi@contoh.go.id", seconds=3)
    context = None if tls is None else tls.client
    mailbox = box if isinstance(box, Mailbox) else Mailbox.of(box.url)
    return MailProbe(replace(RULES, **changed), post, {BOX: mailbox}, context=context, look_seconds=0.05)


async def test_a_mailbox_answers_when_our_token_comes_back_and_it_is_left_as_it_was(
    mail_server: MailServer, imap_server: ImapServer
) -> None:
    probe, box = mail_probe(mail_server, imap_server), channel(BOX, "email", None)
    async with asyncio.TaskGroup() as both:
        calls = [both.create_task(probe.call(box)) for _ in range(2)]
    assert [call.result() for call in calls] == [GOOD, GOOD]
    assert mail_server.taken == [], "what was sent for the test is gone"


async def test_a_mail_that_somebody_marked_as_deleted_stays_where_it_is(
    mail_server: MailServer, imap_server: ImapServer
) -> None:
    theirs = Taken("warga@contoh.id", (BOX,), b"Subject: Loket tutup\r\n\r\nLoket tutup sejak pagi.\r\n")
    mail_server.taken.append(theirs)
    imap_server.marked.add(imap_server.uid(theirs))
    assert await mail_probe(mail_server, imap_server).call(channel(BOX, "email", None)) == GOOD
    assert mail_server.taken == [theirs]


async def test_a_mailbox_whose_password_imap_cannot_spell_is_away_and_ends_no_probe(
    mail_server: MailServer, imap_server: ImapServer
) -> None:
    odd = Mailbox.of(imap_server.url.replace("rahasia", "rah%C3%A9sia"))
    assert await mail_probe(mail_server, odd).call(channel(BOX, "email", None)) == failed("mail_away")


async def test_a_mail_that_never_arrives_fails_after_its_time(
    mail_server: MailServer, imap_server: ImapServer
) -> None:
    imap_server.delivers = False
    probe = mail_probe(mail_server, imap_server, mail_seconds=1)
    assert await probe.call(channel(BOX, "email", None)) == failed("not_arrived")
    [sent] = mail_server.taken
    assert (sent.recipients, sent.message["Auto-Submitted"]) == ((BOX,), "auto-generated")
    assert imap_server.looked > 1


async def test_a_mailbox_is_read_over_tls(mail_server: MailServer, lasting_tls: Tls) -> None:
    async with ImapServer(mail_server, lasting_tls.server) as box:
        assert await mail_probe(mail_server, box, lasting_tls).call(channel(BOX, "email", None)) == GOOD
        stranger = mail_probe(mail_server, box)
        assert await stranger.call(channel(BOX, "email", None)) == failed("mail_away")


@pytest.mark.parametrize("refused", ["LOGIN", "SELECT", "SEARCH", "STORE"])
async def test_a_mailbox_that_lets_us_not_in_is_away(
    mail_server: MailServer, imap_server: ImapServer, refused: str
) -> None:
    imap_server.refuses = refused
    probe = mail_probe(mail_server, imap_server)
    assert await probe.call(channel(BOX, "email", None)) == failed("mail_away")


async def test_a_mail_that_is_refused_fails_and_our_own_server_away_says_nothing(
    mail_server: MailServer, imap_server: ImapServer
) -> None:
    probe, box = mail_probe(mail_server, imap_server), channel(BOX, "email", None)
    mail_server.answers["rcpt"] = "550 no such mailbox"
    assert await probe.call(box) == failed("not_sent")
    await mail_server.stop()
    assert await probe.call(box) is None
    await mail_server.start()


def test_a_mailbox_without_account_is_not_called() -> None:
    probe = MailProbe(RULES, None, {BOX: Mailbox.of("imaps://a:b@contoh.go.id")})
    assert not probe.calls(channel(BOX, "email", None)), "there is no server to send by"
    for bad in ("pop://a:b@c", "imaps://contoh.go.id", "imaps://a:b@c:x", "imaps://[", "imaps://a@c"):
        with pytest.raises(ValueError, match="imaps://user") as refused:
            Mailbox.of(bad)
        assert bad not in str(refused.value)


# outages


class Watching:
    """One prober with a link and a phone, over the moved clock of the database."""

    def __init__(self, filer: Filer, clock: MovedClock, server: LinkServer) -> None:
        self.filer, self.clock, self.server = filer, clock, server
        self.prober = self.another()

    def another(self, last_import: Any = None) -> Prober:
        probes = Probes(link_probe(self.server.tls), MailProbe(RULES, None, {}))
        more = {} if last_import is None else {"last_import": last_import}
        return Prober(self.filer.db, probes, **more)

    async def open(self, kind: str = "web", address: str = "", mark: str | None = MARK) -> Channel:
        said = Said("Saluran", address or self.server.url(), mark)
        async with self.filer.db.transaction() as session:
            made = await register.enter(
                session, SUPERVISOR, unit_id="u-1", agency_id=None, kind=kind, said=said, opened_on=None
            )
        return made.channel

    async def told(self) -> list[str]:
        """Return the facts of channels that were told after they were opened."""
        facts = [fact for fact in await self.filer.facts() if fact.startswith("channel.")]
        return [fact.removeprefix("channel.") for fact in facts if fact != "channel.opened"]

    async def findings(self) -> list[tuple[str, str | None]]:
        rows = await self.filer.rows("SELECT reason, closed_by FROM channel_finding ORDER BY opened_at")
        return [tuple(row) for row in rows]

    async def watch(self) -> Any:
        [row] = await self.filer.rows("SELECT * FROM channel_watch")
        return row


@pytest.fixture
def watching(filer: Filer, clock: MovedClock, link_server: LinkServer) -> Watching:
    return Watching(filer, clock, link_server)


def up(kind: str = "web") -> float | None:
    return REGISTRY.get_sample_value("zi_complaints_channel_up", {"kind": kind})


async def test_r216_a_dead_link_raises_the_event_once_with_a_finding_and_recovery_clears_both(
    watching: Watching,
) -> None:
    clock, prober = watching.clock, watching.prober
    await watching.open()
    await prober.step()
    assert (await watching.watch()).last_ok_at == clock.now()
    await prober.look()
    assert up() == 1
    watching.server.show(status=500)
    await prober.step()
    assert (await watching.watch()).failures == 0, "it is not due yet"
    for minutes, told in ((15, []), (5, []), (5, ["check_failed"]), (15, ["check_failed"])):
        await clock.forward(minutes=minutes)
        await prober.step()
        assert await watching.told() == told
    assert await watching.findings() == [("status", None)]
    await prober.look()
    assert (up(), up("telepon")) == (0, 1)
    watching.server.show()
    await clock.forward(minutes=15)
    await prober.step()
    assert await watching.told() == ["check_failed", "recovered"]
    assert await watching.findings() == [("status", "recovered")]
    await prober.look()
    assert up() == 1


async def test_two_failures_and_a_good_answer_are_no_outage(watching: Watching) -> None:
    await watching.open()
    watching.server.show(status=500)
    for minutes, status in ((0, 500), (5, 200), (15, 500), (5, 500)):
        watching.server.show(status=status)
        await watching.clock.forward(minutes=minutes)
        await watching.prober.step()
    assert (await watching.told(), (await watching.watch()).failures) == ([], 2)


async def test_another_address_is_probed_at_once_and_the_verdict_on_the_old_one_is_void(
    watching: Watching,
) -> None:
    made = await watching.open(address=watching.server.url("/tidak-ada"))
    async with watching.filer.db.transaction() as session:
        leased = await probing.claim(session)
    assert leased is not None
    async with watching.filer.db.transaction() as session:
        said = Said("Saluran", watching.server.url(), MARK)
        await register.change(session, SUPERVISOR, made.id, 1, said)
    assert not await watching.prober.probe(leased), "its lease went with the address"
    await watching.prober.step()
    assert (await watching.watch()).failures == 0
    assert (await watching.watch()).last_ok_at == watching.clock.now()


async def test_a_box_that_nobody_empties_for_a_week_and_a_phone_for_a_month_are_down(
    watching: Watching,
) -> None:
    for kind, days in (("kotak", 7), ("telepon", 30)):
        address = "+62 21 5550100" if kind == "telepon" else "Lobi"
        made = await watching.open(kind, address, None)
        await watching.clock.forward(days=1)
        async with watching.filer.db.transaction() as session:
            await register.record_test(session, SUPERVISOR, made.id, is_ok=True, note="Diperiksa.")
        before = await watching.told()
        await watching.clock.forward(days=days)
        await watching.prober.step()
        assert await watching.told() == before, "a test of so many days ago still counts"
        for _ in range(4):
            await watching.clock.forward(hours=1)
            await watching.prober.step()
        assert await watching.told() == [*before, "check_failed"], kind
        async with watching.filer.db.transaction() as session:
            await register.record_test(session, SUPERVISOR, made.id, is_ok=True, note="Diperiksa lagi.")
            await register.close(session, SUPERVISOR, made.id, 1, "Selesai diuji.", None)
    assert [reason for reason, _ in await watching.findings()] == ["test_too_old", "test_too_old"]


async def test_sp4n_is_alive_while_imports_come_every_three_days(watching: Watching) -> None:
    imported: dict[str, datetime] = {"at": watching.clock.now()}

    async def last_import(_session: AsyncSession, _channel: Channel) -> datetime | None:
        return imported.get("at")

    prober = watching.another(last_import)
    await watching.open("sp4n", "https://www.lapor.go.id/", None)
    await prober.step()
    await watching.clock.forward(days=3)
    await prober.step()
    assert (await watching.watch()).failures == 0
    for _ in range(3):
        await watching.clock.forward(hours=1)
        await prober.step()
    assert await watching.told() == ["check_failed"]
    imported["at"] = watching.clock.now()
    await watching.clock.forward(hours=1)
    await prober.step()
    assert await watching.told() == ["check_failed", "recovered"]


async def test_the_verdict_of_a_lease_that_ran_out_counts_no_more(watching: Watching) -> None:
    await watching.open()
    async with watching.filer.db.transaction() as session:
        slow = await probing.claim(session)
        assert await probing.claim(session) is None, "one probe at a time"
    assert slow is not None
    await watching.clock.forward(seconds=RULES.lease_seconds)
    await watching.prober.step()
    assert (await watching.watch()).last_ok_at == watching.clock.now()
    async with watching.filer.db.transaction() as session:
        assert not await probing.settle(session, slow, failed("timeout"))
    assert (await watching.watch()).failures == 0


async def test_a_channel_is_never_called_inside_a_transaction(watching: Watching) -> None:
    probes = Probes(link_probe(watching.server.tls), MailProbe(RULES, None, {}))
    async with watching.filer.db.transaction():
        with pytest.raises(ConnectionHeldError):
            await probes.call(channel(watching.server.url()), "link")


async def test_probers_at_the_same_time_probe_each_channel_once(watching: Watching) -> None:
    for _ in range(6):
        await watching.open()
    await asyncio.gather(*(watching.another().step() for _ in range(3)))
    assert watching.server.asked.count("/lapor") == 6
    [row] = await watching.filer.rows("SELECT count(*) AS all FROM channel_check")
    assert row.all == 6


async def test_old_probes_are_swept_and_what_people_recorded_stays(watching: Watching) -> None:
    made = await watching.open("telepon", "+62 21 5550100", None)
    async with watching.filer.db.transaction() as session:
        await register.record_test(session, SUPERVISOR, made.id, is_ok=True, note="Diangkat.")
    await watching.clock.forward(hours=1)
    await watching.prober.step()
    await watching.clock.forward(days=RULES.kept_days + 1)
    await watching.prober.step()
    rows = await watching.filer.rows("SELECT actor, is_ok FROM channel_check ORDER BY at")
    assert [tuple(row) for row in rows] == [(SUPERVISOR.subject, True), (None, False)]


@pytest.fixture
async def process(database: ServiceDatabase, lasting_tls: Tls) -> AsyncIterator[Any]:
    """Start probers in processes of their own; they end with the test."""
    started = []

    def start() -> Any:
        started.append(probers.start(database.app_url, str(lasting_tls.path)))
        return started[-1]

    yield start
    for one, _ in started:
        one.kill()
        await asyncio.to_thread(one.join)


async def asked(server: LinkServer, path: str, times: int) -> None:
    async def done() -> bool:
        return server.asked.count(path) >= times

    await until(done, what=f"{times} calls of {path}")


async def test_who_takes_over_from_a_killed_prober_tells_the_outage_once(
    watching: Watching, process: Any
) -> None:
    server, clock = watching.server, watching.clock
    server.hang_at = "/lapor"
    await watching.open()
    for call in (1, 2):
        victim, _ = process()
        await asked(server, "/lapor", call)
        victim.kill()
        await asyncio.to_thread(victim.join)
        await watching.prober.step()
        assert (await watching.watch()).failures == 0, "the dead one's lease still runs"
        await clock.forward(seconds=RULES.lease_seconds)
    server.hang_at = ""
    server.show(status=500)
    for _ in range(4):
        await watching.prober.step()
        await clock.forward(minutes=15)
    assert await watching.told() == ["check_failed"]
    assert await watching.findings() == [("status", None)]


async def test_a_frozen_prober_that_wakes_up_says_nothing_more(watching: Watching, process: Any) -> None:
    server, clock = watching.server, watching.clock
    server.hang_at = "/lapor"
    await watching.open()
    frozen, told = process()
    await asked(server, "/lapor", 1)
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    await clock.forward(seconds=RULES.lease_seconds)
    server.hang_at = ""
    server.show(status=500)
    for _ in range(3):
        await watching.prober.step()
        await clock.forward(minutes=5)
    assert await watching.told() == ["check_failed"]
    seen = await watching.watch()
    os.kill(frozen.pid, signal.SIGCONT)
    assert await asyncio.to_thread(told.poll, 60), "it ends by its own limit of time"
    assert await watching.watch() == seen
    assert await watching.told() == ["check_failed"]


async def test_a_closed_channel_is_probed_no_more(watching: Watching, db: Database) -> None:
    made = await watching.open()
    async with db.transaction() as session:
        leased = await probing.claim(session)
    assert leased is not None
    async with db.transaction() as session:
        await register.close(session, SUPERVISOR, made.id, 1, "Dialihkan.", None)
    assert not await watching.prober.probe(leased)
    await watching.clock.forward(days=1)
    asked_before = len(watching.server.asked)
    await watching.prober.step()
    assert len(watching.server.asked) == asked_before
    assert await watching.told() == ["closed"]


def test_a_lease_outlasts_every_probe() -> None:
    rules = probe_rules()
    assert rules.lease_seconds > max(rules.link_seconds, rules.mail_seconds) + 30
