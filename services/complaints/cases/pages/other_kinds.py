"""What the page of deadlines calls the kinds of other subjects, without cases knowing of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from fastapi import Request


@dataclass(frozen=True, slots=True)
class KindWords:
    """Words by code: kinds, acts, and what deadlines start with."""

    kinds: Mapping[str, str]
    acts: Mapping[str, str]
    starts: Mapping[str, str]

    def before(self, other: "KindWords") -> "KindWords":
        """Return these words with those of another: a deadline may be about kinds of both."""
        return KindWords(
            {**self.kinds, **other.kinds},
            {**self.acts, **other.acts, **self.acts},
            {**self.starts, **other.starts, **self.starts},
        )


def other_kinds(request: Request) -> KindWords:
    """Return what `main.build` put on the application."""
    return cast("KindWords", request.app.state.other_kinds)
