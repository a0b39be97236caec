"""`zi unit import` says every value as it is, and writes what somebody looked at."""

from pathlib import Path
from typing import Any

import pytest

from shared.cli.main import main
from tests.unit.cli.conftest import FakeSystem

DIGEST = "d" * 64
WARNING = {"code": "name_taken", "message": "Unit baru ini bernama sama.", "cell": "B3", "allowed": ""}
CLOSED = {
    "row": 2, "unit_id": "a", "kind": "changed",
    "fields": [
        {"field": "is_active", "before": True, "after": False},
        {"field": "region", "before": None, "after": "Papua"},
    ],
}  # fmt: skip
TOLD: dict[str, Any] = {
    "is_accepted": True, "is_written": False, "digest": DIGEST, "new": 0, "changed": 1, "unchanged": 0,
    "left_out": 0, "findings_count": 0, "findings": [], "warnings": [WARNING], "changes": [CLOSED],
}  # fmt: skip


def test_a_closed_unit_is_told_as_such_with_the_digest_that_writes_it(
    system: FakeSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system.answer = lambda _method, _path: (200, TOLD)
    file = tmp_path / "unit.csv"
    file.write_bytes(b"Kode unit;Nama unit\r\na;A\r\n")
    with pytest.raises(SystemExit) as ended:
        main(("unit", "import", str(file), "--dry-run", "--expected", DIGEST))
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "is_active True -> False, region - -> Papua" in out
    assert "B3: is the name of a registered unit already" in out
    assert out.splitlines()[-1] == f"to write exactly this: --expected {DIGEST}"
    assert f"expected={DIGEST}" in system.last()[1]


def test_a_file_that_says_what_is_there_already_changes_nothing_and_says_so(
    system: FakeSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titled = WARNING | {"cell": "1"}
    system.answer = lambda _method, _path: (
        200,
        TOLD | {"changed": 0, "unchanged": 1, "changes": [], "warnings": [titled]},
    )
    file = tmp_path / "unit.csv"
    file.write_bytes(b"Kode unit;Nama unit\r\na;A\r\n")
    with pytest.raises(SystemExit) as ended:
        main(("unit", "import", str(file), "--dry-run"))
    assert ended.value.code == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("row 1: is the name")
    assert out[-1] == "0 new, 0 changed, 1 as they were, 0 not in the file and left alone: nothing changes"
