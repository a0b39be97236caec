"""Files of SP4N-LAPOR! and SIWAS: tried, taken in once whatever dies, told back."""

import asyncio

import asyncpg
import pytest
from fastapi import FastAPI

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.imports.data import import_rules
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.importing import HEAD, Importing, a_row, csv_of, open_channels, take_in
from tests.support.polling import until
from tests.support.terminal import FORKS

NEWER = "06/01/2026 10:00"


@pytest.fixture
async def importing(
    acting_of: Acting,
    app: FastAPI,
    db: Database,
    engine: DeadlineEngine,
    one_owner: asyncpg.Connection,
    clock: MovedClock,
) -> Importing:
    await open_channels(one_owner)
    await clock.set(wib(2026, 1, 7))
    return Importing(acting_of, app, db, engine)


async def cases(filer: Filer) -> list[tuple[str, str, str | None]]:
    rows = await filer.rows("""
        SELECT external_ref, state, unit_id FROM case_file JOIN case_source ON case_id = id ORDER BY 1
    """)
    return [tuple(row) for row in rows]


async def test_r132_the_same_tracking_id_twice_gives_one_case_and_its_state_goes_back(
    importing: Importing, filer: Filer
) -> None:
    done = await importing.taken(csv_of([a_row(), a_row("7002"), a_row()]))
    assert done["counted"] == {**done["counted"], "new": 2, "unchanged": 1, "error": 0}
    again = await importing.taken(csv_of([a_row(), a_row("7002")]))
    assert again["counted"]["unchanged"] == 2
    assert await cases(filer) == [("7001", "DIVERIFIKASI", "u-1"), ("7002", "DIVERIFIKASI", "u-1")]

    period = {"source": "sp4n", "first": "2026-01-01", "last": "2026-01-31"}
    told = await importing.client.get("/imported-states", params=period, headers=importing.headers())
    assert told.status_code == 200
    lines = told.content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines] == ["Nomor laporan", "7001", "7002"]
    assert "diverifikasi" in lines[1]


async def test_the_trial_says_what_the_run_does_and_takes_nothing_in(
    importing: Importing, filer: Filer
) -> None:
    rows = [a_row(), a_row(updated=NEWER), a_row("1.23E+07"), a_row("7003", state="Selesai"), a_row("7003")]
    tried = await importing.tried(csv_of(rows))
    assert await cases(filer) == []
    assert tried["planned"] == {"new": 2, "updated": 1, "closed": 0, "unchanged": 0, "older": 1, "error": 1}
    await importing.run(tried["id"])
    await importing.drain()
    assert (await importing.show(tried["id"]))["counted"] == tried["planned"]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (a_row("1.23E+07"), "Nomor Laporan", "rounded_number"),
        (a_row("1,23E+07"), "Nomor Laporan", "rounded_number"),
        (a_row(forwarded="32/01/2026"), "Tanggal Disposisi", "bad_date"),
        (a_row(updated="kemarin"), "Terakhir Diperbarui", "bad_date"),
        (a_row(updated="08/01/2026"), "Terakhir Diperbarui", "in_future"),
        (a_row(""), "Nomor Laporan", "required"),
        (a_row(text=""), "Isi Laporan", "required"),
        (a_row(forwarded="05/01/2019"), "Tanggal Disposisi", "channel_closed"),
    ],
)
async def test_a_wrong_row_is_told_with_its_number_and_column_and_holds_up_no_other(
    importing: Importing, filer: Filer, cells: tuple[str, ...], column: str, code: str
) -> None:
    done = await importing.taken(csv_of([a_row("7000"), cells, a_row("7009")]))
    assert [one[0] for one in await cases(filer)] == ["7000", "7009"]
    [fault] = done["faults"]
    assert fault["row"] == 3
    assert [(one["column"], one["code"]) for one in fault["faults"]] == [(column, code)]
    assert fault["faults"][0]["message"]


async def test_an_older_row_changes_nothing(importing: Importing, filer: Filer) -> None:
    await importing.taken(csv_of([a_row(updated=NEWER, state="Selesai")]))
    done = await importing.taken(csv_of([a_row(state="Dalam proses")]))
    assert done["counted"]["older"] == 1
    [row] = await filer.rows("SELECT state, foreign_state FROM case_file JOIN case_source ON case_id = id")
    assert tuple(row) == ("SELESAI", "Selesai")


async def test_a_formula_is_text_and_leaves_escaped(importing: Importing, filer: Filer) -> None:
    await importing.taken(csv_of([a_row("=cmd|'/c calc'!A1", text="=1+1 adalah isi laporan ini")]))
    [row] = await filer.rows("SELECT external_ref, content FROM case_file JOIN case_source ON case_id = id")
    assert tuple(row) == ("=cmd|'/c calc'!A1", "=1+1 adalah isi laporan ini")
    period = {"source": "sp4n", "first": "2026-01-01", "last": "2026-01-31"}
    told = await importing.client.get("/imported-states", params=period, headers=importing.headers())
    assert "'=cmd" in told.text.splitlines()[1]


