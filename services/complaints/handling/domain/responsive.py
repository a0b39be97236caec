"""Whether service complaints are answered fast and by several channels: A.II.6.ii.a of the LKE.

Source: complaints.md section 11; R-165. The norms are data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from services.complaints.handling.domain.figures import Figures, share


@dataclass(frozen=True, slots=True)
class Norms:
    """What counts as many kinds of channels, and as fast; the answer by (fast, many), where it is known."""

    item: str
    kinds: int
    share_in_time: Fraction
    answers: Mapping[tuple[bool, bool], str]
    source: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Responsiveness:
    """The channels of a unit that work today, and how fast its service complaints of a period were taken up.

    `in_time` of `due` first follow-ups were inside their time; `answer` is None where a person has to judge.
    """

    norms: Norms
    channels: int
    kinds: Sequence[str]
    median: timedelta | None
    in_time: int
    due: int

    @property
    def is_many(self) -> bool:
        """Tell whether channels of so many different kinds work."""
        return len(self.kinds) >= self.norms.kinds

    @property
    def is_fast(self) -> bool | None:
        """Tell whether enough first follow-ups were in time; None where none was due."""
        found = share(self.in_time, self.due)
        return None if found is None else found >= self.norms.share_in_time

    @property
    def answer(self) -> str | None:
        """Return the answer that the norms propose, if they know one."""
        is_fast = self.is_fast
        return None if is_fast is None else self.norms.answers.get((is_fast, self.is_many))


def responsiveness(norms: Norms, kinds: Sequence[str], figures: Figures) -> Responsiveness:
    """Return what a unit's working channels (a kind for each) and its figures of service complaints say."""
    return Responsiveness(
        norms,
        len(kinds),
        sorted(set(kinds)),
        figures.median_first_response,
        figures.first_in_time,
        figures.first_due,
    )
