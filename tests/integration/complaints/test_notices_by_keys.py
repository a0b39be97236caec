"""A reporter's contact lies under keys: whether it can be reached is told without; it is opened to send."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.intake.store import Person
from services.complaints.notices.jobs import HandingOn
from services.complaints.secrecy.usecases import keeping, moving
from services.complaints.secrecy.usecases.keeping import Identities
from shared.db import Database
from shared.notices.address import WAYS
from shared.security.keys.local import LocalKeys
from shared.security.keys.transit import TransitKeys
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_notices_sent import REPORTER, Office
from tests.support.key_service import KeyService, key_service, token_file
from tests.support.mail_server import MailServer

BY_NUMBER = Person("Siti Pelapor", "0812-7777-8888")


@pytest.fixture
async def service() -> AsyncIterator[KeyService]:
    async with key_service() as running:
        yield running


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


@pytest.fixture
def identities(request: pytest.FixtureRequest, service: KeyService, tmp_path: Path) -> Identities:
    """Keys in a service, or in a file where a test asks for it."""
    if getattr(request, "param", "service") == "file":
        return Identities(LocalKeys(tmp_path / "files" / "keys.json", may_make=True))
    ticks = itertools.count(0, 3600)
    keys = TransitKeys(
        service.address,
        token_file(tmp_path),
        pause=_at_once,
        monotonic=lambda: float(next(ticks)),
        try_seconds=0.5,
    )
    return Identities(keys)


@pytest.fixture
async def office(filer: Filer, poller: DeadlinePoller, clock: MovedClock, mail_server: MailServer) -> Office:
    return Office(filer, poller, clock, mail_server)


async def verified(filer: Filer, person: Person | None = REPORTER) -> Walk:
    """Return a case that its reporter is to be told of."""
    walk = Walk(filer, (await filer.submit(person=person)).case)
    await walk.verify()
    return walk


def unwrapped(service: KeyService) -> int:
    """Return how many keys of cases were opened."""
    return sum("/decrypt/" in one for one in service.asked)


async def mails(office: Office) -> list[Any]:
    rows = await office.filer.rows("SELECT state, attempts, reason FROM notice_mail ORDER BY mail_id")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("identities", ["file", "service"], indirect=True)
async def test_r238_a_reporter_under_keys_gets_the_notice_and_no_opening_is_told_of(
    filer: Filer, office: Office
) -> None:
    walk = await verified(filer)
    assert await office.told() == ["siti"]
    assert await office.of_reporters() == [("verified", "sent")]
    assert await filer.rows("SELECT 1 FROM identity_read") == []
    [noted] = await filer.rows("SELECT actor, entity_id, changes FROM audit WHERE operation = 'open_contact'")
    assert tuple(noted) == ("system", str(walk.case.id), {})


async def test_whether_a_reporter_can_be_reached_is_told_without_a_key(
    filer: Filer, office: Office, service: KeyService
) -> None:
    await verified(filer)
    await verified(filer, Person("Siti", "rumah saya dekat pasar"))
    service.misbehave("sealed")
    await office.hand_on()
    assert set(await office.of_reporters()) == {("verified", "by_receipt"), ("verified", None)}
    assert unwrapped(service) == 0


async def test_a_contact_is_opened_once_for_each_mail_that_leaves(
    filer: Filer, office: Office, service: KeyService
) -> None:
    await verified(filer)
    await office.told()
    await office.told()
    assert unwrapped(service) == 1


async def test_while_the_keys_are_away_a_notice_waits_and_leaves_once_they_are_back(
    filer: Filer, office: Office, service: KeyService
) -> None:
    await verified(filer)
    service.misbehave("sealed")
    assert await office.told() == []
    assert await mails(office) == [("open", 0, None)]
    assert await filer.rows("SELECT 1 FROM audit WHERE operation = 'open_contact'") == []
    service.misbehave("serve")
    assert await office.told(minutes=2) == ["siti"]
    assert await office.told(minutes=2) == []
    assert await office.of_reporters() == [("verified", "sent")]


async def test_while_the_keys_are_away_officers_are_told_as_ever(
    filer: Filer, office: Office, service: KeyService, clock: MovedClock
) -> None:
    await verified(filer)
    await filer.submit()
    await office.knows("petugas", "complaint_officer")
    service.misbehave("sealed")
    await clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["petugas"]


async def test_a_contact_that_does_not_open_is_put_aside_for_people(
    filer: Filer, office: Office, one_owner: asyncpg.Connection
) -> None:
    await verified(filer)
    await one_owner.execute("UPDATE identity.sealed SET content = substring(content FROM 2)")
    assert await office.told() == []
    assert await mails(office) == [("parked", 1, "address_broken")]
    assert await office.of_reporters() == [("verified", "bounced")]


async def test_a_contact_that_no_way_leads_to_just_now_is_not_opened(
    filer: Filer, office: Office, service: KeyService
) -> None:
    await verified(filer, BY_NUMBER)
    office.worker = HandingOn(filer.db, filer.engine, WAYS)
    assert await office.told() == [], "the gateway was taken out since it was handed on"
    assert [state for state, _, _ in await mails(office)] == ["open"]
    assert unwrapped(service) == 0


async def test_whose_identity_was_erased_meanwhile_is_told_by_the_receipt_alone(
    filer: Filer, office: Office, db: Database
) -> None:
    walk = await verified(filer)
    await office.hand_on()
    async with db.transaction() as session:
        assert await keeping.erase(session, walk.case.id)
    assert await office.told() == []
    assert await office.of_reporters() == [("verified", "by_receipt")]


@pytest.mark.parametrize("is_moved", [False, True])
async def test_a_contact_of_the_release_before_is_reached_before_and_after_it_is_moved(
    filer: Filer,
    office: Office,
    db: Database,
    identities: Identities,
    one_owner: asyncpg.Connection,
    *,
    is_moved: bool,
) -> None:
    case_id = (await verified(filer)).case.id
    await one_owner.execute("DELETE FROM identity.case_key")
    insert = "INSERT INTO identity.reporter VALUES ($1, $2, $3)"
    await one_owner.execute(insert, case_id, REPORTER.name, REPORTER.contact)
    if is_moved:
        assert await moving.move_plain(db, identities) == 1
        assert await one_owner.fetchval("SELECT way FROM identity.case_key WHERE ref = $1", case_id) == "mail"
    assert await office.told() == ["siti"]
