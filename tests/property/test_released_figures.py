"""No reader of published figures learns of fewer than five people, however answers come, change and go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.survey.domain.release import (
    FEWEST,
    HELD_BACK,
    Nodes,
    Waiting,
    after_release,
    due,
    fewest_told_of,
    is_plainly_safe,
    nodes,
)


@dataclass
class Person:
    """One who answered: the version that counts now, None when withdrawn, and what the figures cover."""

    number: int
    version: int | None = 1
    covered: int | None = None
    changed_in: list[int] = field(default_factory=list)


@dataclass
class Replay:
    """A campaign as the service runs it, with every figure it published: whose answers each one covers."""

    people: list[Person] = field(default_factory=list)
    is_open: bool = True
    is_taken_back: bool = False
    shown: list[dict[int, int]] = field(default_factory=lambda: [{}])

    def step(self, act: str, whom: int) -> None:
        standing = [person for person in self.people if person.version is not None]
        if act == "close":
            self.is_open = False
        elif act == "wait":
            self.is_taken_back = self.is_taken_back or any(one.is_covered for one in self.waiting())
        elif act == "answer" and self.is_open:
            self.people.append(Person(len(self.people)))
        elif standing:
            person = standing[whom % len(standing)]
            if act == "withdraw":
                person.version = None
            elif act == "correct" and self.is_open and person.version is not None:
                person.version += 1
        self.release()
        if not self.is_taken_back:
            self.shown.append({one.number: one.covered for one in self.people if one.covered is not None})

    def waiting(self) -> list[Waiting]:
        return [
            Waiting(
                UUID(int=one.number),
                one.number,
                tuple(one.changed_in),
                is_covered=one.covered is not None,
                is_valid=one.version is not None,
            )
            for one in self.people
            if one.version != one.covered
        ]

    def release(self) -> None:
        changes = due(self.waiting(), is_open=self.is_open)
        number = 1 + max((number for one in self.people for number in one.changed_in), default=0)
        fewest = fewest_told_of(after_release(self.by_nodes(), changes, number))
        is_safe = fewest is None or fewest >= FEWEST
        if changes and is_plainly_safe(changes):
            assert is_safe
        if not changes or not is_safe:
            return
        for change in changes:
            person = self.people[change.response_id.int]
            person.covered = person.version
            person.changed_in.append(number)
        self.is_taken_back = False

    def by_nodes(self) -> Counter[Nodes]:
        touched = [one for one in self.people if one.changed_in]
        return Counter(nodes(one.changed_in, is_covered=one.covered is not None) for one in touched)


ACTS = st.sampled_from(["answer"] * 6 + ["withdraw"] * 3 + ["correct", "wait"])
PATHS = st.tuples(
    st.lists(st.tuples(ACTS, st.integers(0, 60)), min_size=10, max_size=70),
    st.lists(st.tuples(st.sampled_from(["withdraw", "wait"]), st.integers(0, 60)), max_size=20),
)


def replayed(path: tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]) -> Replay:
    campaign = Replay()
    for act, whom in (*path[0], ("close", 0), *path[1]):
        campaign.step(act, whom)
    return campaign


def differing(one: Mapping[int, int], other: Mapping[int, int]) -> set[int]:
    """Return the people of whom two figures cover different things."""
    return {person for person in one.keys() | other.keys() if one.get(person) != other.get(person)}


@given(PATHS)
def test_no_two_published_figures_differ_by_one_to_four_people(
    path: tuple[list[tuple[str, int]], list[tuple[str, int]]],
) -> None:
    shown = replayed(path).shown
    told = {frozenset(figure.items()): figure for figure in shown}.values()
    assert {len(differing(one, other)) for one, other in combinations(told, 2)}.isdisjoint(range(1, FEWEST))


@given(PATHS)
def test_nor_does_any_sum_or_difference_of_several_figures(
    path: tuple[list[tuple[str, int]], list[tuple[str, int]]],
) -> None:
    shown = replayed(path).shown
    told = list({frozenset(figure.items()): figure for figure in shown}.values())[:6]
    for factors in product((-1, 0, 1), repeat=len(told)):
        weights: Counter[tuple[int, int]] = Counter()
        for factor, figure in zip(factors, told, strict=True):
            for answer in figure.items():
                weights[answer] += factor
        people = {person for (person, _), weight in weights.items() if weight}
        assert len(people) == 0 or len(people) >= FEWEST


@given(st.integers(0, 60))
def test_an_open_campaign_always_holds_back_its_newest_five_to_nine_answers(count: int) -> None:
    campaign = Replay()
    for _ in range(count):
        campaign.step("answer", 0)
    covered = [one.number for one in campaign.people if one.covered]
    assert covered == list(range(len(covered)))
    assert count < 2 * HELD_BACK or HELD_BACK <= count - len(covered) < 2 * HELD_BACK
    assert (len(covered) == 0) == (count < 2 * HELD_BACK)
    campaign.step("close", 0)
    assert len(campaign.shown[-1]) == (count if count >= FEWEST else 0)


edges = st.dictionaries(
    st.frozensets(st.integers(0, 4), min_size=2, max_size=3), st.integers(1, 9), min_size=1, max_size=8
)


@given(edges)
def test_the_least_cut_is_that_of_all_cuts_tried_one_by_one(people: dict[Nodes, int]) -> None:
    members = sorted(frozenset().union(*people))
    cuts = []
    for size in range(1, len(members)):
        for side in map(frozenset, combinations(members, size)):
            cut = sum(n for edge, n in people.items() if edge & side and not edge <= side)
            cuts.append(cut)
    assert fewest_told_of(people) == min(cut for cut in cuts if cut > 0)


def test_what_leaves_with_few_can_wait_for_a_combination_that_pairs_do_not_show() -> None:
    # five came in, five more, then four of the first left while one came: the first and third release
    # together would tell of two people, although each two figures differ by five or more
    people = Counter({frozenset({1, 0}): 5, frozenset({2, 0}): 5})
    leaving = [Waiting(UUID(int=n), n, (1,), is_covered=True, is_valid=False) for n in range(4)]
    coming = [Waiting(UUID(int=9), 9, (), is_covered=False, is_valid=True)]
    assert not is_plainly_safe(leaving + coming)
    assert fewest_told_of(after_release(people, leaving + coming, 3)) == 2
