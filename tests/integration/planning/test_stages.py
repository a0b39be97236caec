"""The stages of an assessment over HTTP: acts, rounds, findings, and who may not act."""

import asyncio
from typing import Any

import pytest

from services.planning.stages.domain.acts import Act
from services.planning.stages.usecases.acts import perform
from shared.kernel import DomainError
from shared.security import Principal, Scope
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.stages import (
    act,
    answer_as,
    done,
    fill,
    find,
    give,
    lead_to,
    let_propose,
    stage_of,
    whole_sheet,
)

YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}
B = {"item_code": "A.I.1.i.b", "letter": "B"}
DECREE = {"number": "B/12/2026", "dated_on": "2026-01-05", "signatory": "Menteri PANRB"}
ALL_CLEAR = {"is_awarded": True, "cleared": ["ombudsman", "kpk", "apip"], "decree": DECREE}


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
    await done(planning, unit, "finish_round", "tpi")
    await fill(planning, unit, layer="tpi", seen="*")
    assert (await planning.answer(unit, B, layer="tpi")).status_code == 200
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


async def test_tpn_layer_of_a_unit_never_nominated(planning: Planning) -> None:
    unit = await planning.programme()
    refused = await planning.answer(unit, YA, layer="tpn")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_nominated")


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


async def test_nobody_is_awarded_before_all_have_cleared(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "panel")
    silent = await act(planning, unit, "decide", "tpn")
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "is_awarded")
    bare = await act(planning, unit, "decide", "tpn", is_awarded=True, cleared=["kpk"])
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "decree")
    refused = await act(planning, unit, "decide", "tpn", is_awarded=True, cleared=["kpk"], decree=DECREE)
    assert (refused.status_code, refused.json()["code"], refused.json()["missing"]) == (
        409, "not_cleared", ["ombudsman", "apip"],
    )  # fmt: skip
    assert (await done(planning, unit, "decide", "tpn", is_awarded=False))["is_awarded"] is False
    never = await act(planning, unit, "revoke", "tpn", reason="x", decree=DECREE)
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
