"""What a comparison says: differences of rules and of wording, and what became of answers."""

from dataclasses import dataclass
from typing import Literal

Meaning = Literal["same", "reworded", "changed", "added", "removed"]
"""Of an answer: the same value for the same words, for other words, another value or sense, only in one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` of `place` was `before` and is `after`; None where there is none. Numbers are exact."""

    place: str
    what: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.place}: {self.what} added: {self.after}"
        if self.after is None:
            return f"{self.place}: {self.what} removed: {self.before}"
        return f"{self.place}: {self.what}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class ItemMeaning:
    """An item of the one and of the other (None where it is in one alone) and what became of its answers."""

    before: str | None
    after: str | None
    meaning: Meaning
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rules` are differences of what is computed, `texts` those of wording; `items` are of instruments."""

    rules: tuple[Difference, ...]
    texts: tuple[Difference, ...]
    items: tuple[ItemMeaning, ...]

    @property
    def is_same(self) -> bool:
        return not self.rules and not self.texts


def different(place: str, what: str, before: str | None, after: str | None) -> list[Difference]:
    """Return the difference of two values as a list, empty when they are the same."""
    return [] if before == after else [Difference(place, what, before, after)]
