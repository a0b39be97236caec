"""Faults of data files, gathered so that all of them are told at once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class InvalidInstrumentError(ValueError):
    """Data contradict themselves or the instrument; nothing may be computed with them.

    `faults` has one sentence each, which begins with its place: a code, a layout's row, an id or a path.
    """

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def require(condition: bool, message: str) -> None:
    """Raise `InvalidInstrumentError` with `message` unless `condition` holds."""
    if not condition:
        raise InvalidInstrumentError(message)


def refuse_any(faults: Iterable[str]) -> None:
    """Raise `InvalidInstrumentError` with all faults if there is one."""
    found = tuple(faults)
    if found:
        raise InvalidInstrumentError(*found)


class Faults:
    """The faults of entries that do not hang on each other: one bad entry hides no other."""

    def __init__(self) -> None:
        self._found: list[str] = []

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keep what is refused within, and go on after it."""
        try:
            yield
        except InvalidInstrumentError as error:
            self._found.extend(error.faults)

    def refuse_any(self) -> None:
        """Raise `InvalidInstrumentError` with all that was kept if there is anything."""
        refuse_any(self._found)
