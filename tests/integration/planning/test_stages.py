"""The stages of an assessment over HTTP: acts, windows, rounds, findings."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.planning.stages.domain.acts import Act
from services.planning.stages.usecases.acts import perform
from shared.db.bootstrap import ServiceDatabase
from shared.kernel import DomainError
from shared.security import Principal, Scope
from tests.support.clock import run_by, stand_still
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.stages import act, answer_as, assign, fill, find, give, lead_to, let_propose, whole_sheet

YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}
B = {"item_code": "A.I.1.i.b", "letter": "B"}
ALL_CLEAR = {"is_awarded": True, "cleared": ["ombudsman", "kpk", "apip"]}


async def stage_of(planning: Planning, unit: str, role: str = "verifier") -> dict[str, Any]:
    shown = await planning.call("GET", f"/units/{unit}/stages/{YEAR}", role, unit)
    assert shown.status_code == 200, shown.text
    return dict(shown.json())


async def announce(
    planning: Planning,
    window: str,
    *,
    agency: str | None = AGENCY,
    seen: str = "*",
    year: int = YEAR,
    **body: Any,
) -> Any:
    level = "national" if agency is None else "agency"
    headers = planning.issuer.headers("admin", level=level, agencies=[AGENCY], subject="ratna")
    query = {} if agency is None else {"agency_id": agency}
    return await planning.client.put(
        f"/windows/{year}/{window}", params=query, json=body, headers=headers | {"If-Match": seen}
    )


async def done(planning: Planning, unit: str, name: str, role: str, **body: Any) -> dict[str, Any]:
    made = await act(planning, unit, name, role, **body)
    assert made.status_code == 200, (name, made.text)
    return dict(made.json())


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for a package, gates or preconditions: proposals have tests of their own."""
    monkeypatch.setattr("services.planning.main.HOOKS", {})


async def test_a_whole_life_from_filling_to_the_decree(unguarded: None, planning: Planning) -> None:
    unit = await planning.programme()
    await let_propose(planning)
    assert (await stage_of(planning, unit))["stage"] == "pengisian"
    await fill(planning, unit)
    await done(planning, unit, "submit", "unit_operator")
    await give(planning, unit, f"tpi-of-{unit}")
    await done(planning, unit, "return", "tpi", reason="Bukti butir A.I.1.i.b kurang.")
    assert (await planning.answer(unit, B)).status_code == 200
    assert (await stage_of(planning, unit))["changed_items"] == ["A.I.1.i.b"]
    await done(planning, unit, "resubmit", "unit_leader")
    assert (await planning.answer(unit, B, layer="tpi")).status_code == 200
    for _ in range(2):
        await done(planning, unit, "finish_round", "tpi")
    await done(planning, unit, "propose", "agency_head")
    await done(planning, unit, "accept", "tpn")
    assert (await planning.answer(unit, B, layer="tpn")).status_code == 200
    await done(planning, unit, "to_field", "tpn")
    assert (await planning.answer(unit, YA, layer="tpn")).status_code == 200
    await done(planning, unit, "open_objection", "tpn")
    await done(planning, unit, "object", "agency_head", reason="Nilai lapangan keliru.")
    await done(planning, unit, "dismiss_objection", "tpn", reason="Sudah sesuai.")
    await done(planning, unit, "to_panel", "tpn")
    end = await done(planning, unit, "decide", "tpn", **ALL_CLEAR)
    assert (end["stage"], end["is_awarded"], end["objection"], end["round"]) == (
        "ditetapkan", True, "answered", 2,
    )  # fmt: skip
    assert [move["version"] for move in end["moves"]] == list(range(1, end["version"] + 1))
    facts = [version for kind, version in await planning.events(unit) if kind == "stage.moved.v1"]
    assert facts == list(range(1, end["version"] + 1)), "an event per step"
    audited = await planning.rows(
        "SELECT count(*) FROM audit WHERE entity = 'stage' AND entity_id = :w", w=f"{unit}:{YEAR}"
    )
    assert audited[0][0] == end["version"]


@pytest.mark.parametrize("layer", ["unit", "tpi", "tpn"])
async def test_after_the_decree_nothing_changes(planning: Planning, layer: str) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "ditetapkan")
    refused = await planning.answer(unit, YA, layer=layer)
    assert (refused.status_code, refused.json()["code"]) == (409, "frozen_layer")


