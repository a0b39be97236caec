"""From a step to a mail: whoever holds the assessment next is told, once, at the address of the log-in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning import main
from services.planning.notices.domain import Closing
from services.planning.notices.jobs import closing_reminders
from services.planning.notices.texts import catalogue
from services.planning.notices.usecases import SERVICE, notify_finding, notify_step
from shared.db.bootstrap import ServiceDatabase
from shared.http.state import state_of
from shared.kernel import Zone
from shared.notices.contacts import addresses_of
from shared.notices.sending import Sender
from shared.process.jobs import Repeating
from tests.support.clock import run_by, stand_still
from tests.support.http import client_of, ops_client
from tests.support.mail_server import MailServer
from tests.support.noticing import smtp_to
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.polling import until

NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
"""A Monday, 12.00 WIB."""
UNIT = """
    INSERT INTO unit VALUES ($1, $2, 'Kantor Contoh', 'kantor', 'III', true, 'WIB', true, true, 1)
    ON CONFLICT DO NOTHING
"""
STEP: dict[str, Any] = {"year": YEAR, "has_reason": False}


@pytest.fixture(autouse=True)
async def noon(planning_database: ServiceDatabase) -> Any:
    """Let it be noon, so that no notice waits for the morning; afterwards the clock runs again."""
    owner = await asyncpg.connect(planning_database.owner_url)
    await owner.execute("TRUNCATE notice, notice_mail, identity.contact")
    for unit in ("u1", "u2"):
        await owner.execute(UNIT, unit, AGENCY)
    await stand_still(owner, NOON)
    yield owner
    await run_by(owner, "clock_timestamp()")
    await owner.close()


async def logged_in(planning: Planning, subject: str, role: str, unit: str = "u1", **claims: Any) -> int:
    """Call as somebody whose token has an address; return the status."""
    said: dict[str, Any] = {"email": f"{subject}@agency.test", "email_verified": True} | claims
    level = {"tpi": "agency", "agency_head": "agency", "tpn": "national"}.get(role, "unit")
    token = planning.issuer.token(
        sub=subject, roles=[role], level=level, agencies=[AGENCY], units=[unit], **said
    )
    answer = await planning.client.get("/units", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def sent(planning: Planning, server: MailServer, owner: asyncpg.Connection) -> dict[str, str]:
    """Send all that is due within half a day; return the subject of each person's mail."""
    await stand_still(owner, NOON + timedelta(hours=3))
    sender = Sender(
        planning.db, catalogue(), smtp_to(server), addresses_of(SERVICE), base_url="https://zi.test"
    )
    await sender.step()
    return {taken.recipients[0].partition("@")[0]: str(taken.message["Subject"]) for taken in server.taken}


async def queued(planning: Planning) -> list[tuple[str, str]]:
    rows = await planning.rows("SELECT recipient, template FROM notice ORDER BY recipient, queued_at")
    return [(row.recipient, row.template) for row in rows]


async def test_a_unit_that_gets_its_worksheet_back_is_told_with_its_leader(
    planning: Planning, mail_server: MailServer, noon: asyncpg.Connection
) -> None:
    for subject, role, unit in (
        ("operator", "unit_operator", "u1"),
        ("leader", "unit_leader", "u1"),
        ("stranger", "unit_operator", "u2"),
        ("assessor", "tpi", "u1"),
    ):
        assert await logged_in(planning, subject, role, unit) == 200
    step = STEP | {"act": "return", "stage": "pengisian", "step": 4, "has_reason": True}
    for again in (2, 0):
        async with planning.db.transaction() as session:
            told = await notify_step(
                session, unit_id="u1", closes_on=date(2026, 5, 31), actor="assessor", **step
            )
        assert told == again
    assert await sent(planning, mail_server, noon) == {
        "operator": f"Lembar kerja dikembalikan: Kantor Contoh {YEAR}",
        "leader": f"Lembar kerja dikembalikan: Kantor Contoh {YEAR}",
    }
    words = mail_server.taken[0].text
    assert "Alasannya tertulis di lembar kerja." in words
    assert "paling lambat 31 Mei 2026 pukul 24.00 WIB." in words
    assert f"https://zi.test/lembar-kerja/u1/{YEAR}" in words


