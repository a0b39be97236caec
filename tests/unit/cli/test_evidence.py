"""`zi evidence` writes a file whole or not at all, and says what is missing before it asks the service."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from shared.cli.main import main
from tests.unit.cli.conftest import FakeSystem

ID = "019a9c1e-0000-7000-8000-000000000000"
CONTENT = b"isi berkas" * 1000
FILE = {
    "evidence_id": ID, "unit_id": "a", "layer": "tpi", "kind": "sk_tim_zi", "title": "SK", "form": "file",
    "revision": 2, "file_name": "sk.pdf", "size_bytes": len(CONTENT), "uses": [], "earlier": [],
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
}  # fmt: skip


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("evidence", *words))
    return int(ended.value.code or 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def holding(system: FakeSystem, content: Any = CONTENT, status: int = 200) -> None:
    """Let the service have one document with this content."""
    system.answer = lambda _method, path: (status, content) if "/content" in path else (200, FILE)


def test_a_document_is_written_under_its_own_name(
    system: FakeSystem, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holding(system)
    assert run("download", ID) == 0
    assert {path.name: path.read_bytes() for path in here.iterdir()} == {"sk.pdf": CONTENT}
    assert "sk.pdf written, 9 kB" in capsys.readouterr().out
    assert system.last()[1] == f"/evidence/{ID}/content?revision=2"


def test_a_file_that_is_here_already_stays_unless_it_is_named(
    system: FakeSystem, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holding(system)
    (here / "sk.pdf").write_bytes(b"lain")
    assert run("download", ID) == 1
    assert "sk.pdf is here already: name another file with --to" in capsys.readouterr().err
    assert (here / "sk.pdf").read_bytes() == b"lain"
    assert run("download", ID, "--to", "sk.pdf") == 0
    assert (here / "sk.pdf").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"lain", 200, "its sha256 differs"),
        ({"code": "file_corrupt", "detail": "Berkas rusak."}, 500, "the stored file is not the one"),
    ],
)
def test_what_does_not_arrive_as_it_was_leaves_nothing(
    system: FakeSystem,
    here: Path,
    capsys: pytest.CaptureFixture[str],
    content: Any,
    status: int,
    said: str,
) -> None:
    holding(system, content, status)
    assert run("download", ID, "--to", "sk.pdf") == 1
    assert said in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_document_goes_to_standard_output_as_it_is(
    system: FakeSystem, here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    holding(system)
    assert run("download", ID, "--to", "-") == 0
    assert capfdbinary.readouterr().out == CONTENT
    assert list(here.iterdir()) == []


def test_a_revision_that_there_is_not_is_told_with_the_newest(
    system: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    holding(system)
    assert run("download", ID, "--revision", "7") == 1
    assert "there is no revision 7: the newest is 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of FILE, --text and --address"),
        (("--text", "a", "--address", "https://a.example"), "give one of FILE, --text and --address"),
        (("--text", "Lemari 2"), "words and addresses need a --title"),
        (("sk.pdf",), "there is no file sk.pdf"),
    ],
)
def test_a_document_without_its_content_or_title_is_asked_for(
    system: FakeSystem, here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run("add", "--unit", "a", "--kind", "sk", *words) == 1
    assert said in capsys.readouterr().err
    assert [request for request in system.requests if request[1] != "/dev/token"] == []
    assert list(here.iterdir()) == []


def test_a_revision_is_written_by_the_layer_that_brought_the_document(system: FakeSystem, here: Path) -> None:
    holding(system, FILE)
    file = here / "baru.pdf"
    file.write_bytes(b"%PDF-1.4")
    assert run("revise", ID, str(file)) == 0
    method, path, headers, body = system.last()
    assert (method, path, headers["if-match"]) == ("PUT", f"/evidence/{ID}/content", '"7"')
    assert b"%PDF-1.4" in body
    assert [form["role"] for form in system.asked_of_idp()] == ["unit_operator", "tpi"]