async def test_the_clock_of_the_first_act_runs_from_the_forwarding_and_past_due_fires_at_once(
    importing: Importing, filer: Filer
) -> None:
    await importing.taken(csv_of([a_row(forwarded="01/12/2025 09:00")]))
    clocks = await filer.rows("""
        SELECT rule, start_at, breached_at IS NOT NULL AS is_over, is_backdated FROM deadline ORDER BY 1
    """)
    assert [one.rule for one in clocks] == ["D3", "D4", "D5", "D6C"]
    d4 = clocks[1]
    assert (d4.start_at, d4.is_over, d4.is_backdated) == (wib(2025, 12, 1, 9), True, True)


async def test_naming_the_handler_gives_no_new_time_for_the_first_act(
    importing: Importing, filer: Filer
) -> None:
    await importing.taken(csv_of([a_row()]))
    await importing.client.get("/cases", headers=importing.acting.headers("case_handler"))
    [case] = await filer.rows("SELECT id::text, version FROM case_file")
    answer = await importing.acting.act(
        "complaint_supervisor", case.id, "dispose", case.version, handler="test-case_handler"
    )
    assert answer.status_code == 200, answer.text
    clocks = await filer.rows("SELECT rule, start_at, status FROM deadline ORDER BY rule, start_at")
    assert [(one.rule, one.status) for one in clocks] == [
        ("D3", "met"), ("D4", "armed"), ("D5", "armed"), ("D6C", "armed"),
    ]  # fmt: skip
    assert clocks[1].start_at == wib(2026, 1, 5, 9)


async def test_a_row_that_is_closed_there_arms_nothing(importing: Importing, filer: Filer) -> None:
    await importing.taken(csv_of([a_row(state="Selesai")]))
    assert await cases(filer) == [("7001", "SELESAI", "u-1")]
    assert await filer.rows("SELECT 1 FROM deadline") == []


async def test_a_case_that_waits_here_ends_when_its_system_ends_it(
    importing: Importing, filer: Filer
) -> None:
    await importing.taken(csv_of([a_row()]))
    done = await importing.taken(csv_of([a_row(updated=NEWER, state="Selesai")]))
    assert done["counted"]["closed"] == 1
    assert await cases(filer) == [("7001", "SELESAI", "u-1")]
    running = await filer.rows("SELECT 1 FROM deadline WHERE status IN ('armed', 'paused') AND rule <> 'D9'")
    assert running == []


async def test_a_case_that_went_on_with_us_keeps_its_state_and_theirs_is_kept_beside(
    importing: Importing, filer: Filer
) -> None:
    await importing.taken(csv_of([a_row()]))
    await importing.client.get("/cases", headers=importing.acting.headers("case_handler"))
    [case] = await filer.rows("SELECT id::text, version FROM case_file")
    await importing.acting.act(
        "complaint_supervisor", case.id, "dispose", case.version, handler="test-case_handler"
    )
    done = await importing.taken(csv_of([a_row(updated=NEWER, state="Selesai")]))
    assert done["counted"]["updated"] == 1
    [row] = await filer.rows("SELECT state, foreign_state FROM case_file JOIN case_source ON case_id = id")
    assert tuple(row) == ("DIDISPOSISIKAN", "Selesai")


async def test_nothing_is_moved_back_by_a_newer_state_that_is_open(
    importing: Importing, filer: Filer
) -> None:
    await importing.taken(csv_of([a_row(state="Selesai")]))
    await importing.taken(csv_of([a_row(updated=NEWER, state="Dalam proses")]))
    [row] = await filer.rows("SELECT state, foreign_state FROM case_file JOIN case_source ON case_id = id")
    assert tuple(row) == ("SELESAI", "Dalam proses")


async def test_a_unit_that_nobody_knows_is_not_known(importing: Importing, filer: Filer) -> None:
    await importing.taken(csv_of([a_row(unit="Dinas Entah"), a_row("7002", unit="U-2")]))
    assert [one[2] for one in await cases(filer)] == [None, "u-2"]


async def test_a_killed_run_goes_on_and_doubles_nothing(
    importing: Importing, filer: Filer, database: ServiceDatabase, app: FastAPI
) -> None:
    rows = 150
    made = await importing.tried(csv_of([a_row(str(8000 + one)) for one in range(rows)]))
    await importing.run(made["id"])
    process = FORKS.Process(target=take_in, args=(database.app_url, app.state.import_key))
    process.start()

    async def begun() -> bool:
        return bool((await importing.show(made["id"]))["done"])

    await until(begun, what="the first rows are taken in")
    process.kill()
    await asyncio.to_thread(process.join)
    process.close()
    assert (await importing.show(made["id"]))["done"] < rows
    await importing.drain()
    assert (await importing.show(made["id"]))["counted"]["new"] == rows
    assert len(await cases(filer)) == rows
    audits = await filer.rows("SELECT count(*) FROM audit WHERE operation = 'import_case' GROUP BY entity_id")
    assert [row.count for row in audits] == [1] * rows


