"""Worksheets over HTTP: layers, versions, findings, costs."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shared.db.database import count_statements
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from tests.support.planning import YEAR, Planning
from tests.support.stages import answer_as, lead_to

YA = {"item_code": "A.I.1.i.a", "letter": "ya"}
INDEX = {"item_code": "B.I.a", "index": "3,71"}
COUNTS = {"item_code": "A.II.1.i.a", "inputs": {"n1": 4, "n2": 3}}


@pytest.mark.parametrize(
    ("stored", "typed", "expected"),
    [
        ({}, {"A.II.1.i.a": {"n1": 4, "n2": 3}}, []),
        ({}, {"A.II.1.i.a": {"n1": 4}}, [("A.II.1.i.a", "partial")]),
        ({}, {"A.II.1.i.a": {"n1": 4, "n2": 15}}, [("A.II.1.i.a", "capped")]),
        ({}, {"A.II.1.i.a": {"n1": 0, "n2": 0}}, [("A.II.1.i.a", "zero_denominator")]),
        ({}, {"A.II.5.iii.a": {"n0": 9, "n4": 9}}, [("A.II.5.iii.a", "total_alone")]),
        (
            {},
            {"A.II.5.iii.b": {"n0": 2, "n1": 1, "n4": 3}},
            [("A.II.5.iii.b", c) for c in ("capped", "total_alone")],
        ),
        (
            {"A.II.1.i.b": {"n1": 5, "n2": 2}},
            {"A.II.1.i.a": {"n1": 4, "n2": 3}},
            [("A.II.1.i.b", "changes_differ")],
        ),
        (
            {"A.II.1.i.a": {"n1": 4, "n2": 15}},
            {"A.II.1.i.b": {"n1": 5, "n2": 2}},
            [("A.II.1.i.a", "capped"), ("A.II.1.i.b", "changes_differ")],
        ),
        ({"A.II.5.iii.a": {"n4": 3}}, {"A.II.1.i.a": {"n1": 4, "n2": 3}}, []),
    ],
)
async def test_whoever_types_hears_what_looks_wrong_or_does_not_count(
    planning: Planning,
    stored: dict[str, dict[str, int]],
    typed: dict[str, dict[str, int]],
    expected: list[tuple[str, str]],
) -> None:
    unit = await planning.programme()
    for given in filter(None, (stored,)):
        await planning.answer(
            unit, *({"item_code": code, "inputs": counts} for code, counts in given.items())
        )
    written = await planning.answer(
        unit, *({"item_code": code, "inputs": counts} for code, counts in typed.items())
    )
    assert written.status_code == 200
    told = written.json()["warnings"]
    assert [(one["item_code"], one["code"]) for one in told] == expected
    assert all(one["message"].startswith(f"{one['item_code']}: ") for one in told)


async def test_the_warning_about_partial_counts_names_the_missing_ones(planning: Planning) -> None:
    unit = await planning.programme()
    written = await planning.answer(unit, {"item_code": "A.II.5.iii.a", "inputs": {"n1": 2, "n4": 3}})
    (warning,) = written.json()["warnings"]
    assert warning["message"] == "A.II.5.iii.a: isian n2, n3 belum ada, jadi butir ini belum dihitung"


async def test_answers_raise_one_counter_and_are_published_canonically(planning: Planning) -> None:
    unit = await planning.programme()
    first = await planning.answer(unit, YA, INDEX, COUNTS, seen='"0"')
    assert (first.status_code, first.json()["version"], first.headers["etag"]) == (200, 3, '"3"')
    second = await answer_as(planning, unit, YA, layer="tpi")
    assert second.json()["version"] == 4
    assert (await planning.events(unit))[-4:] == [("worksheet.answered.v1", n) for n in (1, 2, 3, 4)]
    rows = await planning.rows(
        "SELECT convert_from(payload, 'utf8')::json FROM outbox WHERE record_key = :u ORDER BY position",
        u=unit,
    )
    facts = [row[0] for row in rows[-4:]]
    assert [(f["layer"], f["letter"], f["index"], f["inputs"]) for f in facts] == [
        ("unit", "Ya", None, None),
        ("unit", None, "3.71", None),
        ("unit", None, None, {"n1": 4, "n2": 3}),
        ("tpi", "Ya", None, None),
    ]


async def test_a_worksheet_shows_all_items_with_the_layers_side_by_side(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, YA | {"note": "SK terbit"})
    await answer_as(planning, unit, {"item_code": "A.I.1.i.a", "letter": "Tidak"}, layer="tpn")
    found = await planning.worksheet(unit)
    items = {item["item_code"]: item for item in found["items"]}
    assert list(items) == list(lke_instrument().questions)
    item = items["A.I.1.i.a"]
    assert (item["unit"]["letter"], item["unit"]["note"], item["unit"]["version"]) == ("Ya", "SK terbit", 1)
    assert (item["tpi"], item["tpn"]["letter"], item["tpn"]["version"]) == (None, "Tidak", 2)


async def test_earlier_versions_stay_readable(planning: Planning) -> None:
    unit = await planning.programme()
    for letter in ("A", "B", "C"):
        await planning.answer(unit, {"item_code": "A.I.1.i.b", "letter": letter})
    path = f"/units/{unit}/worksheets/{YEAR}/answers/unit/A.I.1.i.b"
    first = (await planning.call("GET", path, "verifier", unit, params={"limit": 2})).json()
    rest = (await planning.call("GET", path, "verifier", unit, params={"cursor": first["next"]})).json()
    assert [row["letter"] for row in first["items"] + rest["items"]] == ["C", "B", "A"]


async def test_the_application_cannot_change_an_answer_once_written(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, YA)
    for statement in ("UPDATE answer SET letter = 'A'", "DELETE FROM answer"):
        with pytest.raises(Exception, match="permission denied"):
            await planning.rows(statement)


async def test_a_blanked_item_needs_a_reason_and_stays_in_the_history(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, YA)
    blank = {"item_code": "A.I.1.i.a"}
    refused = await planning.answer(unit, blank)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "reason_missing")
    done = await planning.answer(unit, blank | {"reason": "salah butir"})
    assert done.json()["version"] == 2
    item = (await planning.worksheet(unit))["items"][0]["unit"]
    assert (item["letter"], item["reason"], item["version"]) == (None, "salah butir", 2)


async def test_one_fault_refuses_the_whole_request_and_names_every_fault(planning: Planning) -> None:
    unit = await planning.programme()
    refused = await planning.answer(
        unit,
        YA,
        {"item_code": "A.I.3.v.a", "letter": "E"},
        {"item_code": "B.I.a", "index": "4.5"},
        {"item_code": "A.II.1.i.a", "inputs": {"n1": -1, "n2": 2.5, "n9": 1}},
        {"item_code": "A.I.1", "letter": "A"},
        {"item_code": "A.I.1.i.z", "letter": "A"},
        YA,
        {"item_code": "B.I.b", "letter": "A", "index": "3"},
        {"item_code": "B.II.a", "letter": "3.5"},
        {"item_code": "A.II.4.i.a", "inputs": {"percent": 100}},
    )
    assert refused.status_code == 422
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [
        ("answers.1.letter", "outside_scale"),
        ("answers.2.index", "out_of_range"),
        ("answers.3.inputs.n1", "negative"),
        ("answers.3.inputs.n2", "fractional"),
        ("answers.3.inputs.n9", "unknown_input"),
        ("answers.4.item_code", "node_code"),
        ("answers.5.item_code", "unknown_code"),
        ("answers.6.item_code", "duplicate"),
        ("answers.7.index", "one_value"),
        ("answers.8.letter", "wrong_field"),
        ("answers.9.inputs.percent", "computed"),
    ]
    assert (await planning.worksheet(unit))["version"] == 0
    assert [kind for kind, _ in await planning.events(unit)] == ["unit.registered.v1", "programme.created.v1"]


@pytest.mark.parametrize("field", ["value", "weight", "score", "version"])
async def test_a_computed_value_from_a_client_is_refused(planning: Planning, field: str) -> None:
    unit = await planning.programme()
    refused = await planning.answer(unit, YA | {field: "1"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "extra_forbidden")


@pytest.mark.parametrize(
    ("role", "layer"),
    [("unit_operator", "tpi"), ("unit_operator", "tpn"), ("tpi", "unit"), ("tpi", "tpn"), ("tpn", "unit"),
     ("tpn", "tpi")],
)  # fmt: skip
async def test_each_layer_has_one_role_that_writes_it(planning: Planning, role: str, layer: str) -> None:
    unit = await planning.programme()
    refused = await planning.call(
        "POST",
        f"/units/{unit}/worksheets/{YEAR}/answers",
        role,
        unit,
        json={"layer": layer, "answers": [YA]},
        headers={"If-Match": "*"},
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_layer")


OPPOSITE = [("unit", "tpi"), ("unit", "tpn"), ("tpi", "unit"), ("tpn", "unit")]


@pytest.mark.parametrize(("first", "then"), OPPOSITE)
async def test_nobody_writes_both_as_the_unit_and_as_its_assessor(
    planning: Planning, first: str, then: str
) -> None:
    unit, other = await planning.programme(), await planning.programme()
    assert (await answer_as(planning, unit, YA, layer=first, subject="budi")).status_code == 200
    refused = await answer_as(planning, unit, INDEX, layer=then, subject="budi")
    assert (refused.status_code, refused.json()["code"]) == (403, "own_assessment")
    assert "unit ini" in refused.json()["detail"]
    assert (await planning.worksheet(unit))["version"] == 1
    assert (await answer_as(planning, unit, YA, layer=then, subject="tuti")).status_code == 200
    assert (await answer_as(planning, unit, INDEX, layer=first, subject="budi")).status_code == 200
    assert (await answer_as(planning, other, YA, layer=then, subject="budi")).status_code == 200


@pytest.mark.parametrize(("first", "then"), OPPOSITE)
async def test_a_blanked_answer_is_still_its_writer_s(planning: Planning, first: str, then: str) -> None:
    unit = await planning.programme()
    await answer_as(planning, unit, YA, layer=first, subject="budi")
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "reason": "keliru"}, layer=first, subject="budi")
    refused = await answer_as(planning, unit, INDEX, layer=then, subject="budi")
    assert refused.json()["code"] == "own_assessment"


@pytest.mark.parametrize(("first", "then"), OPPOSITE)
async def test_an_assessor_of_one_year_is_one_of_every_year(
    planning: Planning, first: str, then: str
) -> None:
    unit = await planning.programme()
    await answer_as(planning, unit, YA, layer=first, subject="budi")
    await planning.another_programme(unit, YEAR + 1)
    refused = await answer_as(planning, unit, YA, layer=then, subject="budi", year=str(YEAR + 1))
    assert (refused.status_code, refused.json()["code"]) == (403, "own_assessment")


@pytest.mark.parametrize("years", [(YEAR, YEAR), (YEAR, YEAR + 1)])
async def test_of_two_simultaneous_writes_as_unit_and_as_assessor_one_stands(
    planning: Planning, years: tuple[int, int]
) -> None:
    unit = await planning.programme()
    await planning.another_programme(unit, YEAR + 1)
    await lead_to(planning, unit, "penilaian_tpi", year=years[1], is_carried_over=True)
    for number in range(12):
        subject = f"budi-{number}"
        answers = await asyncio.gather(
            planning.answer(unit, YA, layer="unit", subject=subject, year=str(years[0])),
            planning.answer(unit, INDEX, layer="tpi", subject=subject, year=str(years[1])),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 403]


async def test_a_write_says_what_it_has_seen_and_only_its_own_items_can_be_stale(planning: Planning) -> None:
    unit = await planning.programme()
    missing = await planning.call(
        "POST",
        f"/units/{unit}/worksheets/{YEAR}/answers",
        "unit_operator",
        unit,
        json={"layer": "unit", "answers": [YA]},
    )
    assert missing.status_code == 428
    assert (await planning.answer(unit, YA, seen='"0"')).status_code == 200
    assert (await planning.answer(unit, INDEX, seen='"0"')).status_code == 200, "another item"
    assert (await answer_as(planning, unit, YA, layer="tpi", seen='"0"')).status_code == 200, "another layer"
    await lead_to(planning, unit, "pengisian")
    for tag in ('W/"0"', '"0"', "0"):
        assert (await planning.answer(unit, YA, seen=tag)).status_code == 412, tag
    stale = await planning.answer(unit, YA, seen='"0"')
    assert (stale.status_code, stale.json()["items"], stale.json()["version"]) == (412, ["A.I.1.i.a"], 3)
    assert (await planning.answer(unit, YA, seen='"99"')).status_code == 412, "a version there never was"
    assert (await planning.answer(unit, YA, seen="W/x")).status_code == 400


async def test_evidence_links_must_be_of_the_same_unit_and_layer(planning: Planning) -> None:
    unit = await planning.programme()
    own = (await planning.upload(unit, "sk.pdf", b"%PDF-1.4\n%%EOF\n")).json()["evidence_id"]
    assert (await planning.answer(unit, YA | {"evidence_ids": [own]})).status_code == 200
    assert (await planning.worksheet(unit))["items"][0]["unit"]["evidence_ids"] == [own]
    for layer, evidence in (("tpi", own), ("unit", str(uuid4()))):
        refused = await answer_as(planning, unit, YA | {"evidence_ids": [evidence]}, layer=layer)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "evidence_unknown")


async def test_a_repeated_key_has_one_effect_and_the_first_answer(planning: Planning) -> None:
    unit = await planning.programme()
    key = {"Idempotency-Key": "a-key-of-sixteen-or-more"}
    first = await planning.answer(unit, YA, **key)
    again = await planning.answer(unit, YA, **key)
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert (await planning.worksheet(unit))["version"] == 1
    other = await planning.answer(unit, INDEX, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_one_answer_costs_few_statements_and_many_cost_as_many(planning: Planning) -> None:
    unit = await planning.programme()
    engine = state_of(planning.app).db.engine

    async def cost(*answers: dict[str, Any], **headers: str) -> int:
        seen = count_statements(engine)
        assert (await planning.answer(unit, *answers, **headers)).status_code == 200
        return len(seen)

    letters = {
        code: next(iter(question.scale.values))
        for code, question in lke_instrument().questions.items()
        if question.scale
    }
    await planning.worksheet(unit)  # the first use of somebody's token notes who it is
    one = await cost(YA)
    many = await cost(*({"item_code": code, "letter": letter} for code, letter in letters.items()))
    keyed = await cost(YA, **{"Idempotency-Key": "another-key-of-sixteen"})
    counted = "all locks, opposite layers, answers, outbox with audit; claim and answer of the key"
    assert (one, many, keyed) == (4, 4, 6), counted


async def test_32_writers_on_one_worksheet_leave_no_gap_in_its_versions(planning: Planning) -> None:
    unit = await planning.programme()
    rounds, writers = 8, 32

    async def write(number: int) -> list[int]:
        versions = []
        for turn in range(rounds):
            letter = "ABC"[(number + turn) % 3]
            answer = await planning.answer(unit, {"item_code": "A.I.1.i.b", "letter": letter}, INDEX)
            if answer.status_code == 200:
                versions.append(answer.json()["version"])
            else:
                assert answer.status_code == 503, answer.text
        return versions

    accepted = sorted(v for got in await asyncio.gather(*map(write, range(writers))) for v in got)
    assert accepted == list(range(2, 2 * len(accepted) + 1, 2)), "each request took the next two versions"
    facts = [version for kind, version in await planning.events(unit) if kind == "worksheet.answered.v1"]
    assert facts == list(range(1, accepted[-1] + 1)), "positions and versions rise together"
    kept = await planning.rows("SELECT version FROM answer WHERE unit_id = :u ORDER BY 1", u=unit)
    assert [row[0] for row in kept] == facts
    audited = await planning.rows("SELECT count(*) FROM audit WHERE entity_id = :w", w=f"{unit}:{YEAR}")
    assert audited[0][0] == len(accepted)


async def test_free_text_and_file_names_stay_out_of_topics_and_audit(planning: Planning) -> None:
    unit = await planning.programme()
    secret = "Siti Canary 0812-0000-1111"
    evidence = (await planning.upload(unit, f"{secret}.pdf", b"%PDF-1.4\n%%EOF\n")).json()["evidence_id"]
    await planning.answer(unit, YA | {"note": secret, "evidence_ids": [evidence]})
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "reason": secret})
    rows = await planning.rows(
        "SELECT convert_from(payload, 'utf8') || headers::text FROM outbox"
        " UNION ALL SELECT audit::text FROM audit"
    )
    assert not [row for row in rows if "Canary" in row[0]]


@pytest.mark.parametrize("bad", ["\x00", "a\x07b"])
async def test_control_characters_are_refused_and_never_reach_the_database(
    planning: Planning, bad: str
) -> None:
    unit = await planning.programme()
    refused = await planning.answer(unit, YA | {"note": bad})
    assert refused.status_code == 422


async def test_others_know_a_writer_by_a_pseudonym_that_stays(planning: Planning) -> None:
    first, second = await planning.programme(), await planning.programme()
    for unit, subject in ((first, "sri"), (second, "sri"), (first, "budi")):
        written = await planning.answer(unit, YA, subject=subject)
        assert written.status_code == 200, written.text
    told = await planning.rows(
        "SELECT convert_from(payload, 'UTF8')::json->>'writer_id' AS writer_id FROM outbox"
        " WHERE record_key IN (:first, :second) AND type LIKE '%answered%' ORDER BY position",
        first=first,
        second=second,
    )
    sri, again, budi = (row.writer_id for row in told)
    assert sri == again != budi
    assert all(len(one) == 16 and not {"sri", "budi"} & {one} for one in (sri, budi))
    kept = await planning.rows(
        "SELECT writer_id FROM answer WHERE unit_id = :unit ORDER BY version", unit=first
    )
    assert [row.writer_id for row in kept] == [sri, budi]
