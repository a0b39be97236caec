"""`zi lke export` writes a file whole, never over another one unasked, and says what it wrote."""

from pathlib import Path
from typing import Any

import pytest

from shared.cli.main import main
from tests.unit.cli.conftest import FakeSystem

WHOSE = ("--unit", "a", "--year", "2026")
PATH = "/units/a/worksheets/2026/export"
CONTENT = b"PK" + b"x" * 4_000
REFUSED = {
    "title": "x", "status": 422, "code": "workbook_refused", "detail": "Buku kerja memuat 1 kesalahan.",
    "errors": [
        {
            "field": "LKE ZI!K128", "code": "formula_differs", "message": "LKE ZI!K128: tidak berisi rumus",
            "sheet": "LKE ZI", "cell": "K128", "row": 128, "item_code": "", "value": "1", "allowed": "",
            "reason": "formula_differs",
        }
    ],
}  # fmt: skip


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("lke", "export", *WHOSE, *words))
    return int(ended.value.code or 0)


@pytest.fixture
def serving(system: FakeSystem) -> FakeSystem:
    def answer(_method: str, path: str) -> tuple[int, Any]:
        return (200, CONTENT) if path.startswith(PATH) else (200, {"items": [{}], "next": None})

    system.answer = answer
    return system


def test_a_layer_is_written_and_told(
    serving: FakeSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lke.xlsx"
    assert run("--layer", "tpi", "--out", str(out)) == 0
    assert out.read_bytes() == CONTENT
    assert serving.last()[:2] == ("GET", f"{PATH}?layer=tpi&format=layout2021")
    said = capsys.readouterr().out
    assert said == f"{out} written: a 2026, official workbook, layer tpi, version 7, 3 kB\n"


def test_a_file_that_is_there_stays_unless_forced(
    serving: FakeSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lke.xlsx"
    out.write_bytes(b"mine")
    assert run("--out", str(out)) == 1
    assert "--force writes over it" in capsys.readouterr().err
    assert (out.read_bytes(), serving.requests) == (b"mine", [])
    assert run("--out", str(out), "--force") == 0
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".xlsx"] == ["lke.xlsx"]
    assert out.read_bytes() == CONTENT


def test_a_template_is_sent_and_filled(serving: FakeSystem, tmp_path: Path) -> None:
    template = tmp_path / "resmi.xlsx"
    template.write_bytes(b"PK template")
    assert run("--out", str(tmp_path / "lke.xlsx"), "--into", str(template)) == 0
    method, path, _, body = serving.last()
    assert (method, path) == ("POST", f"{PATH}?layer=unit")
    assert b"PK template" in body


def test_a_refused_template_is_told_by_its_cells_and_nothing_is_written(
    serving: FakeSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template, out = tmp_path / "resmi.xlsx", tmp_path / "lke.xlsx"
    template.write_bytes(b"PK")
    before = serving.answer
    serving.answer = lambda method, path: (422, REFUSED) if method == "POST" else before(method, path)
    assert run("--out", str(out), "--into", str(template)) == 1
    assert "LKE ZI!K128: formula differs" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--into", "tidak-ada.xlsx"), "there is no file tidak-ada.xlsx"),
        (("--into", "tidak-ada.xlsx", "--format", "layers"), "does not go with --format layers"),
    ],
)
@pytest.mark.usefixtures("serving")
def test_what_cannot_be_done_is_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run("--out", str(tmp_path / "x.xlsx"), *words) == 1
    assert said in capsys.readouterr().err
