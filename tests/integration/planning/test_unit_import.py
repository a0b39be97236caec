"""A file of units taken over into the register: all of it, or nothing and every fault by its cell."""

import threading
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import event

from services.planning.units.files import usecases as unit_files
from services.planning.units.files.usecases import Register, UnitImport
from shared.http.state import state_of
from tests.support.planning import Planning
from tests.support.unit_files import HEADERS, csv_file, many, xlsx_file


@pytest.fixture
def agency() -> str:
    return f"a-{uuid4().hex[:8]}"


async def send(
    planning: Planning, agency: str, content: bytes, *, dry_run: bool = False, **options: Any
) -> httpx2.Response:
    headers = planning.headers("admin", "none", agency=agency) | options.pop("headers", {})
    params = {"dry_run": str(dry_run).lower(), **options}
    files = {"file": ("unit.csv", content, "text/csv")}
    return await planning.client.post("/unit-register/import", params=params, files=files, headers=headers)


async def export(planning: Planning, agency: str, kind: str = "csv") -> bytes:
    headers = planning.headers("admin", "none", agency=agency)
    answer = await planning.client.get("/unit-register", params={"format": kind}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="unit-kerja-{agency}.{kind}"'
    return answer.content


def told(answer: httpx2.Response) -> tuple[int, ...]:
    body = answer.json()
    return tuple(body[name] for name in ("new", "changed", "unchanged", "left_out", "findings_count"))


async def test_a_dry_run_tells_what_the_import_then_does(planning: Planning, agency: str) -> None:
    mark = uuid4().hex[:6]
    file = csv_file(
        HEADERS, (f"{mark}-b", "Cabang", "WIT", "Papua", f"{mark}-a"), (f"{mark}-a", "Pusat", "", "", "")
    )
    first = await send(planning, agency, file, dry_run=True)
    assert (told(first), first.json()["is_written"]) == ((2, 0, 0, 0, 0), False)
    assert await planning.events(f"{mark}-a") == []
    done = await send(planning, agency, file, expected=first.json()["digest"])
    assert (done.status_code, told(done), done.json()["is_written"]) == (200, (2, 0, 0, 0, 0), True)
    assert await planning.events(f"{mark}-b") == [("unit.registered.v1", 1)]
    again = await send(planning, agency, file)
    assert told(again) == (0, 0, 2, 0, 0)
    changed = csv_file(("kode", "nama"), (f"{mark}-b", "Cabang Baru"))
    third = await send(planning, agency, changed)
    assert told(third) == (0, 1, 0, 1, 0)
    assert third.json()["changes"][0]["fields"] == [
        {"field": "name", "before": "Cabang", "after": "Cabang Baru"}
    ]
    assert await planning.events(f"{mark}-b") == [("unit.registered.v1", 1), ("unit.changed.v1", 2)]
    audit = await planning.rows(
        "SELECT changes ->> 'new', jsonb_array_length(changes -> 'changed') FROM audit "
        "WHERE operation = 'import_units' AND entity_id = :agency ORDER BY at",
        agency=agency,
    )
    assert [row[1] for row in audit] == [0, 0, 1]
    assert f"{mark}-b" in audit[0][0]


async def test_a_file_with_a_fault_writes_nothing(planning: Planning, agency: str) -> None:
    mark = uuid4().hex[:6]
    file = csv_file(HEADERS, (f"{mark}-a", "A", "WIB", "", ""), (f"{mark}-b", "B", "Wulan", "", f"{mark}-x"))
    checked = await send(planning, agency, file, dry_run=True)
    assert checked.json()["is_accepted"] is False
    assert [one["cell"] for one in checked.json()["findings"]] == ["C3"]
    refused = await send(planning, agency, file)
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_file_refused")
    assert refused.json()["errors"][0] == {
        "field": "C3",
        "code": "zone_unknown",
        "message": "Baris 3, kolom C: Zona waktu tidak dikenal. Yang benar: WIB, WITA, WIT.",
        "cell": "C3",
        "row": 3,
        "column": "C",
        "allowed": "WIB, WITA, WIT",
    }
    assert "Wulan" not in refused.text
    assert await planning.events(f"{mark}-a") == []


async def test_what_was_not_looked_at_is_not_written(planning: Planning, agency: str) -> None:
    mark = uuid4().hex[:6]
    file = csv_file(HEADERS, (f"{mark}-a", "A", "WIB", "", ""))
    digest = (await send(planning, agency, file, dry_run=True)).json()["digest"]
    assert (await send(planning, agency, file)).status_code == 200
    stale = await send(planning, agency, file, expected=digest)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_a_file_is_compared_apart_and_what_it_was_compared_with_is_what_it_is_written_to(
    planning: Planning, agency: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = uuid4().hex[:6]
    threads: list[threading.Thread] = []
    compared = unit_files._compared

    def elsewhere(*given: Any) -> UnitImport:
        threads.append(threading.current_thread())
        return replace(compared(*given), register=Register({}, frozenset({"changed since"})))

    monkeypatch.setattr(unit_files, "_compared", elsewhere)
    stale = await send(planning, agency, csv_file(HEADERS, (f"{mark}-a", "A", "WIB", "", "")))
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert threading.main_thread() not in threads
    assert len(threads) == 1
    assert await planning.events(f"{mark}-a") == []


async def test_a_repeated_import_with_its_key_is_done_once(planning: Planning, agency: str) -> None:
    mark = uuid4().hex[:6]
    file = csv_file(HEADERS, (f"{mark}-a", "A", "WIB", "", ""))
    key = {"Idempotency-Key": uuid4().hex}
    first, second = [await send(planning, agency, file, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    other = await send(planning, agency, csv_file(HEADERS, ("x", "X", "", "", "")), headers=key)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_units_of_another_agency_are_neither_taken_nor_written(planning: Planning, agency: str) -> None:
    unit = await planning.unit(agency="a2")
    checked = await send(planning, agency, csv_file(HEADERS, (unit, "A", "", "", "")), dry_run=True)
    assert [one["code"] for one in checked.json()["findings"]] == ["unit_elsewhere"]
    refused = await send(planning, agency, csv_file(HEADERS, (unit, "A", "", "", "")), agency_id="a2")
    assert refused.status_code == 403
    headers = planning.headers("admin", "none", agency=agency)
    exported = await planning.client.get("/unit-register", params={"agency_id": "a2"}, headers=headers)
    assert exported.status_code == 403


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_the_register_exported_and_imported_is_as_it_was(
    planning: Planning, agency: str, kind: str
) -> None:
    top = await planning.unit(agency=agency, name="=HYPERLINK(1)", region="+62", zone="WITA")
    await planning.unit(agency=agency, parent_id=top, has_service_function=False, echelon="II")
    merged = await planning.unit(agency=agency)
    done = await planning.client.post(
        f"/units/{merged}/merge",
        json={"into": top},
        headers=planning.headers("admin", merged, agency=agency) | {"If-Match": '"1"'},
    )
    assert done.status_code == 200
    content = await export(planning, agency, kind)
    if kind == "csv":
        assert b";'=HYPERLINK(1);" in content
    again = await send(planning, agency, content)
    assert told(again) == (0, 0, 3, 0, 0), again.text


@pytest.mark.parametrize("make", [csv_file, xlsx_file], ids=["csv", "xlsx"])
async def test_five_thousand_units_take_a_handful_of_statements(
    planning: Planning, agency: str, make: Any
) -> None:
    rows = many(5000, uuid4().hex[:6])
    statements: list[str] = []
    engine = state_of(planning.app).db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    done = await send(planning, agency, make(*rows))
    assert told(done) == (5000, 0, 0, 0, 0), done.text
    assert len([one for one in statements if "INSERT INTO unit" in one]) == 1
    assert len([one for one in statements if "INSERT INTO outbox" in one]) == 5
    assert len(statements) < 25, statements
    facts = await planning.rows(
        "SELECT count(*) FROM outbox WHERE record_key LIKE :mark", mark=f"{rows[1][0].partition('-')[0]}-%"
    )
    assert facts[0][0] == 5000
    renamed = [rows[0], *((row[0], f"{row[1]} Baru", *row[2:]) for row in rows[1:])]
    assert told(await send(planning, agency, make(*renamed))) == (0, 5000, 0, 0, 0)
