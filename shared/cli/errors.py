"""What ends a command with one clear sentence."""

import re
from collections.abc import Mapping
from typing import Any

_ERRNO = re.compile(r"\[(?:Errno|SSL:)[^\]]*\] ?")
_CALL = re.compile(r"Connect call failed \('([^']*)', (\d+)[^)]*\)")
_CAPITAL = re.compile(r"^[A-Z](?=[a-z]* )")


class CliError(Exception):
    """A failure whose text is a sentence for the person at the terminal; exit code 1."""


class RefusedError(CliError):
    """A service refused; `problem` is its answer whole, which `--json` prints."""

    def __init__(self, text: str, problem: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.problem = problem


def plain(error: BaseException) -> str:
    """Return what an exception says, without the numbers of the operating system."""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    else:
        text = str(error)
    text = _CALL.sub(r"no connection to \1:\2", _ERRNO.sub("", text)).strip()
    return _CAPITAL.sub(lambda found: found[0].lower(), text) or type(error).__name__
