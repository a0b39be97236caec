"""Lives of what has deadlines: a row says where an act leads, whose it is and which facts it makes.

The rows of each kind are data beside its subject; nothing else moves anything.
Source: complaints.md section 2.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

from services.complaints.deadlines.domain.policy import StartFact

S = TypeVar("S", bound=StrEnum)
"""The states of a subject."""
N = TypeVar("N", bound=str)
"""The names of its acts."""


@dataclass(frozen=True, slots=True)
class Act(Generic[S, N]):
    """One row of a kind's table: an act that leads from some states to others, and what it does.

    `before` narrows a row to what waited for facts out of these states. `targets` are the states that it may
    lead to: none when the state stays, several when the act itself says which. `returns` leads back to where
    one that waits came from, its targets being where it came from when nobody knows; `return_to` lets that be
    another state from now on. `by` are the roles whose act it is. `makes` are the facts that deadlines start
    with; which deadlines those are, which the act meets and which it cancels is in the policy data. `retells`
    are earlier facts: they arm what there never was. `pauses` tells that pausable deadlines stand still from
    it, `resumes` that the paused ones run again, `begins_cycle` that all is worked on anew. An act that leads
    to a final state ends every deadline that still runs. One that `is_owed` is open only while a deadline
    runs that it meets: whoever has no such policy never sees it.
    """

    name: N
    past: str
    sources: frozenset[S]
    targets: tuple[S, ...]
    by: frozenset[str]
    before: frozenset[S] | None = None
    returns: bool = False
    return_to: S | None = None
    makes: tuple[StartFact, ...] = ()
    retells: tuple[StartFact, ...] = ()
    pauses: bool = False
    resumes: bool = False
    begins_cycle: bool = False
    is_owed: bool = False

    def is_open_to(self, state: S, before: S | None) -> bool:
        """Tell whether one in this state, which waited out of `before`, may take the act by this row."""
        return state in self.sources and (self.before is None or before in self.before)

    def leads_to(self, state: S, before: S | None) -> tuple[S, ...]:
        """Return the states one may be in after it."""
        if self.returns and before is not None:
            return (before,)
        return self.targets or (state,)


@dataclass(frozen=True)
class Table(Generic[S, N]):
    """All that may happen to what is of one kind; it begins by the act `beginning`.

    `resting` are open states in which nobody owes anything by a date, `becomes` the kinds that it may turn
    out to be.
    """

    kind: str
    rows: tuple[Act[S, N], ...]
    beginning: str
    resting: frozenset[S] = frozenset()
    becomes: frozenset[str] = frozenset()

    @property
    def receiving(self) -> Act[S, N]:
        """What happens as one begins."""
        return self.named(self.beginning)[0]

    @property
    def acts(self) -> Sequence[Act[S, N]]:
        """All rows but that of the beginning."""
        return [row for row in self.rows if row.name != self.beginning]

    @cached_property
    def states(self) -> frozenset[S]:
        """Every state that one of this kind can be in."""
        return frozenset(state for row in self.rows for state in (*row.targets, *row.sources))

    def named(self, name: str) -> Sequence[Act[S, N]]:
        """Return the rows of an act; none when this kind does not know it."""
        return [row for row in self.rows if row.name == name]

    def row(self, name: str, state: S, before: S | None = None) -> Act[S, N] | None:
        """Return the row by which one may take an act; None when it may not."""
        return next((row for row in self.named(name) if row.is_open_to(state, before)), None)

    def open_to(self, state: S, before: S | None = None) -> Iterator[Act[S, N]]:
        """Yield what may be done now."""
        return (row for row in self.acts if row.is_open_to(state, before))


def _never(_: Any) -> bool:
    return False


@dataclass(frozen=True)
class Life(Generic[S, N]):
    """What a subject brings: its kinds and all that their tables, and policies about them, may name.

    `roles` are whose an act may be, those of `outsiders` nobody can count on. One that waits for facts is in
    `waiting`, and goes back to `first` when nobody knows where it came from. `sorts` tells which acts give
    one a class.
    """

    kinds: frozenset[str]
    states: type[S]
    final: frozenset[S]
    acts: frozenset[str]
    facts: frozenset[str]
    roles: frozenset[str]
    beginning: str
    waiting: S | None = None
    first: S | None = None
    outsiders: frozenset[str] = frozenset()
    classes: tuple[str | None, ...] = (None,)
    sorts: Callable[[Act[S, N]], bool] = _never

    @property
    def open(self) -> frozenset[S]:
        """The states in which something may still happen."""
        return frozenset(self.states) - self.final
