"""An answer fact: as it comes, as the journal keeps it, and when two of them say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from shared.instruments.lke import Cell


class AnswerFact(Protocol):
    """What planning told of an item; at most one of `letter`, `index`, `inputs` is set."""

    @property
    def version(self) -> int: ...
    @property
    def layer(self) -> str: ...
    @property
    def item_code(self) -> str: ...
    @property
    def letter(self) -> str | None: ...
    @property
    def index(self) -> str | None: ...
    @property
    def inputs(self) -> Mapping[str, int] | None: ...
    @property
    def origin(self) -> str: ...
    @property
    def cell(self) -> str | None: ...
    @property
    def evidence_ids(self) -> Sequence[str]: ...
    @property
    def writer_id(self) -> str | None: ...


class Answered(Protocol):
    """An answer fact with its event's id as text and its time."""

    @property
    def fact(self) -> AnswerFact: ...
    @property
    def id(self) -> str: ...
    @property
    def time(self) -> datetime: ...


Packed = Sequence[Any]
"""An answer as the journal keeps it: version, layer, item, event, time, letter; then, when one of them is
there, index, inputs, origin, cell, evidence; at the end the writer, when one was told."""

_USUAL: Packed = (None, None, "typed", None, [])
_NAMED = frozenset({7, 12})
"""Lengths of packed answers that end in their writer."""


def pack(answered: Answered) -> Packed:
    """Return what the journal keeps of an answer."""
    fact = answered.fact
    usual = [fact.version, fact.layer, fact.item_code, answered.id, answered.time, fact.letter]
    if (
        fact.index is None
        and fact.inputs is None
        and fact.cell is None
        and fact.origin == "typed"
        and not fact.evidence_ids
    ):
        return usual if fact.writer_id is None else [*usual, fact.writer_id]
    whole = [*usual, fact.index, fact.inputs, fact.origin, fact.cell, fact.evidence_ids]
    return whole if fact.writer_id is None else [*whole, fact.writer_id]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An answer as the journal kept it: the fact, and what is beside it."""

    version: int
    layer: str
    item_code: str
    id: str
    time: datetime
    letter: str | None
    index: str | None
    inputs: Mapping[str, int] | None
    origin: str
    cell: str | None
    evidence_ids: Sequence[str]
    writer_id: str | None

    @property
    def fact(self) -> Self:
        return self


def unpack(packed: Packed) -> Answered:
    """Return an answer that was read from the journal."""
    version, layer, item_code, event_id, at, letter, *rest = packed
    writer_id = rest.pop() if len(packed) in _NAMED else None
    index, inputs, origin, cell, evidence_ids = rest or _USUAL
    moment = datetime.fromisoformat(at)
    return Unpacked(
        *(version, layer, item_code, event_id, moment, letter),
        *(index, inputs, origin, cell, evidence_ids, writer_id),
    )


def is_same(one: Packed, other: Packed) -> bool:
    """Tell whether two packed answers say the same of the same item, whatever events told it.

    Who wrote it is left out: the release before kept no writers.
    """
    return _said(one) == _said(other)


def _said(packed: Packed) -> Packed:
    rest = packed[6:-1] if len(packed) in _NAMED else packed[6:]
    return [*packed[1:3], packed[5], *(rest or _USUAL)]


def cell(fact: AnswerFact) -> Cell:
    """Return the cell that an answer becomes, None for one that blanks the item."""
    if fact.letter is not None:
        return fact.letter
    if fact.index is not None:
        return {"index": fact.index}
    return None if fact.inputs is None else dict(fact.inputs)