async def test_two_imports_at_once_of_one_file_give_one_set_of_cases(
    importing: Importing, filer: Filer
) -> None:
    rows = [a_row(str(8000 + one)) for one in range(30)]
    for content in (csv_of(rows), csv_of(rows[::-1])):
        made = await importing.tried(content)
        assert made["planned"]["new"] == 30
        await importing.run(made["id"])
    await asyncio.gather(importing.drain(), importing.drain(), importing.drain())
    assert len(await cases(filer)) == 30
    counted = [
        one["counted"] for one in (await importing.client.get("/imports", headers=importing.headers())).json()
    ]
    assert sorted(one["new"] + one["unchanged"] for one in counted) == [30, 30]
    assert sum(one["new"] for one in counted) == 30


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"PK\x03\x04" + b"x" * 200, 415),
        (b"a,b\n\0,1\n", 415),
        (b'a,b\n"1,2\n', 415),
        (b"", 415),
        (b"a,b\n1,2\n" * (import_rules().limits.rows + 2), 413),
        (b"a" * (import_rules().limits.file_bytes + 1), 413),
    ],
)
async def test_a_hostile_or_oversize_file_is_refused_and_nothing_is_stored(
    importing: Importing, filer: Filer, content: bytes, status: int
) -> None:
    answer = await importing.send(content)
    assert answer.status_code == status, answer.text
    assert await filer.rows("SELECT 1 FROM case_import") == []


async def test_columns_that_nobody_knows_are_mapped_before_the_trial(
    importing: Importing, filer: Filer
) -> None:
    head = ("Kode", *HEAD[1:])
    made = await importing.tried(csv_of([a_row()], head))
    assert made["status"] == "mapping"
    assert (await importing.run(made["id"])).status_code == 409
    path = f"/imports/{made['id']}/mapping"
    wrong = await importing.client.post(
        path, json={"columns": {"external_ref": 99}}, headers=importing.headers()
    )
    assert wrong.status_code == 422
    mapped = await importing.client.post(
        path, json={"columns": {"external_ref": 1}}, headers=importing.headers()
    )
    assert mapped.json()["status"] == "checked"
    assert mapped.json()["planned"]["new"] == 1
    await importing.run(made["id"])
    await importing.drain()
    assert await cases(filer) == [("7001", "DIVERIFIKASI", "u-1")]


async def test_windows_letters_are_found_and_told(importing: Importing, filer: Filer) -> None:
    content = csv_of([a_row(text="Petugas berkata “nanti”.")], encoding="cp1252", delimiter=";")
    done = await importing.taken(content)
    assert (done["encoding"], done["delimiter"], done["is_encoding_found"]) == ("windows-1252", ";", True)
    [row] = await filer.rows("SELECT content FROM case_file")
    assert row.content == "Petugas berkata “nanti”."


async def test_another_agency_neither_sees_a_file_nor_takes_its_cases(
    importing: Importing, one_owner: asyncpg.Connection
) -> None:
    await one_owner.execute(
        "INSERT INTO unit VALUES ('u-9', 'a-9', 'Kantor Lain', 'WIB', true, false, 1, '')"
    )
    made = await importing.taken(csv_of([a_row()]))
    theirs = importing.headers(agency="a-9")
    assert (await importing.client.get(f"/imports/{made['id']}", headers=theirs)).status_code == 404
    assert (await importing.send(csv_of([a_row()]), headers=theirs)).status_code == 404
    answer = await importing.send(csv_of([a_row(updated=NEWER)]), headers=theirs, agency_id="a-9")
    assert answer.json()["faults"][0]["faults"][0]["code"] == "elsewhere"


async def test_r238_texts_that_wait_are_sealed_and_leave_with_the_run(
    importing: Importing, filer: Filer
) -> None:
    made = await importing.tried(csv_of([a_row(text="Pegawai bernama Wulan Contoh meminta uang.")]))
    [row] = await filer.rows("SELECT sealed FROM case_import_line")
    assert b"Wulan" not in bytes(row.sealed)
    await importing.run(made["id"])
    await importing.drain()
    assert [one.sealed for one in await filer.rows("SELECT sealed FROM case_import_line")] == [None]
    told = await filer.rows("SELECT payload::text AS told FROM outbox")
    noted = await filer.rows("SELECT changes::text AS told FROM audit")
    assert not [one for one in (*told, *noted) if "Wulan" in one.told]


async def test_a_file_that_nobody_let_run_is_forgotten(
    importing: Importing, filer: Filer, clock: MovedClock
) -> None:
    await importing.tried(csv_of([a_row()]))
    await clock.set(wib(2026, 1, 9))
    await importing.drain()
    assert await filer.rows("SELECT 1 FROM case_import_line") == []
