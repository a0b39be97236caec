"""Steps of a real assessment tell whoever holds it next, and its windows tell of their end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from services.planning.notices.jobs import closing_reminders
from services.planning.stages.store.closings import closings
from shared.db.bootstrap import ServiceDatabase
from tests.support.clock import run_by, stand_still
from tests.support.database import connect_owner
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.stages import act, done, fill, give, let_propose

ROLES = {"leader": "unit_leader", "head": "agency_head", "other-tpi": "tpi", "other-tpn": "tpn"}


@pytest.fixture
async def owner(planning_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect_owner(planning_database)
    await connection.execute("TRUNCATE notice, notice_mail, identity.contact")
    yield connection
    await run_by(connection, "clock_timestamp()")
    await connection.close()


async def acquainted(planning: Planning, unit: str) -> None:
    """Let people of every role call once with an address, besides those who act."""
    for subject, role in ROLES.items():
        level = {"tpi": "agency", "agency_head": "agency", "tpn": "national"}.get(role, "unit")
        token = planning.issuer.token(
            sub=subject, roles=[role], level=level, agencies=[AGENCY], units=[unit],
            email=f"{subject}@agency.test", email_verified=True,
        )  # fmt: skip
        answer = await planning.client.get("/units", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200


async def told(planning: Planning) -> list[tuple[str, str]]:
    """Return who was told what since the last time that this was asked."""
    rows = await planning.rows("DELETE FROM notice RETURNING recipient, template")
    return sorted((row.recipient, row.template) for row in rows)


async def test_each_step_tells_the_next_holder(
    unguarded: None, planning: Planning, owner: asyncpg.Connection
) -> None:
    unit = await planning.programme()
    await let_propose(planning)
    await acquainted(planning, unit)
    await fill(planning, unit)
    await done(planning, unit, "submit", "unit_operator")
    assert await told(planning) == [("other-tpi", "handed_in")], "given to nobody yet: all of the agency"
    await give(planning, unit, f"tpi-of-{unit}")
    await done(planning, unit, "return", "tpi", reason="Bukti kurang.")
    assert await told(planning) == [("leader", "returned")]
    await done(planning, unit, "resubmit", "unit_leader")
    assert await told(planning) == [(f"tpi-of-{unit}", "handed_in")], "those it was given to"
    await fill(planning, unit, layer="tpi")
    for _ in range(2):
        await done(planning, unit, "finish_round", "tpi")
    assert await told(planning) == [("head", "assessed")], "who ended the round is not told of the next"
    await done(planning, unit, "propose", "agency_head")
    assert await told(planning) == [("other-tpn", "proposed")]
    await done(planning, unit, "accept", "tpn")
    assert await told(planning) == [("head", "accepted"), ("leader", "accepted")]


async def test_an_act_that_is_refused_tells_nobody(planning: Planning, owner: asyncpg.Connection) -> None:
    unit = await planning.programme()
    await acquainted(planning, unit)
    refused = await act(planning, unit, "submit", "unit_operator")
    assert refused.status_code == 409
    assert await told(planning) == []


async def test_a_window_that_closes_is_told_of_to_whoever_holds_the_stage(
    planning: Planning, owner: asyncpg.Connection
) -> None:
    unit = await planning.programme()
    await acquainted(planning, unit)
    headers = planning.issuer.headers("admin", level="agency", agencies=[AGENCY], subject="ratna")
    announced = await planning.client.put(
        f"/windows/{YEAR}/pengisian",
        params={"agency_id": AGENCY},
        json={"opens_on": f"{YEAR}-01-01", "closes_on": f"{YEAR}-12-20"},
        headers=headers | {"If-Match": "*"},
    )
    assert announced.status_code < 300, announced.text
    job = closing_reminders(planning.db, closings)
    told_of = [("leader", "closing_filling")]
    for day, words in ((12, []), (13, told_of), (14, []), (19, told_of)):
        await stand_still(owner, datetime(YEAR, 12, day, 5, 0, tzinfo=UTC))
        await job._step()
        rows = await planning.rows(
            """
            SELECT recipient, template FROM notice
            WHERE data ->> 'unit_id' = :unit AND queued_at = zi_now()
            """,
            unit=unit,
        )
        assert [(row.recipient, row.template) for row in rows] == words, day
