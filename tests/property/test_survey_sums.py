"""Running sums equal a recount, whatever arrives, however often and in which order."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.survey.domain.answers import Answer, moves
from shared.instruments.survey import ItemSum, Scale, convert, fewest_more, mean_needed, reachable

KEYS = ("informasi", "waktu", "pungli")
STARS = Scale(1, 6)
scores = st.fixed_dictionaries({key: st.integers(1, 6) for key in KEYS})


@st.composite
def histories(draw: st.DrawFn) -> list[Answer]:
    """Facts of a few people: versions 1..n of an answer, maybe a withdrawal at the end."""
    facts = []
    for person in range(draw(st.integers(1, 5))):
        versions = draw(st.lists(scores, min_size=1, max_size=4))
        facts += [Answer(UUID(int=person), number, given) for number, given in enumerate(versions, start=1)]
        if draw(st.booleans()):
            facts.append(Answer(UUID(int=person), len(versions) + 1, None))
    return facts


def fold(facts: Iterable[Answer]) -> dict[str, ItemSum]:
    sums = dict.fromkeys(KEYS, ItemSum())
    known: dict[UUID, Answer] = {}
    for fact in facts:
        old = known.get(fact.response_id)
        for key, delta in moves(old, fact).items():
            sums[key] = ItemSum(sums[key].n + delta.n, sums[key].total + delta.total)
        if fact.supersedes(old):
            known[fact.response_id] = fact
    return sums


def recount(facts: Sequence[Answer]) -> dict[str, ItemSum]:
    """Count from nothing: the newest version of everybody who did not withdraw."""
    gone = {fact.response_id for fact in facts if fact.scores is None}
    newest = {fact.response_id: fact.scores for fact in sorted(facts, key=lambda fact: fact.version)}
    counted = [given for person, given in newest.items() if person not in gone and given is not None]
    return {key: ItemSum(len(counted), sum(given[key] for given in counted)) for key in KEYS}


@given(st.data())
def test_any_order_and_repetition_of_capture_correction_withdrawal_equals_a_recount(
    data: st.DataObject,
) -> None:
    facts = data.draw(histories())
    repeated = facts + data.draw(st.lists(st.sampled_from(facts), max_size=8))
    assert fold(data.draw(st.permutations(repeated))) == recount(facts)


@given(st.fractions(1, 6))
def test_ratio_is_never_above_affine_and_equal_at_the_top_only(raw: Fraction) -> None:
    ratio, affine = convert(raw, STARS, "ratio"), convert(raw, STARS, "affine")
    assert ratio is not None
    assert affine is not None
    assert ratio <= affine
    assert (ratio == affine) is (raw == 6)


@given(st.integers(1, 60), st.integers(0, 40), st.data())
def test_bounds_hold_whatever_the_others_answer(n: int, more: int, data: st.DataObject) -> None:
    sums = [ItemSum(n, data.draw(st.integers(n, 6 * n))) for _ in KEYS]
    late = [data.draw(st.integers(more, 6 * more)) for _ in KEYS]
    bounds = reachable(sums, more, STARS)
    assert bounds is not None
    means = [ItemSum(n + more, item.total + given_).mean for item, given_ in zip(sums, late, strict=True)]
    index = sum(mean for mean in means if mean is not None) / len(KEYS)
    assert bounds[0] <= index <= bounds[1]


@given(st.integers(1, 60), st.data(), st.sampled_from(["18/5", "16/5"]))
def test_fewest_more_is_the_least_number_of_perfect_answers(n: int, data: st.DataObject, text: str) -> None:
    floor, items, four = Fraction(text), 5, Scale(1, 4)
    total = data.draw(st.integers(n * items, 4 * n * items))
    least = fewest_more(floor, n, total, items, four)
    assert least is not None

    def index_after(more: int) -> Fraction:
        return Fraction(total + 4 * items * more, items * (n + more))

    assert index_after(least) >= floor
    if least:
        assert index_after(least - 1) < floor
        assert mean_needed(floor, n, total, items, least) <= 4
