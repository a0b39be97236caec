"""Gates on exact points."""

from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, Field

from services.scoring.schemas.numbers import exact
from shared.instruments.lke import GateResult, Predicate, measure
from shared.kernel import decimal12, exact_text, half_up


class HalfOut(BaseModel):
    """One half of an area, for information: gates look at both together."""

    code: str = Field(examples=["A.I.4"])
    value: str = Field(description="Points, 12 decimals")
    value_exact: str
    weight: str


class GateOut(BaseModel):
    """A gate on exact, unrounded points."""

    code: str
    name: str
    predicate: Predicate
    value: str
    value_exact: str
    minimum: str
    met: bool
    shortfall: str = Field(description="Points missing; 0 when met")
    shortfall_exact: str
    halves: list[HalfOut] = Field(description="Fulfilment and reform of an area; empty for other gates")
    index: str | None = Field(
        description="IPAK or IPKP as answered, 0-4 exact; null for other gates and blank"
    )
    letter: str | None = Field(description="Answer of B.I.b; null for other gates and blank")
    measure: Literal["index", "points"] = Field(description="What the three following texts are in")
    display: str = Field(description="Value as people know it, decimals enough to tell it from the floor")
    minimum_display: str
    shortfall_display: str
    reachable: bool = Field(description="Met if every open item got full value")
    open_items: list[str]
    costliest: list[str] = Field(description="Items of its basis that lose most points")


def gate_of(found: GateResult) -> GateOut:
    shown = measure(found)
    short = max(Fraction(0), shown.floor - shown.value)
    return GateOut(
        code=found.gate.code,
        name=found.gate.name,
        predicate=found.gate.predicate,
        value=decimal12(found.value),
        value_exact=exact_text(found.value),
        minimum=decimal12(found.gate.minimum),
        met=found.is_met,
        shortfall=decimal12(found.shortfall),
        shortfall_exact=exact_text(found.shortfall),
        halves=[
            HalfOut(
                code=half.code,
                value=decimal12(half.points),
                value_exact=exact_text(half.points),
                weight=decimal12(half.weight),
            )
            for half in found.halves
        ],
        index=exact(found.index),
        letter=found.letter,
        measure="points" if found.gate.index is None else "index",
        display=half_up(shown.value, shown.places),
        minimum_display=half_up(shown.floor, shown.places),
        shortfall_display=half_up(short, shown.places),
        reachable=found.is_reachable,
        open_items=list(found.open_items),
        costliest=[loss.code for loss in found.losses],
    )