async def test_incomplete_submit(planning: Planning) -> None:
    unit = await planning.programme()
    sheet = [one for one in whole_sheet() if one["item_code"] not in {"A.I.1.i.a", "A.II.1.i.a"}]
    await planning.answer(unit, *sheet, {"item_code": "A.II.1.i.a", "inputs": {"n1": 0, "n2": 0}})
    await planning.answer(unit, {"item_code": "A.II.5.iii.a", "inputs": {"n1": 1}})
    refused = await act(planning, unit, "submit", "unit_operator")
    body = refused.json()
    assert (refused.status_code, body["code"]) == (409, "incomplete_submit")
    assert (body["blank"], body["undefined"], body["partial"]) == (
        ["A.I.1.i.a"], ["A.II.1.i.a"], ["A.II.5.iii.a"],
    )  # fmt: skip
    assert (await stage_of(planning, unit))["version"] == 0
    assert await planning.rows("SELECT 1 FROM stage_round WHERE unit_id = :u", u=unit) == []


async def test_frozen_layer(planning: Planning) -> None:
    unit = await planning.programme()
    await fill(planning, unit)
    await done(planning, unit, "submit", "unit_operator")
    refused = await planning.answer(unit, YA)
    body = refused.json()
    assert (refused.status_code, body["code"], body["layer"], body["stage"]) == (
        409, "frozen_layer", "unit", "penilaian_tpi",
    )  # fmt: skip


async def test_a_frozen_round_stays_readable_when_the_worksheet_goes_on(planning: Planning) -> None:
    unit = await planning.programme()
    await fill(planning, unit)
    await done(planning, unit, "submit", "unit_operator")
    await give(planning, unit, f"tpi-of-{unit}")
    path = f"/units/{unit}/stages/{YEAR}/rounds"
    first = (await planning.call("GET", f"{path}/unit/1", "verifier", unit)).json()
    await done(planning, unit, "return", "tpi", reason="Perbaiki.")
    await planning.answer(unit, B)
    await done(planning, unit, "resubmit", "unit_operator")
    again = (await planning.call("GET", f"{path}/unit/1", "verifier", unit)).json()
    assert again == first
    second = (await planning.call("GET", f"{path}/unit/2", "verifier", unit)).json()
    letters = [{one["item_code"]: one["letter"] for one in told["answers"]} for told in (first, second)]
    assert [told["A.I.1.i.b"] for told in letters] == ["A", "B"]
    assert first["sha256"] != second["sha256"]
    assert (len(first["answers"]), second["cut"] - first["cut"]) == (113, 1)
    listed = (await planning.call("GET", path, "verifier", unit)).json()["items"]
    assert [(one["layer"], one["round"], one["sha256"]) for one in listed] == [
        ("unit", 1, first["sha256"]), ("unit", 2, second["sha256"]),
    ]  # fmt: skip
    assert (await planning.call("GET", f"{path}/tpi/1", "verifier", unit)).status_code == 404
    for statement in ("UPDATE stage_round SET cut = 0", "DELETE FROM stage_round", "DELETE FROM stage_move"):
        with pytest.raises(Exception, match="permission denied"):
            await planning.rows(statement)


async def test_a_round_names_the_evidence_as_it_was_when_it_was_handed_in(planning: Planning) -> None:
    unit = await planning.programme()
    proof = (await planning.upload(unit, "sk.pdf", PDF)).json()["evidence_id"]
    await fill(planning, unit)
    await planning.answer(unit, YA | {"evidence_ids": [proof]})
    await done(planning, unit, "submit", "unit_operator")
    anew = await planning.call(
        "PUT",
        f"/evidence/{proof}/content",
        "unit_operator",
        unit,
        files={"file": ("sk.pdf", PDF + b"x", "application/pdf")},
        headers={"If-Match": '"1"'},
    )
    assert anew.status_code == 200, anew.text
    told = (await planning.call("GET", f"/units/{unit}/stages/{YEAR}/rounds/unit/1", "verifier", unit)).json()
    assert told["revisions"] == {proof: 1}


async def test_illegal_transition_names_what_leads_on(planning: Planning) -> None:
    unit = await planning.programme()
    refused = await act(planning, unit, "propose", "agency_head")
    body = refused.json()
    assert (refused.status_code, body["code"], body["acts"]) == (
        409,
        "illegal_transition",
        ["submit", "withdraw"],
    )


