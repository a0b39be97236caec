"""The commands that the README tells people to type."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def tour() -> list[list[str]]:
    """Return the arguments of every `zi` command that stands on a line of its own, for this year."""
    found = re.findall(r"^ +\.venv/bin/zi (.+)$", README.read_text(), re.MULTILINE)
    year = str(datetime.now(UTC).year)
    return [shlex.split(command.replace("$(date +%Y)", year)) for command in found]


def promised_gain() -> str:
    """Return by how many points the README lets the open unit rise."""
    (gain,) = re.findall(r"([0-9.]+) points more", README.read_text())
    return str(gain)
