"""An answer whose notice comes back: silence does not count until its letter was posted."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from services.complaints.cases.domain.refusals import FieldRefusedError, IllegalActError
from services.complaints.cases.usecases import acts, silence
from services.complaints.notices import returning
from shared.kernel import NotFoundError
from shared.security import PUBLIC, Principal, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import HANDLER, OFFICER, Filer, wib
from tests.integration.complaints.engine import drain
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_notices_sent import Office, office, walk

__all__ = ["office", "walk"]
REFUSED = {"rcpt": "550 unknown"}


async def bounce(walk: Walk, office: Office) -> None:
    """Answer a case whose reporter's address is refused, as often as it is tried."""
    await walk.to_work()
    await walk.follow_up()
    await walk.answer()
    office.server.answers = REFUSED
    for _ in range(4):
        await office.told(minutes=11)


async def post(walk: Walk, posted_on: date = date(2026, 1, 5)) -> None:
    async with walk.filer.db.transaction() as session:
        await returning.note_posting(
            session, walk.filer.engine, OFFICER, walk.case.id, posted_on, "S-12/2026"
        )


def other() -> Principal:
    return replace(HANDLER, subject="orang-lain", scope=Scope("unit", units=frozenset({"u-2"})))


async def work(filer: Filer) -> None:
    async with filer.db.transaction() as session:
        while await silence.do_next(session, filer.engine):
            pass


async def test_the_notice_of_an_answer_that_is_refused_is_tried_three_times(
    walk: Walk, office: Office
) -> None:
    await bounce(walk, office)
    rows = await office.filer.rows(
        "SELECT state, attempts, template FROM notice_mail JOIN notice USING (mail_id) ORDER BY template"
    )
    assert [tuple(row) for row in rows] == [("parked", 3, "answer"), ("parked", 1, "update")]


async def test_a_notice_that_came_back_takes_back_the_reporters_time_and_gives_an_officer_work(
    walk: Walk, office: Office
) -> None:
    await bounce(walk, office)
    clocks = await office.filer.clocks()
    assert (clocks["D8"], clocks["D8P"]) == ("cancelled", "armed")
    assert await office.of_reporters() == [("verified", "bounced"), ("responded", "to_post")]
    facts = await office.filer.facts()
    assert facts[-2:] == ["deadline.cancelled", "deadline.armed"]


async def test_a_case_whose_answer_came_back_is_never_closed_by_silence(walk: Walk, office: Office) -> None:
    await bounce(walk, office)
    await office.clock.set(wib(2026, 3, 2))
    await drain(office.poller)
    await work(office.filer)
    [(state,)] = await office.filer.rows("SELECT state FROM case_file")
    assert state == "DITANGGAPI"


async def test_silence_does_not_count_either_where_the_clock_ran_out_before_it_could_be_taken_back(
    walk: Walk, office: Office
) -> None:
    await walk.to_work()
    await walk.follow_up()
    await walk.answer()
    await office.clock.set(wib(2026, 3, 2))
    await drain(office.poller)
    async with office.filer.db.transaction() as session:
        await session.execute(text("UPDATE reporter_notice SET outcome = 'bounced' WHERE fact = 'responded'"))
    await work(office.filer)
    [(state,)] = await office.filer.rows("SELECT state FROM case_file")
    assert state == "DITANGGAPI"


async def test_once_the_letter_is_posted_silence_counts_for_its_whole_time_from_then_on(
    walk: Walk, office: Office
) -> None:
    await bounce(walk, office)
    await office.clock.set(wib(2026, 1, 7))
    await post(walk, date(2026, 1, 7))
    [(status, due)] = await office.filer.rows(
        "SELECT status, due_at FROM deadline WHERE rule = 'D8' ORDER BY cycle DESC LIMIT 1"
    )
    assert (status, due) == ("armed", wib(2026, 1, 23, 0)), "16 January is a day off"
    assert (await office.filer.clocks())["D8P"] == "met"
    await office.clock.set(wib(2026, 1, 23, 9))
    await drain(office.poller)
    await work(office.filer)
    [(state,)] = await office.filer.rows("SELECT state FROM case_file")
    assert state == "SELESAI"


