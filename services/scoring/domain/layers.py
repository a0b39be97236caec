"""The five layers: three that people fill, and two that are read from them and from other services' facts.

`live` takes the fact of an item, else the unit's answer; `effective` the first present of tpn, tpi, unit
and fact. The inputs of a % question come from one layer as a set. Source: lke.md section 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args

import orjson

from shared.instruments.lke import Answer

Filled = Literal["unit", "tpi", "tpn"]
Layer = Literal["unit", "tpi", "tpn", "live", "effective"]
FILLED: tuple[Filled, ...] = get_args(Filled)
LAYERS: tuple[Layer, ...] = get_args(Layer)

Sheet = Mapping[str, Answer]
"""Answers by item code; a blank item is absent."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The unit typed one answer and the other services' facts say another; the typed one counts."""

    typed: Answer
    fact: Answer


@dataclass(frozen=True, slots=True)
class Sheets:
    """Everything known about a unit's year: the filled layers, and `facts` by item."""

    filled: Mapping[Filled, Sheet] = field(default_factory=dict)
    facts: Sheet = field(default_factory=dict)

    def of(self, layer: Filled) -> Sheet:
        return self.filled.get(layer, {})

    def answers(self, layer: Layer) -> Sheet:
        """Return the answers that count in a layer."""
        if layer == "live":
            return {**self.of("unit"), **self.facts} if self.facts else self.of("unit")
        if layer == "effective":
            above = [self.of("tpi"), self.of("tpn")]
            if not any(above) and self.facts.keys() <= self.of("unit").keys():
                return self.of("unit")
            return {**self.facts, **self.of("unit"), **above[0], **above[1]}
        return self.of(layer)

    def present(self) -> tuple[Layer, ...]:
        """Return the layers that have a score of their own: read layers always, filled ones once touched."""
        return (*(layer for layer in FILLED if layer in self.filled), "live", "effective")

    def origin(self, layer: Layer, code: str) -> Filled | Literal["fact"] | None:
        """Return where a layer's answer to an item comes from, None for a blank item."""
        order: tuple[Filled | Literal["fact"], ...] = {
            "live": ("fact", "unit"),
            "effective": ("tpn", "tpi", "unit", "fact"),
        }.get(layer, (layer,))  # type: ignore[assignment]
        for source in order:
            if code in (self.facts if source == "fact" else self.of(source)):
                return source
        return None

    def drift(self, code: str) -> Drift | None:
        """Return how a unit's answer differs from the fact, None where they agree or one is missing."""
        typed, fact = self.of("unit").get(code), self.facts.get(code)
        return Drift(typed, fact) if typed is not None and fact is not None and typed != fact else None

    def with_answers(self, answers: Mapping[tuple[Filled, str], Answer | None]) -> "Sheets":
        """Return a copy where these items are answered so; None blanks an item."""
        filled: dict[Filled, dict[str, Answer]] = {layer: dict(sheet) for layer, sheet in self.filled.items()}
        for (layer, code), answer in answers.items():
            sheet = filled.setdefault(layer, {})
            if answer is None:
                sheet.pop(code, None)
            else:
                sheet[code] = answer
        return Sheets(filled, self.facts)

    def with_facts(self, facts: Sheet) -> "Sheets":
        """Return a copy with these facts in the place of all former ones."""
        return Sheets(self.filled, facts)


def pack(sheets: Sheets) -> tuple[str, str]:
    """Return the filled layers and the facts as compact JSON texts."""
    filled = {layer: _packed(sheet) for layer, sheet in sheets.filled.items()}
    return orjson.dumps(filled).decode(), orjson.dumps(_packed(sheets.facts)).decode()


def unpack(filled: str, facts: str) -> Sheets:
    """Return what `pack` wrote."""
    layers = {layer: _unpacked(sheet) for layer, sheet in orjson.loads(filled).items()}
    return Sheets(layers, _unpacked(orjson.loads(facts)))


def _packed(sheet: Sheet) -> dict[str, Any]:
    """A letter is a string, counts an object, an index a list of its text."""
    return {
        code: answer.letter
        if answer.letter is not None
        else [answer.index_text]
        if answer.index is not None
        else dict(answer.inputs or {})
        for code, answer in sheet.items()
    }


def _unpacked(packed: Mapping[str, Any]) -> dict[str, Answer]:
    return {code: _letter(value) if type(value) is str else _figure(value) for code, value in packed.items()}


@cache
def _letter(letter: str) -> Answer:
    """One object per letter: a sheet has a hundred of them and there are eight."""
    return Answer(letter=letter)


def _figure(value: dict[str, int] | list[str]) -> Answer:
    return Answer(inputs=value) if isinstance(value, dict) else Answer(index=Decimal(value[0]))
