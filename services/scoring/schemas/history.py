"""A layer's year: the score day by day, and what changed between two days."""

from datetime import date, datetime
from fractions import Fraction
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scoring.domain.history import Day, Line
from services.scoring.domain.sheets import Layer
from services.scoring.usecases.history import History
from shared.kernel import decimal12, display2, exact_text


class DayOut(BaseModel):
    """The score at the end of a day on which it changed."""

    day: date = Field(description="Where the unit is")
    total: str = Field(description="Points, 12 decimals")
    total_exact: str
    display: str
    answered: int
    points: dict[str, str] = Field(description="By gate the points of what it measures; empty where not told")

    @classmethod
    def of(cls, day: Day) -> Self:
        """Return one day."""
        return cls(
            day=day.day,
            total=decimal12(day.total),
            total_exact=exact_text(day.total),
            display=display2(day.total),
            answered=day.answered,
            points={code: decimal12(points) for code, points in day.parts.items()},
        )


class LineOut(BaseModel):
    """One cause of what TOTAL moved by."""

    at: datetime
    subject: str = Field(description="Item that moved, TOTAL for several together")
    delta: str = Field(description="Points, 12 decimals")
    delta_exact: str
    cause: str = Field(
        description="answer, complaints, others; recount: no cause is kept; begin: history starts here"
    )
    text: str
    event_id: UUID | None

    @classmethod
    def of(cls, line: Line) -> Self:
        """Return one line."""
        return cls(
            at=line.at,
            subject=line.subject,
            delta=decimal12(line.delta),
            delta_exact=exact_text(line.delta),
            cause=line.cause,
            text=line.text,
            event_id=line.event_id,
        )


class TurnOut(BaseModel):
    """A gate of the target that was met on a day and not the day before, or the other way round."""

    day: date
    gate: str
    met: bool


class HistoryOut(BaseModel):
    """A layer's year; lines told and left sum to `delta`, exactly. The effective layer alone has lines."""

    unit: str
    year: int
    layer: Layer
    layers: list[Layer] = Field(description="Layers that ever had a score")
    days: list[DayOut]
    turns: list[TurnOut]
    first: date
    last: date
    before: str = Field(description="TOTAL before the first day, 12 decimals")
    after: str = Field(description="TOTAL at the end of the last day")
    delta: str
    delta_exact: str
    by_subject: dict[str, str] = Field(
        description="What the lines of each item sum to, the largest first; a line of others names none"
    )
    lines: list[LineOut] = Field(description="Newest first, as many as were asked for")
    lines_left: int = Field(description="Older lines that are not told")
    left_exact: str = Field(description="What those sum to, exact")

    @classmethod
    def of(cls, told: History, limit: int) -> Self:
        """Return a layer's year with so many lines."""
        between = told.between
        left = between.lines[limit:]
        return cls(
            unit=told.found.unit["unit_id"],
            year=told.found.year,
            layer=told.layer,
            layers=list(told.layers),
            days=[DayOut.of(day) for day in told.days],
            turns=[TurnOut(day=turn.day, gate=turn.gate, met=turn.is_met) for turn in told.turns],
            first=told.first,
            last=told.last,
            before=decimal12(between.before),
            after=decimal12(between.after),
            delta=decimal12(between.delta),
            delta_exact=exact_text(between.delta),
            by_subject={code: decimal12(points) for code, points in between.by_subject().items()},
            lines=[LineOut.of(line) for line in between.lines[:limit]],
            lines_left=len(left),
            left_exact=exact_text(sum((line.delta for line in left), Fraction(0))),
        )