@pytest.mark.parametrize(
    ("first", "last", "left", "is_told"),
    [
        ("2026-05-04", "2026-05-04", None, True),
        ("2026-05-05", "2026-05-09", None, False),
        ("2026-04-01", "2026-05-03", None, False),
        ("2026-04-01", "2026-05-09", "2026-05-03", False),
        ("2026-04-01", "2026-05-09", "2026-05-04", True),
    ],
)
async def test_who_acts_for_somebody_on_the_day_is_told_beside_them(
    planning: Planning, first: str, last: str, left: str | None, is_told: bool
) -> None:
    unit = await planning.unit()
    leader, acting = f"leader-{unit}", f"acting-{unit}"
    for subject, role, where in ((leader, "unit_leader", unit), (acting, "unit_operator", "u2")):
        token = planning.issuer.token(
            sub=subject, roles=[role], level="unit", agencies=[AGENCY], units=[where],
            email=f"{subject}@agency.test", email_verified=True,
        )  # fmt: skip
        await planning.client.get("/units", headers={"Authorization": f"Bearer {token}"})
    led = await planning.person(unit, subjects=[leader])
    other = await planning.person(unit, subjects=[acting])
    days = {"kind": "leave", "decree_number": "CUTI-7", "first": first, "last": last}
    made = await planning.call(
        "POST",
        f"/people/{led['person_id']}/substitutes",
        "admin",
        unit,
        json=days | {"substitute_id": other["person_id"]},
        headers={"If-Match": '"1"'},
    )
    assert made.status_code == 200, made.text
    if left is not None:
        gone = await planning.call(
            "POST",
            f"/people/{other['person_id']}/leave",
            "admin",
            unit,
            json={"active_to": left},
            headers={"If-Match": '"1"'},
        )
        assert gone.status_code == 200, gone.text
    step = STEP | {"act": "return", "stage": "pengisian", "step": 4}
    async with planning.db.transaction() as session:
        await notify_step(session, unit_id=unit, **step)
    assert [one for one, _ in await queued(planning)] == ([acting, leader] if is_told else [leader])


async def test_what_is_handed_in_tells_the_assessors_it_was_given_to_else_all_of_the_agency(
    planning: Planning,
) -> None:
    for subject in ("t1", "t2", "t3"):
        await logged_in(planning, subject, "tpi")
    step = STEP | {"act": "submit", "stage": "penilaian_tpi"}
    async with planning.db.transaction() as session:
        assert await notify_step(session, unit_id="u1", step=1, assessors=["t2"], **step) == 1
        assert await notify_step(session, unit_id="u1", step=2, actor="t3", **step) == 2
    assert await queued(planning) == [("t1", "handed_in"), ("t2", "handed_in"), ("t2", "handed_in")]


async def test_the_national_team_hears_of_proposals_in_one_mail(
    planning: Planning, mail_server: MailServer, noon: asyncpg.Connection
) -> None:
    await logged_in(planning, "nation", "tpn")
    step = STEP | {"act": "propose", "stage": "pra_evaluasi", "step": 6}
    for unit in ("u1", "u2"):
        async with planning.db.transaction() as session:
            await notify_step(session, unit_id=unit, **step)
    assert await sent(planning, mail_server, noon) == {"nation": "2 pemberitahuan Zona Integritas"}


async def test_a_step_that_nobody_waits_for_tells_nobody(planning: Planning) -> None:
    await logged_in(planning, "operator", "unit_operator")
    async with planning.db.transaction() as session:
        assert await notify_step(session, unit_id="u1", act="unheard_of", stage="desk", step=1, **STEP) == 0
    assert await queued(planning) == []


async def test_a_notice_of_a_step_expires_with_its_window(planning: Planning) -> None:
    await logged_in(planning, "operator", "unit_operator")
    step = STEP | {"act": "return", "stage": "pengisian", "step": 4}
    async with planning.db.transaction() as session:
        await notify_step(session, unit_id="u1", closes_on=date(2026, 5, 8), **step)
        await notify_step(session, unit_id="u1", closes_on=date(2026, 5, 4), **(step | {"step": 5}))
        await notify_step(session, unit_id="u1", **(step | {"year": 2025}))
    rows = await planning.rows("SELECT expires_at FROM notice ORDER BY expires_at")
    midnight = datetime(2026, 5, 8, 17, 0, tzinfo=UTC)  # 24.00 WIB
    assert [row.expires_at for row in rows] == [midnight, *[NOON + timedelta(days=14)] * 2], (
        "who is told on the last day is told"
    )


