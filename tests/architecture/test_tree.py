"""No file of the tree knows the machine it was written on or the servers it was installed from."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("tests/contracts/data/", "tests/architecture/data/")
"""Files taken over unchanged from elsewhere."""

HOME = re.compile(r"(?<![\w.])/(work|root|home|Users)/")
ADDRESS = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE)
HARMLESS = re.compile(
    r"127[.\d]+|10[.\d]+|0\.0\.0\.0|json-schema\.org|www\.w3\.org|schemas\.openxmlformats\.org|purl\.(?:oclc\.)?org"
    r"|schemas\.openid\.net"
    r"|.*\.(test|example|invalid)|.*\.go\.id"
)
"""Loopback and private networks, names of vocabularies, reserved names, and sources of regulations."""


def tracked() -> dict[str, str]:
    """Return path and text of every text file of the tree that is meant to be kept."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is on the path
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    texts = {}
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if name.startswith(COPIED) or not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" not in data:
            texts[name] = data.decode()
    return texts


@pytest.fixture(scope="module")
def tree() -> dict[str, str]:
    return tracked()


def test_no_path_of_the_authors_machine(tree: dict[str, str]) -> None:
    assert {name: found[0] for name, text in tree.items() if (found := HOME.search(text))} == {}


def test_no_address_of_a_server_of_others(tree: dict[str, str]) -> None:
    strange = {
        (name, host)
        for name, text in tree.items()
        for host in ADDRESS.findall(text)
        if not HARMLESS.fullmatch(host)
    }
    assert strange == set()


def test_no_local_environment_file_is_kept(tree: dict[str, str]) -> None:
    assert [name for name in tree if Path(name).name == ".env"] == []
