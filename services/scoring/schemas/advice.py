"""The way to a predicate, and which items a gate depends on most."""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field

from services.scoring.domain.gains import Gain, Step
from services.scoring.domain.way import Way
from services.scoring.schemas.gates import GateOut, gate_of
from services.scoring.usecases.advice import Advice
from shared.instruments.lke import GateResult, Predicate
from shared.kernel import decimal12, exact_text


class RaisedOut(BaseModel):
    """A better answer to an item."""

    code: str
    text: str = Field(description="The question")
    current: str | None = Field(description="Answer that counts now; null while the item is open")
    raised_to: str = Field(description="Option or index; 100% for a ratio, which many counts give")
    points: str = Field(description="Points it adds to TOTAL, 12 decimals")
    points_exact: str

    @classmethod
    def of(cls, gain: Gain, step: Step, text: str) -> Self:
        """Return one answer."""
        return cls(
            code=gain.code,
            text=text,
            current=gain.current,
            raised_to=step.text,
            points=decimal12(step.points),
            points_exact=exact_text(step.points),
        )


class WayOut(BaseModel):
    """The fewest answers that would do; closed where everything allowed at its best does not."""

    gate: str | None = Field(description="Code of the gate; null for all missed gates together")
    is_open: bool
    answers: int
    raised: list[RaisedOut]
    points: str = Field(description="Points that they add to TOTAL together, 12 decimals")
    left: dict[str, str] = Field(description="By gate the points that would still be missing")

    @classmethod
    def of(cls, gate: str | None, found: Way, texts: dict[str, str]) -> Self:
        """Return one way."""
        return cls(
            gate=gate,
            is_open=found.is_open,
            answers=len(found.raised),
            raised=[RaisedOut.of(one.gain, one.step, texts[one.gain.code]) for one in found.raised],
            points=decimal12(found.points),
            left={code: decimal12(points) for code, points in found.left.items()},
        )


class AdviceOut(BaseModel):
    """The way to the predicate in the layer that counts, under the limits given."""

    unit: str
    year: int
    predicate: Predicate
    without: list[str]
    most_areas: int | None
    gates_met: int
    gates: int
    whole: WayOut
    by_gate: list[WayOut]

    @classmethod
    def of(cls, told: Advice, texts: dict[str, str]) -> Self:
        """Return an advice; `texts` are the questions by code."""
        return cls(
            unit=told.found.unit["unit_id"],
            year=told.found.year,
            predicate=told.predicate,
            without=sorted(told.limits.without),
            most_areas=told.limits.most_areas,
            gates_met=sum(gate.is_met for gate in told.gates),
            gates=len(told.gates),
            whole=WayOut.of(None, told.whole, texts),
            by_gate=[WayOut.of(code, found, texts) for code, found in told.by_gate.items()],
        )


class SensitiveOut(BaseModel):
    """An item that a gate depends on."""

    best: RaisedOut = Field(description="Its best answer; the points are what the item loses now")
    closes: bool = Field(description="Whether it closes the gate's gap alone")


class SensitivityOut(BaseModel):
    """The items that a gate measures, those that lose most first."""

    gate: GateOut
    items: list[SensitiveOut]

    @classmethod
    def of(cls, gate: GateResult, found: Sequence[tuple[Gain, bool]], texts: dict[str, str]) -> Self:
        """Return one gate; `texts` are the questions by code."""
        return cls(
            gate=gate_of(gate),
            items=[
                SensitiveOut(best=RaisedOut.of(gain, gain.best, texts[gain.code]), closes=closes)
                for gain, closes in found
            ],
        )
