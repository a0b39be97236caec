"""Which answers the published figures cover, so that no two of them tell of fewer than five people. Pure.

A figure is the sum of the answers it covers, so whoever reads several of them can add and subtract. Each
release adds a node to a graph, node 0 stands for the answers that no figure covers, and each person joins the
nodes at which the figures' cover of them changed. A combination of figures gives the nodes weights; it tells
of the people whose nodes do not all weigh the same. So the fewest people that any combination tells of is the
least cut of the graph. Source: survey.md section 6.6.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from shared.instruments.survey import IndexOutlook, ItemSum

FEWEST = 5
"""No two published figures differ by fewer people."""
HELD_BACK = 5
"""The newest answers stay out of the figures of an open campaign."""
ITEMS_FROM = 10
"""Answers behind a figure before the sums of its items are shown."""
WAIT = timedelta(hours=72)
"""After this long with a change that cannot be released the figures are taken back."""

Nodes = frozenset[int]
UNCOVERED = 0


@dataclass(frozen=True, slots=True)
class Released:
    """The figures that leave the service: sums of a set of `n` answers, by item, as of release `number`.

    0 = nothing was released. `outlooks` is what could then still become of the indices, by predicate.
    `is_taken_back`: no figure is shown, or known, until the next release. `is_coarse`: made after the close,
    so only as indices with two decimals. `waiting_since`: since when a change waits that the figures must
    follow. `is_frozen`: the answers are anonymous, so the figures stay as they are.
    """

    number: int = 0
    n: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)
    outlooks: Mapping[str, IndexOutlook] = field(default_factory=dict)
    is_taken_back: bool = False
    is_coarse: bool = False
    waiting_since: datetime | None = None
    is_frozen: bool = False

    @property
    def is_shown(self) -> bool:
        """Tell whether there is a figure to show."""
        return self.n > 0 and not self.is_taken_back

    @property
    def shown_n(self) -> int:
        """Return how many answers the shown figures cover."""
        return self.n if self.is_shown else 0

    def sums(self) -> dict[str, ItemSum]:
        """Return the sums behind the shown figures by item key; empty while none is shown."""
        if not self.is_shown:
            return {}
        return {key: ItemSum(self.n, total) for key, total in self.totals.items()}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that stands otherwise than in the last release.

    `arrived` orders the answers of a campaign. `changed_in` numbers the releases at which the figures' cover
    of it changed: it came in, was corrected, left. `is_covered` tells whether the last one covers some
    version of it, `is_valid` whether it counts now.
    """

    response_id: UUID
    arrived: int
    changed_in: tuple[int, ...]
    is_covered: bool
    is_valid: bool

    @property
    def is_new(self) -> bool:
        return not self.is_covered

    @property
    def leaves(self) -> bool:
        return self.is_covered and not self.is_valid


def nodes(changed_in: Iterable[int], *, is_covered: bool) -> Nodes:
    """Return the nodes that a person joins; none for one whom no figure ever covered."""
    joined = frozenset(changed_in)
    return joined | {UNCOVERED} if is_covered else joined


def due(waiting: Sequence[Waiting], *, is_open: bool) -> list[Waiting]:
    """Return the changes that the next release would take up, or none while there are fewer than five.

    While the campaign is open the newest five answers wait on, so that the first release comes at ten
    answers and later ones when ten wait. Withdrawals and corrections go along.
    """
    new = sorted((one for one in waiting if one.is_new), key=lambda one: one.arrived)
    taken = new[:-HELD_BACK] if is_open else new
    changes = taken + [one for one in waiting if one.is_covered]
    return changes if len(changes) >= FEWEST else []


def is_plainly_safe(changes: Sequence[Waiting]) -> bool:
    """Tell whether a release is safe whatever was released before.

    With five changes or more and no fewer people coming in than leaving no cut can fall below five: each
    person who leaves takes one edge from a cut at most, and each who comes in adds one.
    """
    coming = sum(one.is_new for one in changes)
    leaving = sum(one.leaves for one in changes)
    return len(changes) >= FEWEST and coming >= leaving


def after_release(people: Mapping[Nodes, int], changes: Sequence[Waiting], number: int) -> Counter[Nodes]:
    """Return how many people join which nodes once release `number` took up these changes."""
    result = Counter(people)
    for one in changes:
        if not one.is_new:
            result[nodes(one.changed_in, is_covered=True)] -= 1
        result[nodes((*one.changed_in, number), is_covered=one.is_valid)] += 1
    return +result


def fewest_told_of(people: Mapping[Nodes, int]) -> int | None:
    """Return the fewest people that any combination of the figures tells of; None when none tells of any."""
    graph = {edge: count for edge, count in people.items() if count and len(edge) > 1}
    cuts = [_least_cut(part, members) for part, members in _parts(graph)]
    return min(cuts, default=None)


def _parts(graph: Mapping[Nodes, int]) -> list[tuple[dict[Nodes, int], set[int]]]:
    """Split a graph into its connected parts: what joins nothing tells of nobody."""
    members: list[set[int]] = []
    for edge in graph:
        touched = [part for part in members if part & edge]
        members = [part for part in members if not part & edge]
        members.append(set(edge).union(*touched))
    return [({edge: n for edge, n in graph.items() if edge <= part}, part) for part in members]


def _least_cut(graph: Mapping[Nodes, int], members: set[int]) -> int:
    """Return the least cut of a connected hypergraph with weighted edges.

    By orderings of greatest adjacency: the last node's cut parts it from the one before, then both become
    one.
    Source: Klimmek and Wagner 1996, after Stoer and Wagner.
    """
    least = sum(graph.values())
    merged = {node: frozenset({node}) for node in members}
    while len(merged) > 1:
        groups = list(merged.values())
        inside: set[int] = set(groups[0])
        order, left = [groups[0]], groups[1:]
        while left:
            nearest = max(left, key=lambda group: _joined(graph, group, inside))
            left.remove(nearest)
            order.append(nearest)
            inside |= nearest
        last = order[-1]
        least = min(least, sum(n for edge, n in graph.items() if edge & last and not edge <= last))
        both = order[-2] | last
        merged = {min(group): group for group in [*order[:-2], both]}
    return least


def _joined(graph: Mapping[Nodes, int], group: Nodes, inside: set[int]) -> int:
    return sum(n for edge, n in graph.items() if edge & group and not edge.isdisjoint(inside))