async def test_a_finding_is_told_to_the_unit_once(planning: Planning) -> None:
    await logged_in(planning, "operator", "unit_operator")
    finding = uuid4()
    for again in (1, 0):
        async with planning.db.transaction() as session:
            told = await notify_finding(
                session, unit_id="u1", year=YEAR, finding_id=finding, item="A.I.1.i.a"
            )
        assert told == again
    assert await queued(planning) == [("operator", "finding")]


async def test_a_closing_window_is_told_of_a_week_and_a_day_before_and_once_each(
    planning: Planning, noon: asyncpg.Connection
) -> None:
    await logged_in(planning, "operator", "unit_operator")
    await logged_in(planning, "head", "agency_head")
    last = date(2026, 5, 31)
    found = [Closing("u1", YEAR, "pengisian", last), Closing("u1", YEAR, "pengusulan", last)]
    asked: list[datetime] = []

    async def find(_session: AsyncSession, now: datetime) -> Sequence[Closing]:
        asked.append(now)
        return found

    async def swept(day: int) -> list[tuple[str, str]]:
        await stand_still(noon, datetime(2026, 5, day, 0, 30, tzinfo=Zone.WIB.tz))
        job = closing_reminders(planning.db, find)
        for _ in range(2):
            assert await job._step() == 900.0
        return await queued(planning)

    assert await swept(23) == []
    week = [("head", "closing_proposal"), ("operator", "closing_filling")]
    assert await swept(24) == week
    assert await swept(29) == week
    assert await swept(30) == sorted(week * 2)
    assert asked[0] == datetime(2026, 5, 22, 17, 30, tzinfo=UTC)


async def test_the_first_use_of_a_token_with_a_verified_address_makes_a_contact(planning: Planning) -> None:
    assert state_of(planning.app).verifier.told is not None
    assert await logged_in(planning, "ani", "unit_operator") == 200
    assert await logged_in(planning, "unproved", "unit_operator", email_verified=False) == 200
    assert await logged_in(planning, "odd", "unit_operator", email="x@y.test\r\nBcc: z@y.test") == 200
    async with planning.db.transaction() as session:
        book = await addresses_of(SERVICE)(session, ["ani", "unproved", "odd"])
    assert book == {"ani": "ani@agency.test"}


async def test_a_token_that_is_refused_makes_no_contact(planning: Planning) -> None:
    assert await logged_in(planning, "ani", "unit_operator", exp=planning.issuer.now - 3600) == 401
    async with planning.db.transaction() as session:
        assert await addresses_of(SERVICE)(session, ["ani"]) == {}


async def test_the_worker_of_planning_sends_and_says_how_it_is(
    planning: Planning,
    mail_server: MailServer,
    noon: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def rest() -> float:
        return 3600.0

    monkeypatch.setattr(main, "live_consumer", lambda *_: Repeating("rest", "job", rest))  # no broker here
    await logged_in(planning, "operator", "unit_operator")
    async with planning.db.transaction() as session:
        await notify_step(session, unit_id="u1", act="return", stage="pengisian", step=4, **STEP)
    await stand_still(noon, NOON + timedelta(hours=1))
    server = {"smtp_url": SecretStr(mail_server.url), "mail_from": "noreply@zi.test"}
    for given, words in (({}, "ok, no mail server is set, 1 notices and mails wait"), (server, "ok")):
        app = main.build(planning.settings.model_copy(update=given), "worker", planning.issuer.verifier())
        async with client_of(app), ops_client(app) as probes:

            async def checked(probes: httpx2.AsyncClient = probes, words: str = words) -> bool:
                answer = (await probes.get("/readyz/worker")).json()
                return bool(answer["ok"] and answer["checks"]["notices"] == words)

            await until(checked)
            assert bool(mail_server.taken) == bool(given)
    (taken,) = mail_server.taken
    assert taken.recipients == ("operator@agency.test",)
    assert f"{planning.settings.base_url}/lembar-kerja/u1/{YEAR}" in taken.text
