"""What is sent and received about the working-day calendar."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from services.complaints.deadlines.usecases.years import CalendarYear
from shared.http.fields import Body
from shared.http.text import FreeText


class CalendarYearOut(BaseModel):
    """A year of the working-day calendar and what it rests on."""

    year: int
    calendar_version: int = Field(description="The last version that speaks of this year")
    decree: str | None = Field(description="Joint decree of three ministers (SKB); null: days only expected")
    source: str
    is_confirmed: bool = Field(description="False: clocks that reach into the year are provisional")
    confirmed_by: str | None = Field(description="Null: confirmed before shipping, or not at all")
    confirmed_at: datetime | None

    @classmethod
    def of(cls, year: CalendarYear) -> Self:
        """Return a year as the API tells it."""
        off = year.off
        return cls(
            year=off.year,
            calendar_version=off.version,
            decree=off.decree,
            source=off.source,
            is_confirmed=year.is_confirmed,
            confirmed_by=year.confirmed_by,
            confirmed_at=year.confirmed_at,
        )


class CalendarYearsOut(BaseModel):
    """All years that the calendar speaks of."""

    items: list[CalendarYearOut]


class CalendarConfirmIn(Body):
    """The number of the decree, as the person who confirms has read it."""

    decree: Annotated[str, FreeText(3, 200)] = Field(examples=["SKB 1205/2026, 3/2026, 2/2026"])
