"""Rule sets and policies compared."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from shared.instruments.lke.comparison.differences import Comparison, Difference, different
from shared.instruments.lke.plain import plain
from shared.instruments.lke.policies import Policies
from shared.instruments.lke.rule_sets import Gate, RuleSet

_Version = TypeVar("_Version", RuleSet, Policies)


def compare_rule_sets(before: Mapping[str, RuleSet], after: Mapping[str, RuleSet]) -> Comparison:
    """Compare rule sets by id; one alone on each side is compared whatever its id."""
    rules: list[Difference] = []
    texts: list[Difference] = []
    for place, old, new in _matched(before, after):
        if old is None or new is None:
            one = old or new
            said = f"{len(one.gates)} gates from {one.valid_from}" if one else ""
            rules.append(Difference(place, "rule set", said if old else None, said if new else None))
            continue
        rules.extend(different(place, "id", old.id, new.id))
        rules.extend(different(place, "valid_from", old.valid_from, new.valid_from))
        rules.extend(different(place, "gate rounding", old.rounding, new.rounding))
        gates = [{(gate.predicate, gate.code): gate for gate in one.gates} for one in (old, new)]
        for key in dict.fromkeys([*gates[0], *gates[1]]):
            name = f"{place} {' '.join(key)}"
            first, second = gates[0].get(key), gates[1].get(key)
            if first is None or second is None:
                said = _stated(first or gates[1][key])
                rules.append(Difference(name, "gate", said if first else None, said if second else None))
                continue
            rules.extend(different(name, "minimum", _stated(first), _stated(second)))
            rules.extend(different(name, "least that meets it", plain(first.floor), plain(second.floor)))
            rules.extend(different(name, "basis", " + ".join(first.basis), " + ".join(second.basis)))
            texts.extend(different(name, "name", first.name, second.name))
            texts.extend(different(name, "source", first.source, second.source))
    return Comparison(tuple(rules), tuple(texts), ())


def compare_policies(
    before: Mapping[str, Policies],
    after: Mapping[str, Policies],
    chosen_before: Mapping[str, str] | None = None,
    chosen_after: Mapping[str, str] | None = None,
) -> Comparison:
    """Compare policies by id; one alone on each side is compared whatever its id.

    `chosen` say which of them a file lets assessments have: the default, and that of before any was pinned.
    """
    rules = list[Difference]()
    if chosen_before is not None and chosen_after is not None:
        rules += [
            one
            for name, old_id in chosen_before.items()
            for one in different("policies", name, old_id, chosen_after.get(name))
        ]
    texts: list[Difference] = []
    for place, old, new in _matched(before, after):
        if old is None or new is None:
            one = old or new
            said = f"{one.default} from {one.valid_from}" if one else ""
            rules.append(Difference(place, "policy", said if old else None, said if new else None))
            continue
        rules.extend(different(place, "id", old.id, new.id))
        rules.extend(different(place, "valid_from", old.valid_from, new.valid_from))
        rules.extend(different(place, "default", old.default, new.default))
        for code in dict.fromkeys([*old.questions, *new.questions]):
            rules.extend(different(place, f"denominator 0 of {code}", old.of(code), new.of(code)))
        for name in ("adopter", "reason", "source"):
            texts.extend(different(place, name, getattr(old, name), getattr(new, name)))
    return Comparison(tuple(rules), tuple(texts), ())


def _matched(
    before: Mapping[str, _Version], after: Mapping[str, _Version]
) -> Iterator[tuple[str, _Version | None, _Version | None]]:
    if len(before) == len(after) == 1:
        (old,), (new,) = before.values(), after.values()
        yield old.id, old, new
        return
    for key in dict.fromkeys([*before, *after]):
        yield key, before.get(key), after.get(key)


def _stated(gate: Gate) -> str:
    stated = [
        f"{plain(gate.percent)} percent" if gate.percent is not None else None,
        f"index {plain(gate.index)}" if gate.index is not None else None,
        f"letter {gate.option}" if gate.option is not None else None,
    ]
    told = next((one for one in stated if one), None)
    return f"{plain(gate.minimum)} ({told})" if told else plain(gate.minimum)
