"""What assessments have pinned is never edited in place: what it computes is known by its hash.

A change belongs into a version of its own beside the old one; then a new line stands here, and no old one
changes. The map of feeds has no versions: whoever changes what counts in it decides about every year that
still follows facts.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from shared.instruments.lke import case_feeds, lke_instrument, policy_sets, rule_sets

PUBLISHED = {
    "instrument": "d0593e0a35d1d3add11b8821425120f170431fab2dfcd4b3a247e44fff13ed4c",
    "rule set panrb-90-2021": "b431b5b0dcc11d3ce0e3eed642f710e0de0b432e050b1561c6ca78003572fb8d",
    "policies undefined-1": "ef2397d0158f3c9d6b1bc980c4f35841eb11b01bbb5f5dec196dc4bd541594dd",
    "facts": "7dac359adb158b735b36f1ae79d89b843c1a022c90892eead4d1599a6eab5fdf",
}


def instrument() -> Iterator[object]:
    """Yield all of the instrument that a score depends on, in the order of the sheet."""
    for node in lke_instrument().nodes.values():
        yield node.code, str(node.weight)
    for item in lke_instrument().questions.values():
        scale = [] if item.scale is None else [(key, str(value)) for key, value in item.scale.values.items()]
        counts = sorted(sorted(enough) for enough in item.sufficient)
        yield item.code, item.type.value, str(item.share), scale, item.formula and item.formula.text, counts


def rules() -> Iterator[object]:
    for gate in rule_sets()["panrb-90-2021"].gates:
        yield gate.predicate, gate.code, gate.basis, gate.op, str(gate.minimum), str(gate.floor)


def policies() -> Iterator[object]:
    found = policy_sets()["undefined-1"]
    yield found.default.value, sorted((code, choice.value) for code, choice in found.questions.items())


def facts() -> Iterator[object]:
    for feed in case_feeds():
        yield feed.item_code, feed.stream, sorted((key, sorted(kinds)) for key, kinds in feed.inputs.items())


PARTS: dict[str, Callable[[], Iterator[object]]] = dict(
    zip(PUBLISHED, (instrument, rules, policies, facts), strict=True)
)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_was_published_computes_what_it_did(name: str) -> None:
    told = "\n".join(map(repr, PARTS[name]()))
    assert sha256(told.encode()).hexdigest() == PUBLISHED[name], f"old years follow {name}: put one beside it"


def test_every_version_of_rule_sets_and_policies_has_its_hash() -> None:
    versions = {*(f"rule set {key}" for key in rule_sets()), *(f"policies {key}" for key in policy_sets())}
    assert versions <= PUBLISHED.keys()