@pytest.mark.parametrize("name", ["submit", "finish_round"])
async def test_an_act_without_its_role_is_forbidden(planning: Planning, name: str) -> None:
    unit = await planning.programme()
    refused = await act(planning, unit, name, "agency_head")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_return_needs_a_reason(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi")
    refused = await act(planning, unit, "return", "tpi")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reason")


async def test_a_ministry_s_unit_is_checked_before_tpi(planning: Planning) -> None:
    unit = await planning.programme(agency="a-ministry")
    headers = planning.issuer.headers("admin", level="agency", agencies=["a-ministry"])
    said = await planning.client.put(
        "/agencies/a-ministry", json={"agency_type": "kementerian"}, headers=headers | {"If-Match": '"0"'}
    )
    assert (said.status_code, said.json()["has_preliminary"], said.headers["etag"]) == (200, True, '"1"')
    await fill(planning, unit)
    assert (await done(planning, unit, "submit", "unit_operator"))["stage"] == "penilaian_pendahuluan"
    above = planning.issuer.headers("verifier", level="unit", units=[unit], subject="eselon-1")
    path = f"/units/{unit}/stages/{YEAR}/acts"
    answer = await planning.client.post(f"{path}/forward", json={}, headers=above | {"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["stage"]) == (200, "penilaian_tpi")


async def test_an_agency_s_type_is_one_of_the_data_s_and_its_version_counts(planning: Planning) -> None:
    headers = planning.issuer.headers("admin", level="agency", agencies=["a-typed"])

    async def put(agency: str, agency_type: str, seen: str) -> tuple[int, str]:
        answer = await planning.client.put(
            f"/agencies/{agency}", json={"agency_type": agency_type}, headers=headers | {"If-Match": seen}
        )
        return answer.status_code, answer.json().get("code", "")

    assert await put("a-typed", "kerajaan", "*") == (422, "agency_type_unknown")
    assert await put("a-typed", "lembaga", '"0"') == (200, "")
    assert await put("a-typed", "kementerian", '"0"') == (412, "stale_version")
    assert await put("a-other", "kementerian", "*") == (403, "forbidden")
    shown = (await planning.client.get("/agencies/a-typed", headers=headers)).json()
    assert (shown["agency_type"], shown["has_preliminary"], shown["version"]) == ("lembaga", False, 1)


@pytest.mark.parametrize(("zone", "hours"), [("WIB", 7), ("WITA", 8), ("WIT", 9)])
async def test_last_day_cut(
    planning: Planning, planning_database: ServiceDatabase, zone: str, hours: int
) -> None:
    """23:59:59 of the last day in the unit's zone is within, 00:00 is not; the database's clock decides."""
    agency = f"a-{zone.lower()}"
    unit = await planning.unit(zone=zone, agency=agency)
    await planning.another_programme(unit, YEAR, agency=agency)
    headers = planning.issuer.headers("admin", level="agency", agencies=[agency])
    made = await planning.client.put(
        f"/windows/{YEAR}/pengisian",
        params={"agency_id": agency},
        json={"opens_on": "2026-03-01", "closes_on": "2026-03-31"},
        headers=headers | {"If-Match": '"0"'},
    )
    assert made.status_code == 200, made.text
    owner = await asyncpg.connect(planning_database.owner_url)
    try:
        midnight = datetime(2026, 4, 1, tzinfo=UTC) - timedelta(hours=hours)
        for moment, expected in (
            (datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=hours, seconds=1), 409),
            (datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=hours), 200),
            (midnight - timedelta(seconds=1), 200),
            (midnight, 409),
        ):
            await stand_still(owner, moment)
            answer = await planning.answer(unit, YA)
            assert answer.status_code == expected, (moment, answer.text)
            if expected == 409:
                assert answer.json()["code"] == "closed_window"
            shown = await planning.call("GET", f"/units/{unit}/stages/{YEAR}", "unit_operator", unit)
            assert shown.json()["writable"] == (["unit"] if expected == 200 else [])
        submitted = await act(planning, unit, "submit", "unit_operator")
        assert (submitted.status_code, submitted.json()["code"]) == (409, "closed_window")
    finally:
        await run_by(owner, "clock_timestamp()")
        await owner.close()


async def test_a_proposal_waits_for_nobody_after_31_may_unless_another_day_was_announced(
    unguarded: None, planning: Planning, planning_database: ServiceDatabase
) -> None:
    agency = "a-late"
    unit = await planning.programme(agency=agency)
    await lead_to(planning, unit, "pengusulan", agency=agency)
    head = planning.issuer.headers("agency_head", level="agency", agencies=[agency])
    path = f"/units/{unit}/stages/{YEAR}/acts/propose"
    owner = await asyncpg.connect(planning_database.owner_url)
    try:
        await stand_still(owner, datetime(2026, 5, 31, 17, tzinfo=UTC))
        late = await planning.client.post(path, json={}, headers=head | {"If-Match": "*"})
        assert (late.status_code, late.json()["code"], late.json()["closes_on"]) == (
            409, "closed_window", "2026-05-31",
        )  # fmt: skip
        admin = planning.issuer.headers("admin", level="agency", agencies=[agency])
        moved = await planning.client.put(
            f"/windows/{YEAR}/pengusulan",
            params={"agency_id": agency},
            json={"closes_on": "2026-06-14"},
            headers=admin | {"If-Match": '"0"'},
        )
        assert moved.status_code == 200, moved.text
        done_ = await planning.client.post(path, json={}, headers=head | {"If-Match": "*"})
        assert (done_.status_code, done_.json()["stage"]) == (200, "pra_evaluasi")
    finally:
        await run_by(owner, "clock_timestamp()")
        await owner.close()


async def test_a_window_is_announced_once_and_moved_with_a_reason(planning: Planning) -> None:
    made = await announce(planning, "desk", closes_on="2026-09-30", seen='"0"')
    assert (made.status_code, made.json()["version"]) == (200, 1)
    stale = await announce(planning, "desk", closes_on="2026-10-01", seen='"0"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    silent = await announce(planning, "desk", closes_on="2026-10-01", seen='"1"')
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "reason")
    moved = await announce(planning, "desk", closes_on="2026-10-01", seen='"1"', reason="Surat Menteri.")
    assert (moved.status_code, moved.json()["version"], moved.json()["closes_on"]) == (200, 2, "2026-10-01")
    everyone = await announce(planning, "desk", agency=None, closes_on="2026-12-01")
    assert everyone.status_code == 200
    unit = await planning.programme()
    days = {one["window"]: one["closes_on"] for one in (await stage_of(planning, unit))["windows"]}
    assert days["desk"] == "2026-10-01", "the agency's own beats everybody's"
    rows = (await planning.call("GET", f"/windows?year={YEAR}", "unit_operator", unit)).json()["items"]
    assert {(one["agency_id"], one["closes_on"]) for one in rows if one["window"] == "desk"} == {
        (AGENCY, "2026-10-01"), (None, "2026-12-01"),
    }  # fmt: skip
    audited = await planning.rows("SELECT audit::text FROM audit WHERE operation = 'announce_window'")
    assert audited
    assert not [row for row in audited if "Menteri" in row[0]]


async def test_windows_for_all_are_a_national_administrator_s_and_others_one_s_own(
    planning: Planning,
) -> None:
    headers = planning.issuer.headers("admin", level="agency", agencies=[AGENCY]) | {"If-Match": "*"}
    body = {"closes_on": "2026-10-01"}
    for query in ({}, {"agency_id": "a2"}):
        refused = await planning.client.put(f"/windows/{YEAR}/desk", params=query, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("body", [{}, {"opens_on": "2026-03-02", "closes_on": "2026-03-01"}])
async def test_days_that_are_no_window_are_refused(planning: Planning, body: dict[str, Any]) -> None:
    refused = await announce(planning, "panel", **body)
    assert (refused.status_code, refused.json()["code"]) == (422, "window_invalid")


async def test_tpn_layer_of_a_unit_never_nominated(planning: Planning) -> None:
    unit = await planning.programme()
    refused = await planning.answer(unit, YA, layer="tpn")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_nominated")


async def test_tpi_writes_what_it_was_given_alone(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi", "somebody-else")
    refused = await planning.answer(unit, YA, layer="tpi")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_assigned")
    for name in ("return", "finish_round"):
        refused = await act(planning, unit, name, "tpi", reason="x")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_assigned")
    assert (await planning.answer(unit, YA, layer="tpi", subject="somebody-else")).status_code == 200


@pytest.mark.parametrize(
    ("role", "number", "status"), [("anggota", 1, 403), ("ketua", 1, 200), ("ketua", 2, 403)]
)
async def test_who_ends_a_round_of_tpi_is_data(
    planning: Planning, role: str, number: int, status: int
) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi", role=role)
    if number == 2:
        await lead_to(planning, unit, "penilaian_tpi", "pengendali")
        await done(planning, unit, "finish_round", "tpi", subject="pengendali")
    ended = await act(planning, unit, "finish_round", "tpi")
    assert ended.status_code == status, ended.text
    if status == 403:
        assert ended.json()["code"] == "round_not_yours"


REVIEWS = [
    ("forward", "verifier", "penilaian_pendahuluan"), ("return", "verifier", "penilaian_pendahuluan"),
    ("return", "tpi", "penilaian_tpi"), ("finish_round", "tpi", "penilaian_tpi"),
    ("accept", "tpn", "pra_evaluasi"), ("refuse", "tpn", "pra_evaluasi"), ("to_field", "tpn", "desk"),
    ("open_objection", "tpn", "lapangan"), ("uphold_objection", "tpn", "sanggah"),
    ("dismiss_objection", "tpn", "sanggah"), ("to_panel", "tpn", "sanggah"), ("decide", "tpn", "panel"),
    ("revoke", "tpn", "ditetapkan"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "role", "stage"), REVIEWS)
async def test_own_assessment(planning: Planning, name: str, role: str, stage: str) -> None:
    """Nobody reviews a unit that they wrote for, handed in for, or work in; and not by a role of a unit."""
    unit = await planning.programme()
    await planning.answer(unit, YA, subject="budi")
    await lead_to(planning, unit, stage, "budi", "both")
    both = planning.issuer.token(
        roles=[role, "unit_operator"], level="national", agencies=[AGENCY], units=[unit], sub="both"
    )
    answers = [
        await act(planning, unit, name, role, subject="budi", reason="x"),
        await planning.client.post(
            f"/units/{unit}/stages/{YEAR}/acts/{name}",
            json={"reason": "x"},
            headers={"Authorization": f"Bearer {both}", "If-Match": "*"},
        ),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(403, "own_assessment")] * 2


async def test_who_reviewed_a_unit_never_fills_or_hands_in_for_it(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi", "budi")
    await done(planning, unit, "return", "tpi", subject="budi", reason="x")
    refused = [
        await planning.answer(unit, YA, subject="budi"),
        await act(planning, unit, "resubmit", "unit_operator", subject="budi"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "own_assessment")] * 2


async def test_an_assessor_never_writes_about_the_unit_they_work_in(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi", "budi")
    await planning.rows("UPDATE assessor SET unit_id = :u WHERE subject = 'budi' RETURNING 1", u=unit)
    refused = await planning.answer(unit, YA, layer="tpi", subject="budi")
    assert (refused.status_code, refused.json()["code"]) == (403, "own_assessment")


async def test_the_agency_objects_once_and_a_right_objection_leads_back_to_the_field(
    planning: Planning,
) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "sanggah")
    no_objection = await act(planning, unit, "dismiss_objection", "tpn", reason="x")
    assert (no_objection.status_code, no_objection.json()["code"]) == (409, "no_objection")
    await done(planning, unit, "object", "agency_head", reason="Keliru.")
    early = await act(planning, unit, "to_panel", "tpn")
    assert (early.status_code, early.json()["code"]) == (409, "objection_open")
    assert (await done(planning, unit, "uphold_objection", "tpn", reason="Benar."))["stage"] == "lapangan"
    assert (await planning.answer(unit, YA, layer="tpn")).status_code == 200
    bare = await act(planning, unit, "open_objection", "tpn")
    assert (bare.status_code, bare.json()["code"]) == (409, "differences_unexplained")
    explained = await planning.answer(unit, YA | {"note": "Terlihat di lapangan."}, layer="tpn", seen="*")
    assert explained.status_code == 200
    await done(planning, unit, "open_objection", "tpn")
    again = await act(planning, unit, "object", "agency_head", reason="Sekali lagi.")
    assert (again.status_code, again.json()["code"]) == (409, "objection_spent")
    await done(planning, unit, "to_panel", "tpn")


async def test_an_objection_after_its_window_is_refused(planning: Planning) -> None:
    agency = "a-objecting"
    unit = await planning.programme(agency=agency)
    await lead_to(planning, unit, "sanggah", agency=agency)
    admin = planning.issuer.headers("admin", level="agency", agencies=[agency])
    await planning.client.put(
        f"/windows/{YEAR}/sanggah",
        params={"agency_id": agency},
        json={"closes_on": "2020-01-01"},
        headers=admin | {"If-Match": "*"},
    )
    head = planning.issuer.headers("agency_head", level="agency", agencies=[agency])
    late = await planning.client.post(
        f"/units/{unit}/stages/{YEAR}/acts/object", json={"reason": "x"}, headers=head | {"If-Match": "*"}
    )
    assert (late.status_code, late.json()["code"]) == (409, "closed_window")


async def test_nobody_is_awarded_before_all_have_cleared(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "panel")
    silent = await act(planning, unit, "decide", "tpn")
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "is_awarded")
    refused = await act(planning, unit, "decide", "tpn", is_awarded=True, cleared=["kpk"])
    assert (refused.status_code, refused.json()["code"], refused.json()["missing"]) == (
        409, "not_cleared", ["ombudsman", "apip"],
    )  # fmt: skip
    assert (await done(planning, unit, "decide", "tpn", is_awarded=False))["is_awarded"] is False
    never = await act(planning, unit, "revoke", "tpn", reason="x")
    assert (never.status_code, never.json()["code"]) == (409, "not_awarded")


async def test_a_finding_is_answered_before_the_worksheet_comes_in_again(planning: Planning) -> None:
    unit = await planning.programme()
    await fill(planning, unit)
    await done(planning, unit, "submit", "unit_operator")
    await give(planning, unit, f"tpi-of-{unit}")
    found = [await find(planning, unit, code) for code in ("A.I.1.i.a", "A.I.2.i.a")]
    assert [one["open_count"] for one in found] == [1, 2]
    await done(planning, unit, "return", "tpi", reason="Jawab temuan.")
    refused = await act(planning, unit, "resubmit", "unit_operator")
    assert (refused.status_code, refused.json()["code"]) == (409, "findings_open")
    assert [error["field"] for error in refused.json()["errors"]] == [one["finding_id"] for one in found]

    async def answer(number: int, seen: str = '"1"') -> Any:
        return await planning.call(
            "POST",
            f"/findings/{found[number]['finding_id']}/answer",
            "unit_operator",
            unit,
            json={"answer": "SK nomor 3."},
            headers={"If-Match": seen},
        )

    first = await answer(0)
    assert (first.status_code, first.json()["state"], first.json()["open_count"]) == (200, "answered", 1)
    assert ((await answer(0)).status_code, (await answer(0, '"2"')).json()["code"]) == (
        412,
        "finding_answered",
    )
    assert (await answer(1)).json()["open_count"] == 0
    await done(planning, unit, "resubmit", "unit_operator")
    listed = await planning.call("GET", f"/units/{unit}/stages/{YEAR}/findings", "tpi", unit)
    assert [one["answer"] for one in listed.json()["items"]] == ["SK nomor 3."] * 2
    rows = await planning.rows(
        "SELECT convert_from(payload, 'utf8') || headers::text FROM outbox WHERE record_key = :u"
        " UNION ALL SELECT audit::text FROM audit",
        u=unit,
    )
    assert not [row for row in rows if "SK nomor 3" in row[0] or "Mana SK" in row[0]], "no words leave"


async def test_a_finding_is_about_an_item_and_raised_while_tpi_assesses(planning: Planning) -> None:
    unit = await planning.programme()

    async def found(item: str) -> tuple[int, str]:
        body = {"item_code": item, "text": "x"}
        answer = await planning.call("POST", f"/units/{unit}/stages/{YEAR}/findings", "tpi", unit, json=body)
        return answer.status_code, answer.json().get("code", "")

    assert await found("A.I.1.i.a") == (409, "frozen_layer")
    await lead_to(planning, unit, "penilaian_tpi")
    assert await found("A.I.1") == (422, "unknown_item")
    assert await found("A.I.1.i.a") == (201, "")


async def test_a_stage_has_a_version_and_a_repeated_key_one_effect(planning: Planning) -> None:
    unit = await planning.programme()
    stale = await act(planning, unit, "withdraw", "agency_head", seen='"3"', reason="x")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    missing = await planning.call(
        "POST", f"/units/{unit}/stages/{YEAR}/acts/withdraw", "agency_head", unit, json={"reason": "x"}
    )
    assert missing.status_code == 428
    key = {"Idempotency-Key": f"a-key-of-{unit}"}
    first = await act(planning, unit, "withdraw", "agency_head", seen='"0"', reason="x", headers=key)
    again = await act(planning, unit, "withdraw", "agency_head", seen='"0"', reason="x", headers=key)
    assert (first.status_code, first.headers["etag"], again.headers["idempotency-replayed"]) == (
        200,
        '"1"',
        "true",
    )
    assert again.json() == first.json()
    assert len((await stage_of(planning, unit))["moves"]) == 1


async def test_an_answer_never_slips_into_a_layer_that_is_just_handed_in(planning: Planning) -> None:
    """Whoever waits for the worksheet's lock sees the stage as it is behind it."""
    unit = await planning.programme()
    await fill(planning, unit)
    writes = [planning.answer(unit, B) for _ in range(6)]
    answers = await asyncio.gather(*writes[:3], act(planning, unit, "submit", "unit_operator"), *writes[3:])
    assert answers[3].status_code == 200
    rows = await planning.rows("SELECT cut FROM stage_round WHERE unit_id = :u", u=unit)
    assert (await planning.worksheet(unit))["version"] == rows[0][0]
    refusals = {one.json()["code"] for one in answers if one.status_code != 200}
    assert refusals <= {"frozen_layer"}


async def test_what_others_do_within_an_act_is_of_one_piece_with_it(planning: Planning) -> None:
    """A hook runs before the answers are asked for, and its refusal leaves nothing."""
    unit = await planning.programme()
    await fill(planning, unit)
    actor = Principal(f"op-of-{unit}", frozenset({"unit_operator"}), Scope("unit", units=frozenset({unit})))

    class NotYetError(DomainError):
        code = "not_yet"

    async def refuse(*_: object) -> None:
        raise NotYetError("Belum.")

    with pytest.raises(NotYetError):
        await planning.db.run(
            lambda session: perform(session, actor, unit, YEAR, Act.SUBMIT, seen=None, hook=refuse)
        )
    assert (await stage_of(planning, unit))["version"] == 0
    seen: list[int] = []

    async def note(*told: Any) -> None:
        seen.append(told[2].assessment.version)

    await planning.db.run(
        lambda session: perform(session, actor, unit, YEAR, Act.SUBMIT, seen=None, hook=note)
    )
    assert seen == [0]
    assert (await stage_of(planning, unit))["stage"] == "penilaian_tpi"


async def test_a_merged_unit_is_moved_no_more(planning: Planning) -> None:
    unit, other = await planning.programme(), await planning.programme()
    merged = await planning.call(
        "POST", f"/units/{unit}/merge", "admin", unit, json={"into": other}, headers={"If-Match": '"1"'}
    )
    assert merged.status_code == 200
    refused = await act(planning, unit, "withdraw", "agency_head", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_merged")


async def test_own_assessment_in_writing_is_of_every_year(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.another_programme(unit, YEAR + 1)
    await answer_as(planning, unit, YA, layer="unit", subject="budi")
    refused = await answer_as(planning, unit, YA, layer="tpi", subject="budi", year=str(YEAR + 1))
    assert refused.json()["code"] == "own_assessment"


async def test_a_team_takes_no_fifteenth_unit(planning: Planning) -> None:
    units = [await planning.programme() for _ in range(15)]
    team = await give(planning, units[0], "anggota-1", "anggota-2")
    for unit in units[1:14]:
        assert (await assign(planning, unit, team)).status_code == 200
    full = await assign(planning, units[14], team)
    assert (full.status_code, full.json()["code"], full.json()["units"], full.json()["limit"]) == (
        409, "team_full", 14, 14,
    )  # fmt: skip
    assert (await assign(planning, units[3], team)).status_code == 200, "one it has already"
    loads = (await planning.call("GET", f"/assessor-workload?year={YEAR}&limit=200", "tpi", units[0])).json()
    (load,) = [one for one in loads["items"] if one["team_id"] == team]
    assert (load["units"], load["unit_limit"], load["minutes"]) == (14, 14, 14 * 390)
    assert [(one["units"], one["minutes"]) for one in load["members"]] == [(14, 14 * 195)] * 2


async def test_a_unit_takes_no_more_than_its_minutes(planning: Planning) -> None:
    unit = await planning.programme()
    team = await give(planning, unit, "anggota-3", "anggota-4")
    rows = (await planning.call("GET", f"/assessors?team_id={team}", "admin", unit)).json()["items"]
    ids = [row["assessor_id"] for row in rows]
    shares = [{"assessor_id": id_, "areas": [2, 1], "minutes": 195} for id_ in ids]
    done_ = await assign(planning, unit, team, members=shares)
    assert (done_.status_code, done_.json()["members"][0]["areas"]) == (200, [1, 2])
    over = await assign(planning, unit, team, members=[shares[0], shares[1] | {"minutes": 196}])
    assert (over.status_code, over.json()["code"], over.json()["minutes"], over.json()["limit"]) == (
        422, "minutes_over_limit", 391, 390,
    )  # fmt: skip
    twice = await assign(planning, unit, team, members=[shares[0], shares[0]])
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (422, "duplicate")


async def test_an_assessor_has_an_organisation(planning: Planning) -> None:
    """Source: requirements.md R-020."""
    unit = await planning.programme()
    team = await give(planning, unit, "anggota-5")
    for body in ({}, {"organisation": "  "}):
        refused = await planning.call(
            "POST", "/assessors", "admin", unit, json={"team_id": team, "subject": "x", **body}
        )
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "organisation")


async def test_nobody_is_given_the_unit_they_work_for(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, YA, subject="penulis")
    team = await give(planning, await planning.programme(), "penulis", "tetangga")
    rows = (await planning.call("GET", f"/assessors?team_id={team}", "admin", unit)).json()["items"]
    by_subject = {row["subject"]: row for row in rows}
    changed = await planning.call(
        "PATCH",
        f"/assessors/{by_subject['tetangga']['assessor_id']}",
        "admin",
        unit,
        json={"unit_id": unit},
        headers={"If-Match": '"1"'},
    )
    assert (changed.status_code, changed.json()["unit_id"]) == (200, unit)
    refused = await assign(planning, unit, team)
    assert (refused.status_code, refused.json()["code"], len(refused.json()["errors"])) == (
        403, "own_assessment", 2,
    )  # fmt: skip


async def test_a_team_is_of_the_unit_s_agency_and_of_people_who_still_assess(planning: Planning) -> None:
    unit, far = await planning.programme(), await planning.programme(agency="a-far")
    team = await give(planning, unit, "anggota-6")
    headers = planning.issuer.headers("admin", level="national") | {"If-Match": "*"}
    refused = await planning.client.put(
        f"/units/{far}/stages/{YEAR}/team", json={"team_id": team}, headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "team_unknown")
    (row,) = (await planning.call("GET", f"/assessors?team_id={team}", "admin", unit)).json()["items"]
    gone = await planning.call(
        "PATCH",
        f"/assessors/{row['assessor_id']}",
        "admin",
        unit,
        json={"is_active": False},
        headers={"If-Match": '"1"'},
    )
    assert gone.status_code == 200
    await lead_to(planning, unit, "penilaian_tpi", "other")
    stopped = await planning.answer(unit, YA, layer="tpi", subject="anggota-6")
    assert stopped.json()["code"] == "not_assigned"
    refused = await assign(planning, unit, team)
    assert (refused.status_code, refused.json()["code"]) == (422, "assessor_unknown")


async def test_a_national_team_is_a_national_administrator_s(planning: Planning) -> None:
    unit = await planning.programme()
    body = {"team_id": f"tpn-{unit}", "layer": "tpn", "name": "Tim nasional"}
    refused = await planning.call("POST", "/assessor-teams", "admin", unit, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    headers = planning.issuer.headers("admin", level="national")
    made = await planning.client.post("/assessor-teams", json=body, headers=headers)
    assert (made.status_code, made.json()["agency_id"]) == (201, None)
    again = await planning.client.post("/assessor-teams", json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "team_exists")
