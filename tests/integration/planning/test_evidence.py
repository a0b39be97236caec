"""Evidence over HTTP: in, out, doubled, damaged, orphaned."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.planning.evidence.usecases import sweep_orphans
from shared.files.store import FileStore
from shared.files.sweeping import ORPHAN_AGE
from tests.support.planning import PDF, Planning, office_file

SHA = hashlib.sha256(PDF).hexdigest()


def stored(planning: Planning, sha256: str = SHA) -> Path:
    return planning.settings.data_dir / "files" / sha256[:2] / sha256


async def test_an_upload_comes_back_as_an_attachment(planning: Planning) -> None:
    unit = await planning.programme()
    made = await planning.upload(unit, "Notulen rapat №1.pdf", PDF)
    assert made.status_code == 201
    assert (made.json()["sha256"], made.json()["media_type"]) == (SHA, "application/pdf")
    answer = await planning.call("GET", made.headers["location"], "tpi", unit)
    assert answer.content == PDF
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''Notulen%20rapat%20%E2%84%961.pdf"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    listed = (await planning.call("GET", f"/units/{unit}/evidence", "tpi", unit)).json()["items"]
    assert [row["file_name"] for row in listed] == ["Notulen rapat №1.pdf"]


async def test_evidence_outside_the_scope_is_as_if_missing(planning: Planning) -> None:
    unit = await planning.programme()
    path = (await planning.upload(unit, "a.pdf", PDF)).headers["location"]
    assert (await planning.call("GET", path, "unit_operator", "another")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.exe", b"MZ", 415),
        ("a.pdf", b"MZ" + bytes(100), 415),
        ("a.docx", office_file("word/document.xml", "word/vbaProject.bin"), 415),
        ("a.pdf", PDF + b" " * 1024**2 + b"%%EOF", 413),
        ("a.pdf", PDF + b" " * 4 * 1024**2 + b"%%EOF", 413),
    ],
)
async def test_a_refused_upload_leaves_no_file_and_no_row(
    planning: Planning, name: str, content: bytes, status: int
) -> None:
    unit = await planning.programme()
    assert (await planning.upload(unit, name, content)).status_code == status
    listed = (await planning.call("GET", f"/units/{unit}/evidence", "tpi", unit)).json()["items"]
    left = [path for path in planning.settings.data_dir.rglob("*") if path.is_file()]
    assert (listed, left) == ([], [])


async def test_the_same_file_twice_is_two_evidences_of_one_stored_file(planning: Planning) -> None:
    unit = await planning.programme()
    first, second = [(await planning.upload(unit, name, PDF)).json() for name in ("a.pdf", "b.pdf")]
    assert first["evidence_id"] != second["evidence_id"]
    assert (await planning.rows("SELECT count(*) FROM stored_file WHERE sha256 = :s", s=SHA))[0][0] == 1


async def test_a_repeated_upload_with_its_key_is_one_evidence(planning: Planning) -> None:
    unit = await planning.programme()
    key = {"Idempotency-Key": f"upload-of-unit-{unit}"}
    first = await planning.upload(unit, "a.pdf", PDF, **key)
    again = await planning.upload(unit, "a.pdf", PDF, **key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = await planning.upload(unit, "a.pdf", PDF + b"\n%%EOF", **key)
    assert other.json()["code"] == "idempotency_key_reused"
    left = list((planning.settings.data_dir / "incoming").iterdir())
    assert left == [], "no temporary file stays, whatever the answer was"


async def test_a_damaged_file_is_never_served(planning: Planning) -> None:
    unit = await planning.programme()
    content = PDF + b"%%EOF damaged later %%EOF"
    made = (await planning.upload(unit, "a.pdf", content)).json()
    stored(planning, made["sha256"]).write_bytes(content[:-1] + b"!")
    answer = await planning.call("GET", f"/evidence/{made['evidence_id']}/content", "tpi", unit)
    assert (answer.status_code, answer.json()["code"]) == (500, "file_corrupt")


async def test_the_sweep_takes_orphans_after_an_hour_and_nothing_else(planning: Planning) -> None:
    unit = await planning.programme()
    known = PDF + b"%known\n%%EOF"
    kept = (await planning.upload(unit, "a.pdf", known)).json()["sha256"]
    store = FileStore.open(str(planning.settings.data_dir))
    orphan = "0" * 64
    for path in (stored(planning, orphan), planning.settings.data_dir / "incoming" / "cut#1"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    now = datetime.now(UTC)
    assert await sweep_orphans(planning.db, store, now) == 0
    assert await sweep_orphans(planning.db, store, now + ORPHAN_AGE + timedelta(minutes=1)) == 2
    assert (stored(planning, orphan).exists(), stored(planning, kept).exists()) == (False, True)


async def test_a_file_stored_again_while_the_sweep_runs_survives(planning: Planning) -> None:
    store = FileStore.open(str(planning.settings.data_dir))
    path = stored(planning, "1" * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    before = datetime.now(UTC) - ORPHAN_AGE
    os.utime(path, (before.timestamp() - 60,) * 2)
    listed = [name async for batch in store.stored_before(before) for name in batch]
    path.write_bytes(b"x")
    assert listed == ["1" * 64]
    assert not await store.delete_if_older(listed[0], before)
