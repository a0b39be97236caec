"""Two scores beside each other, and a worksheet beside what it could be."""

from fractions import Fraction
from typing import Self

from pydantic import BaseModel, Field

from services.scoring.domain.comparison import Comparison, GatePair, ItemPair, Pair
from services.scoring.domain.sheets import Layer
from services.scoring.schemas.gates import GateOut, gate_of
from services.scoring.usecases.advice import Supposed
from services.scoring.usecases.history import Side
from shared.instruments.lke import Predicate
from shared.kernel import decimal12, exact_text


class PairOut(BaseModel):
    """Points of one code on both sides."""

    code: str
    before: str = Field(description="Points, 12 decimals")
    after: str
    delta: str = Field(description="After less before, 12 decimals")
    delta_exact: str

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """Return one code."""
        return cls(**_points(pair))


class ItemPairOut(PairOut):
    """An item on both sides with its answers; null while it is blank."""

    answer_before: str | None
    answer_after: str | None

    @classmethod
    def of_item(cls, pair: ItemPair) -> Self:
        """Return one item."""
        answers = {
            "answer_before": None if pair.answer_before is None else str(pair.answer_before),
            "answer_after": None if pair.answer_after is None else str(pair.answer_after),
        }
        return cls(**_points(pair), **answers)


class GatePairOut(BaseModel):
    """A gate before and after."""

    flipped: bool = Field(description="Met on one side alone")
    before: GateOut
    after: GateOut

    @classmethod
    def of(cls, pair: GatePair) -> Self:
        """Return one gate."""
        return cls(flipped=pair.is_flipped, before=gate_of(pair.before), after=gate_of(pair.after))


class SideOut(BaseModel):
    """What stands on one side of a comparison."""

    unit: str
    year: int
    layer: Layer
    is_scored: bool = Field(description="Whether anybody ever answered here; else all of it is 0")
    edition: str
    rule_set: str
    policies: str

    @classmethod
    def of(cls, side: Side) -> Self:
        """Return one side."""
        found = side.found
        return cls(
            unit=found.unit["unit_id"],
            year=found.year,
            layer=side.layer,
            is_scored=side.is_scored,
            edition=found.edition,
            rule_set=found.rules.id,
            policies=found.pinned.policies.id,
        )


class ComparisonOut(BaseModel):
    """Two years, layers or units: the deltas of `items` sum to the total's exactly."""

    before: SideOut
    after: SideOut
    total: PairOut
    nodes: list[PairOut]
    items: list[ItemPairOut] = Field(description="Items whose answer or points differ, the largest first")

    @classmethod
    def of(cls, before: Side, after: Side, comparison: Comparison) -> Self:
        """Return a comparison of two sides."""
        return cls(before=SideOut.of(before), after=SideOut.of(after), **_compared(comparison))


class WhatIfOut(BaseModel):
    """What changed answers would do; nothing is written."""

    unit: str
    year: int
    layer: Layer
    predicate: Predicate
    total: PairOut
    nodes: list[PairOut]
    items: list[ItemPairOut]
    gates: list[GatePairOut]

    @classmethod
    def of(cls, told: Supposed) -> Self:
        """Return what was supposed."""
        return cls(
            unit=told.found.unit["unit_id"],
            year=told.found.year,
            layer=told.layer,
            predicate=told.predicate,
            gates=[GatePairOut.of(pair) for pair in told.gates],
            **_compared(told.comparison),
        )


def _compared(told: Comparison) -> dict[str, object]:
    return {
        "total": PairOut.of(told.total),
        "nodes": [PairOut.of(pair) for pair in told.nodes],
        "items": [ItemPairOut.of_item(pair) for pair in told.items],
    }


def _points(pair: Pair) -> dict[str, str]:
    delta: Fraction = pair.delta
    return {
        "code": pair.code,
        "before": decimal12(pair.before),
        "after": decimal12(pair.after),
        "delta": decimal12(delta),
        "delta_exact": exact_text(delta),
    }
