"""People taken over from a file: a diff first, all or nothing, nobody deleted."""

import json
from typing import Any
from uuid import uuid4

import httpx2

from tests.support.planning import Planning
from tests.support.unit_files import csv_file

HEAD = ("Nomor pegawai", "Kode unit", "Nama", "Kategori", "Mulai bertugas", "Nomor pegawai atasan", "Akun")


async def send(planning: Planning, agency: str, content: bytes, **params: Any) -> httpx2.Response:
    headers = planning.issuer.headers("admin", level="agency", agencies=[agency])
    files = {"file": ("orang.csv", content, "text/csv")}
    return await planning.client.post("/person-register/import", params=params, files=files, headers=headers)


async def people(planning: Planning, agency: str) -> dict[str, dict[str, Any]]:
    headers = planning.issuer.headers("admin", level="agency", agencies=[agency])
    found = (await planning.client.get("/people?limit=200", headers=headers)).json()["items"]
    return {one["name"]: one for one in found}


async def test_a_file_is_told_first_and_then_written_whole_and_told_to_others(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit, other = [await planning.unit(agency=agency) for _ in range(2)]
    stays = await planning.person(unit, agency=agency, name="Tetap")
    moves = await planning.person(
        unit, agency=agency, name="Pindah", employee_number="2", subjects=[f"lama-{unit}"]
    )
    file = csv_file(
        HEAD,
        ("3", unit, "Sari", "ASN", "2026-01-02", "2", f"lama-{unit}"),
        ("2", other, "Pindah", "PNS", "2025-01-02", "", f"baru-{unit}"),
    )
    told = (await send(planning, agency, file, dry_run=True)).json()
    assert (told["new"], told["changed"], told["left_out"], told["is_written"]) == (1, 1, 1, False)
    assert [(one["row"], one["employee_number"], one["kind"]) for one in told["changes"]] == [
        (2, "3", "new"), (3, "2", "changed"),
    ]  # fmt: skip
    assert {one["field"]: (one["before"], one["after"]) for one in told["changes"][1]["fields"]} == {
        "unit_id": (unit, other), "subjects": ([f"lama-{unit}"], [f"baru-{unit}"]),
    }  # fmt: skip
    assert (await people(planning, agency)).keys() == {"Tetap", "Pindah"}, "a dry run writes nothing"

    done = await send(planning, agency, file, expected=told["digest"])
    assert (done.status_code, done.json()["is_written"]) == (200, True)
    found = await people(planning, agency)
    assert found.keys() == {"Tetap", "Pindah", "Sari"}
    assert found["Sari"]["superior_id"] == moves["person_id"] == found["Pindah"]["person_id"]
    assert (found["Sari"]["subjects"], found["Pindah"]["unit_id"]) == ([f"lama-{unit}"], other)
    assert found["Tetap"]["version"] == stays["version"]
    rows = await planning.rows(
        "SELECT aggregateid, version, payload FROM outbox WHERE topic = 'zi.planning.person.v1' "
        "AND aggregateid = ANY(:ids) ORDER BY position",
        ids=[found["Sari"]["person_id"], found["Pindah"]["person_id"]],
    )
    assert [(row.aggregateid, row.version) for row in rows] == [
        (moves["person_id"], 1), (found["Sari"]["person_id"], 1), (moves["person_id"], 2),
    ]  # fmt: skip
    assert json.loads(rows[2].payload)["subjects"] == [f"baru-{unit}"]
    notes = await planning.rows(
        "SELECT changes::text AS said FROM audit WHERE operation = 'import_people' AND entity_id = :id",
        id=agency,
    )
    assert (len(notes), "Sari" in notes[0].said) == (1, False)

    again = (await send(planning, agency, file)).json()
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert (await people(planning, agency))["Sari"]["version"] == 1


async def test_one_fault_stops_the_whole_file_and_is_told_by_row_and_column(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await planning.unit(agency=agency)
    file = csv_file(
        HEAD,
        ("1", unit, "Sari", "ASN", "2026-01-02", "", ""),
        ("2", "nowhere", "Budi", "ASN", "2026-01-02", "", ""),
    )
    told = (await send(planning, agency, file, dry_run=True)).json()
    assert (told["is_accepted"], [one["cell"] for one in told["findings"]]) == (False, ["B3"])
    refused = await send(planning, agency, file)
    assert (refused.status_code, refused.json()["code"]) == (422, "people_file_refused")
    assert [(one["field"], one["row"], one["column"]) for one in refused.json()["errors"]] == [("B3", 3, "B")]
    assert await people(planning, agency) == {}


async def test_what_was_looked_at_is_what_is_written_or_nothing(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await planning.unit(agency=agency)
    file = csv_file(HEAD, ("1", unit, "Sari", "ASN", "2026-01-02", "", ""))
    told = (await send(planning, agency, file, dry_run=True)).json()
    await planning.person(unit, agency=agency, name="Sari", employee_number="1", category="contract")
    stale = await send(planning, agency, file, expected=told["digest"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert [one["category"] for one in (await people(planning, agency)).values()] == ["contract"]


async def test_a_file_reaches_no_other_agency(planning: Planning) -> None:
    agency, far = f"a-{uuid4().hex[:8]}", f"a-{uuid4().hex[:8]}"
    unit = await planning.unit(agency=far)
    await planning.person(unit, agency=far, employee_number="1", subjects=[f"x-{unit}"])
    own = await planning.unit(agency=agency)
    file = csv_file(HEAD, ("1", own, "Sari", "ASN", "2026-01-02", "", f"x-{unit}"))
    told = (await send(planning, agency, file, dry_run=True)).json()
    assert [(one["code"], one["cell"]) for one in told["findings"]] == [("log_in_taken", "G2")]
    refused = await send(planning, agency, file, agency_id=far)
    assert refused.status_code == 403


async def test_a_thousand_people_of_a_file_are_written_and_every_superior_stands(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await planning.unit(agency=agency)
    rows = [
        (str(one), unit, f"Orang {one}", "ASN", "2026-01-02", str(one // 10) if one else "", f"{unit}.{one}")
        for one in reversed(range(1, 1001))
    ]
    rows += [("0", unit, "Kepala", "ASN", "2026-01-02", "", f"{unit}.0")]
    done = await send(planning, agency, csv_file(HEAD, *rows))
    assert (done.status_code, done.json()["new"]) == (200, 1001)
    [found] = await planning.rows(
        "SELECT count(*) AS people, count(superior_id) AS led FROM person WHERE unit_id = :unit", unit=unit
    )
    assert tuple(found) == (1001, 1000)
