"""Quick twins of contracts: the same fields, read and checked in C, for what comes by the million.

A twin only ever says yes. What it does not take exactly as it stands (a number in quotes, a field it does
not know, an id outside its pattern) it leaves to the contract itself, which may still take it and names the
fault if not. Both read the same golden and odd records in one test. Texts are looked at by the set: of
thousands of facts in a batch, few units, items and letters are distinct. Figures: docs/benchmarks.md.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import MAXYEAR, datetime
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Le, MaxLen
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from shared.contracts.base import EventData

MOST_KNOWN = 20_000
"""Texts of a field that are remembered as good: units, items and worksheets come again and again."""
_HAS_NANOSECONDS = re.compile(rb"\.\d{7}").search
_BORROWED = ("event_type", "topic", "may_lack_unit", "subject", "part", "topic_name", "key")
"""What a twin has of its contract besides the fields."""


class _Kind(NamedTuple):
    """How a field is read: its type, which texts in it have to be looked at, and whether it is a time."""

    type: Any
    pattern: str | None = None
    is_many: bool = False
    is_moment: bool = False


class _Texts:
    """The texts of one field, one or many in each fact, which must match a pattern."""

    def __init__(self, field: str, kind: _Kind) -> None:
        self._pick = attrgetter(field)
        self._is_many = kind.is_many
        self._matches = re.compile(kind.pattern or "").fullmatch
        self._known: set[str] = set()

    def bad(self, facts: Sequence[Any]) -> Container[Any]:
        """Return which facts hold a text that does not match; each distinct text is looked at once."""
        found: set[Any] = set(map(self._pick, facts)) if not self._is_many else self._all_of(facts)
        found.discard(None)
        if not (new := found - self._known):
            return ()
        wrong = {text for text in new if self._matches(text) is None}
        if len(self._known) < MOST_KNOWN:
            self._known |= new - wrong
        return wrong

    def has(self, fact: Any, wrong: Container[Any]) -> bool:
        """Tell whether a fact holds one of these texts."""
        found = self._pick(fact)
        return any(text in wrong for text in found or ()) if self._is_many else found in wrong

    def _all_of(self, facts: Sequence[Any]) -> set[str]:
        return set().union(*filter(None, map(self._pick, facts)))


class Quick:
    """Reads JSON as facts of one contract: `decode` each value, then `doubtful` over all of them at once."""

    def __init__(self, contract: type[EventData]) -> None:
        fields = contract.model_fields
        kinds = {name: _kind(field.annotation, field.metadata) for name, field in fields.items()}
        twin = msgspec.defstruct(
            contract.__name__,
            [(name, kind.type, *_default(fields[name])) for name, kind in kinds.items()],
            namespace={name: _borrowed(contract, name) for name in _BORROWED},
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        self.contract = contract
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(twin).decode
        """Return a fact with the contract's fields and names; `msgspec.MsgspecError` at the first doubt."""
        self._texts = [_Texts(name, kind) for name, kind in kinds.items() if kind.pattern is not None]
        self._moments = [attrgetter(name) for name, kind in kinds.items() if kind.is_moment]

    def doubtful(self, facts: Sequence[Any], values: Sequence[bytes]) -> list[int]:
        """Return the places of facts that only the contract can judge, of values that are theirs.

        Such have an odd text, a time at UTC's ends or one finer than microseconds.
        """
        places: set[int] = set()
        for texts in self._texts:
            if wrong := texts.bad(facts):
                places.update(place for place, fact in enumerate(facts) if texts.has(fact, wrong))
        for moment_of in self._moments:
            moments = list(filter(None, map(moment_of, facts)))
            if moments and (min(moments).year == 1 or max(moments).year == MAXYEAR):
                places.update(place for place, fact in enumerate(facts) if _is_at_an_end(moment_of(fact)))
        if self._moments and _HAS_NANOSECONDS(b"".join(values)):  # msgspec rounds what pydantic cuts off
            places.update(place for place, value in enumerate(values) if _HAS_NANOSECONDS(value))
        return sorted(places)


def _is_at_an_end(moment: datetime | None) -> bool:
    return moment is not None and moment.year in (1, MAXYEAR)


@cache
def quick(contract: type[EventData]) -> Quick | None:
    """Return the reader of a contract; None for one with a field that only pydantic can judge."""
    try:
        return Quick(contract)
    except _OnlyContractError:
        return None


class _OnlyContractError(Exception):
    """A field has a rule that no twin knows."""


def _kind(annotation: Any, rules: Iterable[Any]) -> _Kind:
    """Return how a field of this annotation is read, under rules that stand beside it."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0], (*_within(parts[1:]), *rules))
    if origin in (Union, UnionType):
        inner = [part for part in parts if part is not NoneType]
        if len(inner) + 1 != len(parts) or len(inner) != 1:
            raise _OnlyContractError
        kind = _kind(inner[0], rules)
        return kind._replace(type=kind.type | None)
    if origin is Literal and not rules:
        return _Kind(annotation)
    if origin is list and not rules:
        kind = _kind(parts[0], ())
        return _Kind(list[kind.type], kind.pattern, is_many=True)  # type: ignore[name-defined]
    if origin is dict and not rules:
        key, value = (_kind(part, ()) for part in parts)
        if value.pattern is not None:
            raise _OnlyContractError
        return _Kind(dict[key.type, value.type], key.pattern, is_many=True)  # type: ignore[name-defined]
    return _plain(annotation, list(rules))


def _plain(annotation: Any, rules: list[Any]) -> _Kind:
    if annotation is AwareDatetime or (annotation is datetime and rules):
        return _Kind(Annotated[datetime, msgspec.Meta(tz=True)], is_moment=True)
    if annotation is bool and not rules:
        return _Kind(bool)
    if annotation is int and all(isinstance(rule, Ge | Le) for rule in rules):
        least = max((_limit(rule) for rule in rules if isinstance(rule, Ge)), default=None)
        most = min((_limit(rule) for rule in rules if isinstance(rule, Le)), default=None)
        return _Kind(Annotated[int, msgspec.Meta(ge=least, le=most)])
    if annotation is str:
        return _text(rules)
    raise _OnlyContractError


def _text(rules: list[Any]) -> _Kind:
    longest = [rule.max_length for rule in rules if isinstance(rule, MaxLen)]
    patterns = [rule.pattern for rule in rules if getattr(rule, "pattern", None) is not None]
    if len(longest) + len(patterns) != len(rules) or len(patterns) != 1:
        raise _OnlyContractError
    kind = Annotated[str, msgspec.Meta(max_length=min(longest))] if longest else str
    return _Kind(kind, patterns[0])


def _limit(rule: Ge | Le) -> int:
    limit = rule.ge if isinstance(rule, Ge) else rule.le
    if not isinstance(limit, int):
        raise _OnlyContractError
    return limit


def _within(rules: Iterable[Any]) -> Iterable[Any]:
    """Return rules with those inside a field's description laid open."""
    for rule in rules:
        if isinstance(rule, FieldInfo):
            yield from rule.metadata
        else:
            yield rule


def _default(field: FieldInfo) -> tuple[Any, ...]:
    if field.is_required():
        return ()
    made = field.get_default(call_default_factory=True, validated_data={})
    return (msgspec.field(default_factory=type(made)) if isinstance(made, list | dict) else made,)


def _borrowed(contract: type[EventData], name: str) -> Any:
    found: Mapping[str, Any] = next(one.__dict__ for one in contract.__mro__ if name in one.__dict__)
    return found[name]
