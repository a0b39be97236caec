"""What the documents tell people to type and to open, as lists that tests compare with what exists."""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted(
    ROOT / "docs" / f"{name}.md"
    for name in ("deploy", "backup", "extending", "consuming", "prometheus", "first-day")
)
_CODE = re.compile(r"`([^`\n]+)`|^(?: {4}|\d+\. {5})(\S.*)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fences(document: Path, language: str) -> list[str]:
    """Return the blocks of a language that stand in a document."""
    return [body for kind, body in _FENCE.findall(document.read_text()) if kind == language]


def code_in(document: Path) -> Iterator[str]:
    """Yield every piece of inline code, and every indented line."""
    text = _FENCE.sub("", document.read_text())
    for inline, line in _CODE.findall(text):
        yield inline or line


def commands_in(document: Path) -> Iterator[str]:
    """Yield what follows `zi` in every command that the document names."""
    for code in code_in(document):
        for line in re.split(r"[;&|]{1,2} ", code):
            found = re.match(r"(?:\.venv/bin/|docker compose exec .*)?\bzi ([a-z].*)", line.strip())
            if found:
                yield found[1]


def faults_of(command: str) -> list[str]:
    """Return what the words after `zi` name that does not exist: a command, an option."""
    words = shlex.split(command.replace("$(date +%Y)", "2026"))
    entries = {entry.name: entry for entry in entry_points(group="zi.commands")}
    name, rest = words[0], words[1:]
    if name not in entries:
        return [f"no command {name}"]
    found: Any = typer.main.get_command(entries[name].load())
    while (inside := getattr(found, "commands", None)) and rest and not rest[0].startswith("-"):
        inner, rest = rest[0], rest[1:]
        if inner not in inside:
            return [f"no command {inner} in {name}"]
        found = inside[inner]
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return [f"no option {option} in {command}" for option in sorted(asked - known - {"--help", "--as"})]


def settings_in(document: Path) -> set[str]:
    """Return the environment variables that a document names whole."""
    return set(re.findall(r"\bZI_[A-Z0-9_]*[A-Z0-9]\b(?![<*])", document.read_text()))


def paths_in(document: Path) -> set[str]:
    """Return the paths of our files that a document names in inline code; a `<name>` becomes `*`."""
    found = (code.split(" ")[0] for code in code_in(document))
    names = (name for name in found if re.match(r"(?:services|shared|deploy|tests|docs)/", name))
    return {re.sub(r"<\w+>", "*", name).rstrip("/") for name in names if "{" not in name}
