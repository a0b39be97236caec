"""Which browser the set-up of the page tests installs, beside an apt that only notes what it is told."""

import os
from pathlib import Path

import pytest

from deploy.local import install

COMES = "Inst chromium-headless-shell (156 Debian:12 [amd64])"
CHANGES = "Inst chromium-common [150] (156 Debian:12 [amd64])"


class Machine:
    """A machine on which nothing but these programs is found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told = folder / "told"

    def has(self, name: str, script: str = "") -> None:
        program = self._folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def has_apt(self, *foreseen: str, knows_shell: bool = True, has_network: bool = True) -> None:
        lines = "\n".join(f"echo '{line}'" for line in foreseen)
        self.has(
            "apt-get",
            f"""case "$*" in
*--simulate) {lines or ":"}
{"exit 0" if knows_shell else "exit 100"};;
esac
echo "$*" >> {self._told}
{"exit 0" if has_network else "exit 100"}""",
        )

    def told(self) -> list[str]:
        """Return what apt was told to do, by its first and its last but one word: the fonts come with all."""
        lines = self._told.read_text().splitlines() if self._told.exists() else []
        return [line.split()[0] if "update" in line else line.split()[-2] for line in lines]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Machine(tmp_path)


def test_without_a_browser_the_one_without_windows_comes(machine: Machine) -> None:
    machine.has_apt(COMES)
    install.install_chromium()
    assert machine.told() == ["update", "chromium-headless-shell"]


def test_where_that_is_unknown_the_whole_one_comes(machine: Machine) -> None:
    machine.has_apt(knows_shell=False)
    install.install_chromium()
    assert machine.told() == ["update", "chromium"]


def test_without_a_network_the_set_up_says_what_failed(machine: Machine) -> None:
    machine.has_apt(COMES, has_network=False)
    with pytest.raises(SystemExit, match="apt-get says why above"):
        install.install_chromium()


def test_beside_a_browser_it_comes_where_nothing_changes(machine: Machine) -> None:
    machine.has("chromium")
    machine.has_apt(COMES)
    install.install_chromium()
    assert machine.told() == ["chromium-headless-shell"]


def test_a_browser_that_would_change_is_left_alone(machine: Machine) -> None:
    machine.has("chromium")
    machine.has_apt(CHANGES, COMES)
    install.install_chromium()
    assert machine.told() == []


def test_a_browser_that_is_there_serves_where_nothing_can_be_fetched(machine: Machine) -> None:
    machine.has("chromium")
    machine.has_apt(COMES, has_network=False)
    install.install_chromium()
    assert machine.told() == ["chromium-headless-shell"]


@pytest.mark.parametrize("there", ["chromium-headless-shell", "google-chrome"])
def test_nothing_is_asked_where_nothing_can_be_better(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    machine.has(there)
    machine.has_apt(COMES)
    if there == "google-chrome":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    install.install_chromium()
    assert machine.told() == []


def test_without_rights_or_a_browser_one_sentence_says_what_to_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has_apt(COMES)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="sudo apt-get install chromium"):
        install.install_chromium()


def test_libreoffice_comes_where_there_is_none(machine: Machine) -> None:
    machine.has_apt()
    install.install_libreoffice()
    assert machine.told() == ["update", "--no-remove"]


def test_libreoffice_that_is_there_stays_as_it_is(machine: Machine) -> None:
    machine.has("soffice")
    machine.has_apt()
    install.install_libreoffice()
    assert machine.told() == []


def test_without_rights_or_libreoffice_one_sentence_says_what_to_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has_apt()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="sudo apt-get install libreoffice-calc-nogui"):
        install.install_libreoffice()
