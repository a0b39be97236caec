"""What ends a command with one clear sentence."""

from collections.abc import Mapping
from typing import Any


class CliError(Exception):
    """A failure whose text is a sentence for the person at the terminal; exit code 1."""


class RefusedError(CliError):
    """A service refused; `problem` is its answer whole, which `--json` prints."""

    def __init__(self, text: str, problem: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.problem = problem