async def test_a_letter_posted_too_late_is_late(walk: Walk, office: Office) -> None:
    await bounce(walk, office)
    await office.clock.set(wib(2026, 1, 20))
    await post(walk)
    assert (await office.filer.clocks())["D8P"] == "late_done"


async def test_a_posting_is_refused_without_an_answer_to_post_to_come_or_out_of_sight(
    walk: Walk, office: Office
) -> None:
    with pytest.raises(IllegalActError):
        await post(walk)
    await bounce(walk, office)
    with pytest.raises(FieldRefusedError):
        await post(walk, date(2026, 1, 6))
    async with walk.filer.db.transaction() as session:
        with pytest.raises(NotFoundError):
            await returning.note_posting(
                session, walk.filer.engine, other(), walk.case.id, date(2026, 1, 5), "S-1"
            )
    await post(walk)
    with pytest.raises(IllegalActError):
        await post(walk)


async def test_a_reporter_who_acts_on_an_answer_has_read_it_though_its_notice_came_back(
    walk: Walk, office: Office
) -> None:
    await walk.to_work()
    await walk.follow_up()
    await walk.answer()
    await walk.accept()
    office.server.answers = REFUSED
    for _ in range(4):
        await office.told(minutes=11)
    assert ("responded", "by_receipt") in await office.of_reporters()
    assert "D8P" not in await office.filer.clocks()


async def test_the_desk_lists_what_is_to_be_posted_and_notes_the_letter_once(
    walk: Walk, office: Office, acting_of: Acting
) -> None:
    await bounce(walk, office)
    headers = acting_of.headers("complaint_officer")
    listed = (await acting_of.client.get("/answers/to-post", headers=headers)).json()["items"]
    assert [one["id"] for one in listed] == [str(walk.case.id)]
    elsewhere = acting_of.issuer.headers("complaint_officer", agencies=["a-1"], units=["u-2"])
    assert (await acting_of.client.get("/answers/to-post", headers=elsewhere)).json()["items"] == []
    url, letter = f"/cases/{walk.case.id}/post-answer", {"posted_on": "2026-01-05", "letter": "S-12/2026"}
    assert (await acting_of.client.post(url, json=letter, headers=elsewhere)).status_code == 404
    late = letter | {"posted_on": "2026-01-09"}
    refused = await acting_of.client.post(url, json=late, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "posted_on")
    for _ in range(2):
        again = headers | {"Idempotency-Key": "satu-kali-saja-untuk-surat-ini"}
        assert (await acting_of.client.post(url, json=letter, headers=again)).status_code == 204
    assert (await acting_of.client.get("/answers/to-post", headers=headers)).json()["items"] == []
    assert (await acting_of.client.post(url, json=letter, headers=headers)).status_code == 409


async def listed(walk: Walk) -> list[UUID]:
    async with walk.filer.db.transaction() as session:
        found = await returning.to_post(session, OFFICER, after=None, limit=10)
    return [one["id"] for one in found]


async def test_an_answer_that_came_back_is_posted_no_more_once_the_reporter_accepted_it(
    walk: Walk, office: Office
) -> None:
    await bounce(walk, office)
    assert await listed(walk) == [walk.case.id]
    await walk.accept()
    assert await listed(walk) == []
    with pytest.raises(IllegalActError):
        await post(walk)


async def test_the_letter_of_an_answer_that_was_objected_to_restarts_no_silence_about_the_next(
    walk: Walk, office: Office
) -> None:
    await bounce(walk, office)
    office.server.answers = {}
    async with walk.filer.db.transaction() as session:
        walk.case = await acts.object_to_answer(
            session, walk.filer.engine, PUBLIC, walk.case.id, reason="Belum selesai."
        )
    assert await listed(walk) == []
    await walk.follow_up()
    await walk.answer()
    assert await listed(walk) == []
    silence_of = "SELECT cycle, status, due_at FROM deadline WHERE rule = 'D8' ORDER BY cycle, due_at"
    before = [tuple(row) for row in await office.filer.rows(silence_of)]
    with pytest.raises(IllegalActError):
        await post(walk)
    assert [tuple(row) for row in await office.filer.rows(silence_of)] == before
