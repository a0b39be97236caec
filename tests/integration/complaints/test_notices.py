"""Whom what clocks tell goes to: substitutes in place of who is away, never a party to the case."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.complaints.cases.store import people
from services.complaints.cases.store.people import Reader
from services.complaints.cases.usecases import acts, officers, recipients
from services.complaints.cases.usecases.recipients import Recipients
from services.complaints.deadlines.jobs import DeadlinePoller
from shared.db.clock import database_now
from shared.kernel import NotFoundError
from shared.security import Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import SUPERVISOR, Filer, MovedClock, wib
from tests.integration.complaints.engine import drain
from tests.integration.complaints.people import pseudonym, tell, told
from tests.integration.complaints.test_case_life import Walk

FIRST, LAST = "2026-01-05", "2026-01-31"
NEXT_MONTH = ("2026-02-01", "2026-02-28")


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    """A case in the hands of an officer below Dewi; Ana and Dewi are below Kepala."""
    await tell(
        filer.db,
        told("penangan", "penangan", "penangan-2", above="dewi"),
        told("dewi", "dewi", above="kepala"),
        told("ana", "ana", above="kepala"),
        told("kepala", "kepala"),
    )
    return Walk(filer, (await filer.submit()).case)


async def goes_to(walk: Walk, role: str) -> Recipients:
    filer = walk.filer
    async with filer.db.reading() as session:
        now = await database_now(session)
        return await recipients.recipients(session, filer.engine, walk.case, role, now)


async def test_a_handlers_notice_goes_to_the_handler_and_the_superiors_to_their_superior(walk: Walk) -> None:
    assert await goes_to(walk, "case_handler") == Recipients("case_handler", None), "nobody has it yet"
    await walk.to_work()
    assert await goes_to(walk, "case_handler") == Recipients("case_handler", frozenset({"penangan"}))
    assert await goes_to(walk, "case_approver") == Recipients("case_approver", frozenset({"dewi"}))
    assert await goes_to(walk, "complaint_supervisor") == Recipients("complaint_supervisor", None)


async def test_a_notice_to_somebody_who_is_away_goes_to_who_acts_for_them(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    await tell(
        filer.db,
        told("dewi", "dewi", version=2, above="kepala", substitutes=[("ana", FIRST, LAST)]),
        told(
            "penangan", "penangan", version=2, above="dewi", substitutes=[("ana", "2026-02-01", "2026-02-28")]
        ),
    )
    assert await goes_to(walk, "case_approver") == Recipients("case_approver", frozenset({"ana"}))
    assert await goes_to(walk, "case_handler") == Recipients("case_handler", frozenset({"penangan"}))


async def test_who_left_gets_no_notice(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    await tell(filer.db, told("dewi", "dewi", version=2, until="2026-01-02"))
    assert await goes_to(walk, "case_approver") == Recipients("case_approver", None)


@pytest.mark.parametrize("accused", ["dewi", "penangan"])
async def test_an_escalation_steps_aside_to_the_inspector_when_the_superior_is_a_party_or_above_one(
    walk: Walk, accused: str
) -> None:
    if accused == "penangan":
        await walk.to_work()
        async with walk.filer.db.transaction() as session:
            await people.name_parties(session, walk.case.id, [pseudonym(accused)], "accused")
    else:
        await walk.verify(accused=[UUID(pseudonym(accused))])
        await walk.dispose()
    aside = Recipients("inspector", None, aside_from="case_approver")
    assert await goes_to(walk, "case_approver") == aside
    gone = await goes_to(walk, "case_handler")
    assert gone.subjects == (frozenset({"penangan"}) if accused == "dewi" else None)


async def test_what_goes_to_a_substitute_who_is_a_party_steps_aside_too(walk: Walk, filer: Filer) -> None:
    await walk.verify(accused=[UUID(pseudonym("ana"))])
    await walk.dispose()
    await tell(filer.db, told("dewi", "dewi", version=2, above="kepala", substitutes=[("ana", FIRST, LAST)]))
    assert (await goes_to(walk, "case_approver")).role == "inspector"


async def test_officers_read_what_was_told_and_whom_and_a_party_does_not(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller, acting_of: Acting
) -> None:
    await walk.verify(accused=[UUID(pseudonym("ana"))])
    await walk.dispose()
    await clock.set(wib(2026, 1, 13, 8))
    await drain(poller)
    url = f"/cases/{walk.case.id}/notices"
    answer = await acting_of.client.get(url, headers=acting_of.headers("complaint_supervisor"))
    assert answer.status_code == 200, answer.text
    due = {one["role"]: one for one in answer.json()["items"] if (one["rule"], one["rung"]) == ("D5", "due")}
    assert due["case_handler"]["subjects"] == ["penangan"]
    assert (due["case_approver"]["subjects"], due["case_approver"]["aside_from"]) == (["dewi"], None)
    assert due["case_handler"]["fact"] == "overdue"
    assert due["case_handler"]["sent_at"] is None
    party = acting_of.issuer.headers("complaint_supervisor", agencies=["a-1"], units=["u-1"], subject="ana")
    assert (await acting_of.client.get(url, headers=party)).status_code == 404
    async with filer.db.reading() as session:
        reader = Reader("x", Scope("unit", units=frozenset({"u-2"})))
        with pytest.raises(NotFoundError):
            await recipients.of_case(session, filer.engine, reader, walk.case.id)


async def test_a_case_that_goes_to_another_hand_tells_that_one(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    await tell(filer.db, told("pengganti", "pengganti", above="ana"))
    other = replace(SUPERVISOR, subject="pengawas-2")
    async with filer.db.transaction() as session:
        await officers.enter_handler(session, SUPERVISOR, "u-1", "pengganti")
    await walk.act(acts.reassign, other, handler="pengganti", note=None)
    assert await goes_to(walk, "case_approver") == Recipients("case_approver", frozenset({"ana"}))
