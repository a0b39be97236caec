"""Addresses lie apart, under a role of their own: as the log-in said them last, erased by the person."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Database, identity_role
from shared.db.database import count_statements
from shared.notices import contacts
from shared.notices.contacts import KEEP_DAYS, Contacts, Wanted, addresses_of, recipients, verified_address
from shared.notices.upkeep import sweep
from shared.security import Principal
from shared.security.principal import Level, Scope
from tests.support.mail_server import MailServer
from tests.support.noticing import Queue, notice, smtp_to

SERVICE = "planning"


def person(
    subject: str, role: str = "unit_operator", *, level: Level = "unit", agency: str = "a1", unit: str = "u1"
) -> Principal:
    return Principal(subject, frozenset({role}), Scope(level, frozenset({agency}), frozenset({unit})))


def claims(address: str = "ani@agency.test", **changed: object) -> dict[str, object]:
    return {"email": address, "email_verified": True} | changed


async def told(queue: Queue, who: Principal, said: dict[str, object]) -> None:
    await Contacts(SERVICE, queue.db).told(who, said)


async def passed(queue: Queue, interval: str) -> None:
    """Let so much time pass for all who have been seen."""
    await queue.owner.execute(f"UPDATE identity.contact SET seen_at = seen_at - interval '{interval}'")


async def address_of(queue: Queue, subject: str) -> str | None:
    async with queue.db.transaction() as session:
        return (await addresses_of(SERVICE)(session, [subject])).get(subject)


async def reached(queue: Queue, *wanted: Wanted) -> list[list[str]]:
    async with queue.db.transaction() as session:
        return await recipients(session, SERVICE, wanted)


async def test_the_log_in_s_address_is_kept_and_follows_what_it_says_later(queue: Queue) -> None:
    await told(queue, person("ani"), claims())
    assert await address_of(queue, "ani") == "ani@agency.test"
    await told(queue, person("ani", "unit_leader", unit="u2"), claims("Ani@Office.test"))
    assert await address_of(queue, "ani") == "Ani@office.test"
    assert await reached(queue, Wanted("unit_operator", "u1", "a1"), Wanted("unit_leader", "u2", "a1")) == [
        [],
        ["ani"],
    ]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"email": "eve@evil.test"},
        {"email": "eve@evil.test", "email_verified": False},
        {"email": "eve@evil.test", "email_verified": "true"},
        {"email": "eve@evil.test\r\nBcc: x@y.test", "email_verified": True},
        {"email": ["eve@evil.test"], "email_verified": True},
    ],
)
async def test_what_is_no_verified_address_changes_none_and_refreshes_the_rights(
    queue: Queue, said: dict[str, object]
) -> None:
    assert verified_address(said) is None
    await told(queue, person("ani"), said)
    assert await address_of(queue, "ani") is None
    await told(queue, person("ani"), claims())
    await told(queue, person("ani", "tpi", level="agency"), said)
    assert await address_of(queue, "ani") == "ani@agency.test"
    assert await reached(queue, Wanted("tpi", "any", "a1"), Wanted("unit_operator", "u1", "a1")) == [
        ["ani"], [],
    ]  # fmt: skip


async def test_recipients_are_those_whose_scope_reaches_the_unit(queue: Queue) -> None:
    for who in (
        person("of-unit", "tpi"),
        person("of-other-unit", "tpi", unit="u2"),
        person("of-agency", "tpi", level="agency", unit="none"),
        person("of-other-agency", "tpi", level="agency", agency="a2"),
        person("national", "tpi", level="national", agency="none", unit="none"),
        person("another-role", "tpn", level="national"),
    ):
        await told(queue, who, claims())
    assert await reached(queue, Wanted("tpi", "u1", "a1"), Wanted("tpi", "u9", "a2")) == [
        ["national", "of-agency", "of-unit"],
        ["national", "of-other-agency"],
    ]


async def test_the_same_words_are_not_written_again_within_the_hour(queue: Queue) -> None:
    async def written() -> str:
        return str(await queue.owner.fetchval("SELECT xmin::text FROM identity.contact"))

    await told(queue, person("ani"), claims())
    first = await written()
    await told(queue, person("ani"), claims())
    await told(queue, person("ani"), {})
    assert await written() == first
    await passed(queue, "61 minutes")
    await told(queue, person("ani"), claims())
    assert await written() != first


async def test_a_process_asks_nothing_about_what_it_noted_a_moment_ago(queue: Queue) -> None:
    now = 0.0
    noting = Contacts(SERVICE, queue.db, monotonic=lambda: now)
    await noting.told(person("ani"), claims())
    statements = count_statements(queue.db.engine)
    for said in (claims(), {}):
        await noting.told(person("ani"), said)
    assert statements == []
    await noting.told(person("ani"), claims("ani@office.test"))
    assert await address_of(queue, "ani") == "ani@office.test"
    await noting.told(person("ani", "tpi"), {})
    assert await reached(queue, Wanted("tpi", "u1", "a1")) == [["ani"]]
    now = 3601.0
    statements.clear()
    await noting.told(person("ani", "tpi"), {})
    assert statements != []


async def test_a_query_that_forgets_the_role_sees_no_address(queue: Queue) -> None:
    await told(queue, person("ani"), claims())
    with pytest.raises(DBAPIError, match="permission denied"):
        await queue.rows("SELECT address FROM identity.contact")


async def test_the_identity_role_sees_no_notice(queue: Queue) -> None:
    async with queue.db.transaction() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with identity_role(session, SERVICE):
                await session.execute(text("SELECT * FROM public.notice"))


async def test_who_is_erased_leaves_neither_address_nor_notice_nor_mail(
    queue: Queue, mail_server: MailServer
) -> None:
    for subject in ("ani", "budi"):
        await told(queue, person(subject), claims())
        await queue.put(notice("k1", to=subject), notice("k2", "news", to=subject))
    await queue.sender(smtp_to(mail_server)).step()
    async with queue.db.transaction() as session:
        assert await contacts.erase(session, SERVICE, "ani")
        assert not await contacts.erase(session, SERVICE, "ani")
    assert await address_of(queue, "ani") is None
    assert {row.recipient for row in await queue.rows("SELECT recipient FROM notice")} == {"budi"}
    assert {row.recipient for row in await queue.rows("SELECT recipient FROM notice_mail")} == {"budi"}


async def test_who_has_not_been_seen_for_long_is_told_nothing_and_erased(queue: Queue) -> None:
    await told(queue, person("ani"), claims())
    await passed(queue, f"{KEEP_DAYS} days")
    await told(queue, person("budi"), claims())
    assert await reached(queue, Wanted("unit_operator", "u1", "a1")) == [["budi"]]
    assert await address_of(queue, "ani") is None
    assert await sweep(queue.db, SERVICE) == 1
    assert await queue.owner.fetch("SELECT subject FROM identity.contact WHERE subject = 'ani'") == []


async def test_what_ended_long_ago_is_forgotten_and_what_is_parked_stays(
    queue: Queue, mail_server: MailServer
) -> None:
    await queue.put(notice("k1"))
    await queue.sender(smtp_to(mail_server)).step()
    mail_server.answers["rcpt"] = "550 no"
    await queue.put(notice("k2", to="budi"))
    await queue.sender(smtp_to(mail_server)).step()
    await queue.put(notice("k3"))
    await queue.owner.execute(
        "UPDATE notice_mail SET ended_at = now() - interval '401 days' WHERE state <> 'open'"
    )
    assert await sweep(queue.db, SERVICE) == 2
    assert [row.key for row in await queue.rows("SELECT key FROM notice ORDER BY key")] == ["k2", "k3"]
    assert [state for state, _, _ in await queue.mails()] == ["parked"]


async def test_a_database_that_is_away_keeps_nobody_from_logging_in(queue: Queue) -> None:
    away = Database("postgresql://nobody:nothing@127.0.0.1:1/nowhere", pool_size=1)
    try:
        await Contacts(SERVICE, away).told(person("ani"), claims())
    finally:
        await away.close()
    assert await address_of(queue, "ani") is None
