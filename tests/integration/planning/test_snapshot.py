"""Planning's states repeat what it published, byte for byte."""

from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import asyncpg

from services.planning import present, snapshot
from services.planning.nomination.domain.nominations import Candidacy
from shared.contracts.planning import FindingOpened, PersonChanged, StageMoved, WorksheetAnswered
from shared.contracts.topics import produced_by
from shared.db.bootstrap import ServiceDatabase
from shared.outbox.snapshot import Behind
from tests.support import nominating, stages
from tests.support.planning import PDF, YEAR, Planning
from tests.support.restoring import differences, kinds, published, standing


async def fill(planning: Planning) -> str:
    """Let every kind of fact happen through the API and return the unit."""
    unit = await planning.programme()
    changed = await planning.call(
        "PATCH",
        f"/units/{unit}",
        "admin",
        unit,
        json={"name": "Kantor Contoh Dua"},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    superior = await planning.person(unit, is_leader=True, subjects=[f"kepala-{unit}"])
    person = await planning.person(unit, superior_id=superior["person_id"], subjects=[f"sari-{unit}"])
    substituted = await planning.call(
        "POST",
        f"/people/{superior['person_id']}/substitutes",
        "admin",
        unit,
        json={
            "substitute_id": person["person_id"], "kind": "plh", "decree_number": "PRIN-7",
            "first": "2026-03-02", "last": "2026-03-06",
        },
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert substituted.status_code == 200, substituted.text
    planned = [
        await planning.call(
            "POST",
            "/activities",
            "unit_operator",
            unit,
            json={
                "unit_id": unit,
                "year": YEAR,
                "indicator_code": "A.I.1.i",
                "title": "Rapat tim",
                "evidence_kinds": ["notulen"],
                "due_on": due,
            },
        )
        for due in ("2026-05-01", None)
    ]
    assert all(made.status_code == 201 for made in planned), planned[0].text
    evidence = (await planning.upload(unit, "notulen.pdf", PDF)).json()["evidence_id"]
    first = planned[0].json()
    done = await planning.call(
        "POST",
        f"/activities/{first['activity_id']}/complete",
        "unit_operator",
        unit,
        json={"evidence_ids": [evidence]},
        headers={"If-Match": '"1"'},
    )
    assert done.status_code == 200, done.text
    for answers in (
        [{"item_code": "A.I.1.i.b", "letter": "A", "note": "baik", "evidence_ids": [evidence]}],
        [{"item_code": "A.I.1.i.b", "letter": "B"}, {"item_code": "B.I.a", "index": "3,50"}],
        [{"item_code": "A.II.1.i.a", "inputs": {"n2": 3, "n1": 4}}],
        [{"item_code": "A.I.1.i.b", "reason": "Salah ketik."}],
    ):
        made = await planning.answer(unit, *answers)
        assert made.status_code == 200, made.text
    await stages.fill(planning, unit)
    assert (await stages.act(planning, unit, "submit", "unit_operator")).status_code == 200
    await stages.give(planning, unit, "tpi-of-" + unit)
    made = await planning.answer(unit, {"item_code": "A.I.1.i.b", "letter": "C"}, layer="tpi")
    assert made.status_code == 200, made.text
    found = [await stages.find(planning, unit, "A.I.1.i.b") for _ in range(2)]
    back = await stages.act(planning, unit, "return", "tpi", reason="Bukti kurang.")
    assert back.status_code == 200, back.text
    answered = await planning.call(
        "POST",
        f"/findings/{found[0]['finding_id']}/answer",
        "unit_operator",
        unit,
        json={"answer": "Sudah."},
        headers={"If-Match": '"1"'},
    )
    assert answered.status_code == 200, answered.text
    agency = f"a-{unit}"
    nominee = await planning.programme(agency=agency)
    await stages.let_propose(planning, agency)
    lead = partial(stages.lead_to, planning, nominee, "pengusulan", agency=agency)
    ids = await nominating.frozen(planning.client, planning.issuer, agency, nominee, YEAR, lead=lead)
    head = planning.issuer.headers("agency_head", level="agency", agencies=[agency])
    made = await planning.client.post(
        f"/nominations/{ids['nomination_id']}/withdraw",
        json={"reason": "Ditunda."},
        headers=head | {"If-Match": '"3"'},
    )
    assert made.status_code == 200, made.text
    return unit


async def test_every_state_is_said_again_in_the_bytes_it_was_published_in(planning: Planning) -> None:
    await fill(planning)
    assert await kinds(planning.db) == {
        event.event_type for topic in produced_by("planning") for event in topic.events
    }
    assert differences(await published(planning.db), await standing(planning.db, snapshot)) == {}


async def test_a_place_in_a_proposal_is_lifted_above_its_floor_and_no_other_is(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    units = [await planning.programme(agency=agency) for _ in range(2)]
    await nominating.everything(planning.client, planning.issuer, agency, units[0], YEAR)
    found = [one async for one in _places(planning) if one.agency_id == agency]
    assert [(one.unit_id, one.version) for one in found] == [(units[0], 1)]
    await planning.db.run(lambda session: present.lift_candidacy(session, found[0].candidacy_id, 40))
    lifted = {one.unit_id: one.version async for one in _places(planning)}
    assert lifted.pop(units[0]) == 41
    assert 41 not in lifted.values()


async def _places(planning: Planning) -> AsyncIterator[Candidacy]:
    async with planning.db.transaction() as session:
        async for candidacy, _ in present.candidacies(session):
            yield candidacy


async def test_an_answer_of_before_writers_were_told_is_said_again_without_one(
    planning: Planning, planning_database: ServiceDatabase
) -> None:
    unit = await planning.programme()
    assert (await planning.answer(unit, {"item_code": "A.I.1.i.b", "letter": "A"})).status_code == 200
    owner = await asyncpg.connect(planning_database.owner_url)
    await owner.execute("UPDATE answer SET writer_id = NULL WHERE unit_id = $1", unit)
    await owner.close()
    async with planning.db.reading() as session:
        told = [state.fact async for state in snapshot.states(session) if state.fact.unit_id == unit]
    (answer,) = [fact for fact in told if isinstance(fact, WorksheetAnswered)]
    assert "writer_id" not in answer.model_dump()


async def test_a_worksheet_is_lifted_to_its_floor_and_no_other_is(planning: Planning) -> None:
    units = [await planning.programme() for _ in range(2)]
    for unit in units:
        assert (await planning.answer(unit, {"item_code": "A.I.1.i.b", "letter": "A"})).status_code == 200
    lifted = await planning.db.run(lambda session: present.lift_worksheet(session, units[0], YEAR, 40))
    assert lifted is not None
    assert (lifted.unit_id, lifted.year, lifted.version) == (units[0], YEAR, 40)
    other = await planning.db.run(lambda session: present.lift_worksheet(session, units[1], YEAR, 0))
    assert other is not None
    assert other.version == 1


async def test_a_stage_is_lifted_above_its_floor_also_where_nobody_moved_it(planning: Planning) -> None:
    moved, unmoved = [await planning.programme() for _ in range(2)]
    assert (await stages.act(planning, moved, "withdraw", "agency_head", reason="Batal.")).status_code == 200
    for unit, stage in ((moved, "ditarik"), (unmoved, "pengisian")):
        fact = StageMoved(
            unit_id=unit, version=7, stage_id=f"{unit}:{YEAR}", year=YEAR, stage="desk", round=1, tpi_round=1,
            is_nominated=True, objection="none",
        )  # fmt: skip
        said = await planning.db.run(partial(snapshot.lift, behind=Behind(fact, 7)))
        assert said is not None
        assert [(one.version, one.stage) for one in said if isinstance(one, StageMoved)] == [(8, stage)]
        shown = (await planning.call("GET", f"/units/{unit}/stages/{YEAR}", "verifier", unit)).json()
        assert (shown["version"], shown["stage"]) == (8, stage)
    nowhere = fact.model_copy(update={"unit_id": "nowhere", "stage_id": f"nowhere:{YEAR}"})
    assert await planning.db.run(partial(snapshot.lift, behind=Behind(nowhere, 7))) is None


async def test_a_person_is_lifted_above_the_floor_and_nobody_else_is(planning: Planning) -> None:
    unit = await planning.unit()
    one, other = [await planning.person(unit) for _ in range(2)]
    fact = PersonChanged(
        unit_id=unit, version=7, person_id=one["person_id"], active_from="2025-01-02"
    )  # fmt: skip
    said = await planning.db.run(partial(snapshot.lift, behind=Behind(fact, 7)))
    assert said is not None
    assert [(lifted.subject(), lifted.version) for lifted in said] == [(one["person_id"], 8)]
    shown = (await planning.call("GET", f"/people/{other['person_id']}", "admin", unit)).json()
    assert shown["version"] == 1
    nobody = fact.model_copy(update={"person_id": str(uuid4())})
    assert await planning.db.run(partial(snapshot.lift, behind=Behind(nobody, 7))) is None
    foreign = fact.model_copy(update={"person_id": "no-uuid"})
    assert await planning.db.run(partial(snapshot.lift, behind=Behind(foreign, 7))) is None


async def test_a_finding_is_lifted_above_its_floor(planning: Planning) -> None:
    unit = await planning.programme()
    await stages.lead_to(planning, unit, "penilaian_tpi")
    found = await stages.find(planning, unit, "A.I.1.i.b")
    fact = FindingOpened(
        unit_id=unit, version=3, finding_id=found["finding_id"], year=YEAR, item_code="A.I.1.i.b",
        state="open", open_count=1,
    )  # fmt: skip
    said = await planning.db.run(partial(snapshot.lift, behind=Behind(fact, 3)))
    assert said is not None
    assert [one.version for one in said] == [4]
    lost = fact.model_copy(update={"finding_id": "019a9c1e-0000-7000-8000-000000000000"})
    assert await planning.db.run(partial(snapshot.lift, behind=Behind(lost, 3))) is None
