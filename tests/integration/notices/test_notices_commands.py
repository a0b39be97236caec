"""`zi notices list` and `retry`: what the server refuses is seen by people and handed back by them."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from shared.cli.operator.notices import notices
from shared.notices.contacts import Contacts
from shared.security import Principal
from shared.security.principal import Scope
from tests.support.mail_server import MailServer
from tests.support.noticing import Queue, notice, smtp_to


@pytest.fixture
async def parked(queue: Queue, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Give a database with three parked mails, one of them of two notices."""
    monkeypatch.setenv("ZI_PLANNING_DATABASE_URL", queue.url)
    mail_server.answers["rcpt"] = "550 <ani@agency.test> unknown"
    for to in ("ani", "budi", "cici"):
        await queue.put(notice("k1", to=to))
    await queue.put(notice("k2"))
    await queue.sender(smtp_to(mail_server)).step()
    mail_server.answers.clear()
    return queue


async def zi(*words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(CliRunner().invoke, notices, list(words))
    return done.exit_code, f"{done.output}{done.exception or ''}"


async def test_parked_mails_are_listed_page_by_page_without_a_name_or_an_address(parked: Queue) -> None:
    code, out = await zi("list", "--limit", "2", "--json")
    assert code == 0, out
    page = json.loads(out)
    assert page["total"] == 3
    assert [(row["reason"], row["attempts"], row["notices"], row["templates"]) for row in page["items"]] == [
        ("refused_recipient_550", 1, 2, "told"),
        ("refused_recipient_550", 1, 1, "told"),
    ]
    assert "agency.test" not in out
    assert "ani" not in out
    _, out = await zi("list", "--after", page["next"], "--json")
    rest = json.loads(out)
    assert (len(rest["items"]), rest["next"]) == (1, None)
    _, out = await zi("list", "--limit", "1")
    assert "1 of 3" in out
    assert "--after" in out


async def test_a_parked_mail_is_tried_again_once_somebody_says_so(
    parked: Queue, mail_server: MailServer
) -> None:
    _, out = await zi("list", "--json")
    mail = json.loads(out)["items"][0]["mail"]
    code, out = await zi("retry", mail, "--json")
    assert (code, json.loads(out)) == (0, {"service": "planning", "retried": 1})
    await parked.sender(smtp_to(mail_server)).step()
    assert [taken.message["Subject"] for taken in mail_server.taken] == ["2 pemberitahuan"]
    code, out = await zi("retry", mail)
    assert code == 1
    assert "no mail" in out
    _, out = await zi("retry", "--all", "--json")
    assert json.loads(out)["retried"] == 2
    await parked.sender(smtp_to(mail_server)).step()
    assert len(mail_server.taken) == 3


async def test_one_mail_or_all_must_be_named(parked: Queue) -> None:
    assert (await zi("retry"))[0] == 1
    assert (await zi("retry", "01a22a5f-0000-7000-8000-000000000000", "--all"))[0] == 1
    assert len(await parked.mails()) == 3


async def test_who_is_to_be_forgotten_is_with_all_that_was_queued(parked: Queue) -> None:
    who = Principal("ani", frozenset({"tpi"}), Scope("national"))
    said = {"email": "ani@agency.test", "email_verified": True}
    await Contacts("planning", parked.db).told(who, said)
    for had_address in (True, False):
        code, out = await zi("forget", "ani", "--json")
        assert (code, json.loads(out)) == (0, {"service": "planning", "had_address": had_address})
    assert len(await parked.mails()) == 2
    assert await parked.owner.fetchval("SELECT count(*) FROM identity.contact") == 0
