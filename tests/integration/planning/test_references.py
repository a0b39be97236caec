"""Evidence as words and addresses, its revisions, and where it is used."""

import hashlib
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support.planning import PDF, YEAR, Planning

LINK = "https://drive.contoh.example/berkas/sk-tim?usp=sharing"


async def refer(planning: Planning, unit: str, *, layer: str = "unit", **body: Any) -> httpx2.Response:
    role = {"unit": "unit_operator"}.get(layer, layer)
    return await planning.call(
        "POST",
        f"/units/{unit}/evidence/references",
        role,
        unit,
        json={"kind": "sk", "title": "SK Tim ZI", "layer": layer, **body},
    )


async def shown(planning: Planning, unit: str, evidence: str, role: str = "tpi") -> dict[str, Any]:
    found = await planning.call("GET", f"/evidence/{evidence}", role, unit)
    assert found.status_code == 200, found.text
    assert found.headers["etag"] == f'"{found.json()["revision"]}"'
    return dict(found.json())


@pytest.mark.parametrize(
    ("body", "form", "media_type", "name"),
    [
        ("Map merah, lemari 2, ruang arsip.", "text", "text/plain; charset=utf-8", "SK Tim ZI.txt"),
        (f"  {LINK} ", "address", "text/uri-list", "SK Tim ZI.url"),
    ],
)
async def test_words_and_addresses_are_evidence_like_files(
    planning: Planning, body: str, form: str, media_type: str, name: str
) -> None:
    unit = await planning.programme()
    made = await refer(planning, unit, form=form, body=body)
    assert made.status_code == 201, made.text
    told, content = made.json(), body.strip()
    assert (told["form"], told["body"], told["revision"], told["title"]) == (form, content, 1, "SK Tim ZI")
    assert (told["file_name"], told["media_type"]) == (name, media_type)
    assert told["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    answer = await planning.call("GET", f"/evidence/{told['evidence_id']}/content", "tpi", unit)
    assert answer.text == content
    assert answer.headers["content-type"] in {media_type, f"{media_type}; charset=utf-8"}
    assert answer.headers["content-disposition"].startswith("attachment;")
    listed = (await planning.call("GET", f"/units/{unit}/evidence", "tpi", unit)).json()["items"]
    assert listed == [told]
    answered = await planning.answer(
        unit, {"item_code": "A.I.1.i.a", "letter": "Ya", "evidence_ids": [told["evidence_id"]]}
    )
    assert answered.status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "validation_failed", "form"),
        ({"form": "file", "body": "a"}, "validation_failed", "form"),
        ({"form": "text", "body": "  "}, "validation_failed", "body"),
        ({"form": "text", "body": "a\0"}, "validation_failed", "body"),
        ({"form": "address", "body": "javascript:alert(1)"}, "address_invalid", "body"),
        ({"form": "address", "body": "drive.contoh.example/berkas"}, "address_invalid", "body"),
        ({"form": "address", "body": "https://"}, "address_invalid", "body"),
        ({"form": "address", "body": "https://contoh.example/a b"}, "address_invalid", "body"),
        ({"form": "address", "body": "https://[::1/"}, "address_invalid", "body"),
        ({"form": "address", "body": f"https://contoh.example/{'a' * 2000}"}, "address_invalid", "body"),
    ],
)
async def test_what_is_no_reference_is_refused_at_its_field(
    planning: Planning, body: dict[str, str], code: str, field: str
) -> None:
    unit = await planning.programme()
    refused = await refer(planning, unit, **body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert field in refused.text
    assert await planning.rows("SELECT 1 FROM evidence WHERE unit_id = :unit", unit=unit) == []


async def test_a_newer_revision_keeps_what_was_before(planning: Planning) -> None:
    unit = await planning.programme()
    first = (await planning.upload(unit, "sk.pdf", PDF)).json()
    path, newer = f"/evidence/{first['evidence_id']}", PDF + b"\n%%EOF"

    async def put(content: bytes, seen: str | None, name: str = "sk-baru.pdf") -> httpx2.Response:
        headers = {} if seen is None else {"If-Match": seen}
        files = {"file": (name, content, "application/pdf")}
        return await planning.call(
            "PUT", f"{path}/content", "unit_operator", unit, files=files, headers=headers
        )

    assert (await put(newer, None)).status_code == 428
    assert (await put(b"MZ", '"1"', "a.exe")).status_code == 415
    revised = await put(newer, '"1"')
    assert (revised.status_code, revised.json()["revision"]) == (200, 2)
    assert revised.json()["title"] == "sk.pdf"
    assert (await put(newer, '"1"')).status_code == 412
    found = await shown(planning, unit, first["evidence_id"])
    assert [(one["revision"], one["file_name"], one["sha256"]) for one in found["earlier"]] == [
        (1, "sk.pdf", first["sha256"])
    ]
    for revision, content in ((None, newer), (1, PDF), (2, newer)):
        query = {} if revision is None else {"revision": revision}
        answer = await planning.call("GET", f"{path}/content", "tpi", unit, params=query)
        assert answer.content == content
    assert (await planning.call("GET", f"{path}/content?revision=3", "tpi", unit)).status_code == 404
    words = await planning.call(
        "PUT",
        f"{path}/reference",
        "unit_operator",
        unit,
        json={"form": "text", "body": "x"},
        headers={"If-Match": '"2"'},
    )
    assert (words.status_code, words.json()["code"]) == (422, "other_form")


async def test_an_address_is_given_anew_and_its_first_stays_readable(planning: Planning) -> None:
    unit = await planning.programme()
    made = (await refer(planning, unit, form="address", body=LINK)).json()
    path = f"/evidence/{made['evidence_id']}"
    revised = await planning.call(
        "PUT",
        f"{path}/reference",
        "unit_operator",
        unit,
        json={"form": "address", "body": f"{LINK}&v=2"},
        headers={"If-Match": '"1"'},
    )
    assert revised.json()["body"] == f"{LINK}&v=2"
    (before,) = (await shown(planning, unit, made["evidence_id"]))["earlier"]
    assert (before["body"], before["sha256"]) == (LINK, made["sha256"])
    assert (await planning.call("GET", f"{path}/content?revision=1", "tpi", unit)).text == LINK


async def test_each_place_shows_where_else_an_evidence_is_used(planning: Planning) -> None:
    unit = await planning.programme()
    evidence = (await planning.upload(unit, "sk.pdf", PDF)).json()["evidence_id"]
    for code in ("A.I.1.i.a", "A.I.1.i.b", "A.I.1.ii.a"):
        letter = "A" if code == "A.I.1.i.b" else "Ya"
        await planning.answer(unit, {"item_code": code, "letter": letter, "evidence_ids": [evidence]})
    await planning.answer(unit, {"item_code": "A.I.1.ii.a", "letter": "Ya", "evidence_ids": []})
    planned = await planning.call(
        "POST",
        "/activities",
        "unit_operator",
        unit,
        json={"unit_id": unit, "year": YEAR, "indicator_code": "A.I.2.i", "title": "Rapat"},
    )
    activity = planned.json()["activity_id"]
    done = await planning.call(
        "POST",
        f"/activities/{activity}/complete",
        "unit_operator",
        unit,
        json={"evidence_ids": [evidence]},
        headers={"If-Match": '"1"'},
    )
    assert done.status_code == 200, done.text
    uses = (await shown(planning, unit, evidence))["uses"]
    assert [(use["year"], use["code"], use["layer"], use["activity_id"]) for use in uses] == [
        (YEAR, "A.I.1.i.a", "unit", None),
        (YEAR, "A.I.1.i.b", "unit", None),
        (YEAR, "A.I.2.i", None, activity),
    ]


async def test_the_same_bytes_elsewhere_are_named_where_they_may_be_seen(planning: Planning) -> None:
    unit, other = await planning.programme(), await planning.programme()
    content = PDF.replace(b"%%EOF", uuid4().hex.encode() + b"\n%%EOF")
    first, second = [(await planning.upload(unit, name, content)).json() for name in ("a.pdf", "b.pdf")]
    foreign = (await planning.upload(other, "c.pdf", content)).json()
    mine = await shown(planning, unit, first["evidence_id"], "unit_operator")
    assert [one["evidence_id"] for one in mine["same_bytes"]] == [second["evidence_id"]]
    seen = await shown(planning, unit, first["evidence_id"], "tpi")
    assert {one["evidence_id"] for one in seen["same_bytes"]} == {
        second["evidence_id"],
        foreign["evidence_id"],
    }
    words = [(await refer(planning, unit, form="text", body="sama")).json()["evidence_id"] for _ in range(2)]
    assert (await shown(planning, unit, words[0]))["same_bytes"] == []


async def test_an_evidence_of_another_layer_or_unit_is_not_revised(planning: Planning) -> None:
    unit = await planning.programme()
    made = (await refer(planning, unit, form="text", body="punya TPI", layer="tpi")).json()
    path = f"/evidence/{made['evidence_id']}/reference"
    for role, place, status in (("unit_operator", unit, 403), ("unit_operator", "another", 404)):
        refused = await planning.call(
            "PUT", path, role, place, json={"form": "text", "body": "x"}, headers={"If-Match": '"1"'}
        )
        assert refused.status_code == status, refused.text


async def test_an_evidence_of_the_release_before_is_a_file_by_its_name(planning: Planning) -> None:
    unit = await planning.programme()
    made = (await planning.upload(unit, "lama.pdf", PDF, kind="sk")).json()
    await planning.rows(
        "UPDATE evidence SET title = NULL WHERE evidence_id = :id RETURNING 1", id=made["evidence_id"]
    )
    found = await shown(planning, unit, made["evidence_id"])
    assert (found["title"], found["form"], found["revision"]) == ("lama.pdf", "file", 1)
