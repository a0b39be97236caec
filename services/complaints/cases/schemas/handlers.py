"""Officers who may be named as handlers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.complaints.cases.domain.case import Stream
from services.complaints.cases.schemas.fields import Subject
from shared.http.fields import Body, UnitId


class HandlerIn(Body):
    """An officer and the unit where the role holds."""

    unit_id: UnitId
    handler: Subject = Field(description="Subject of the officer's account")


class HandlerOut(BaseModel):
    """An officer who may be named for the cases of a unit."""

    subject: str
    unit_id: str


class HandlerLine(BaseModel):
    """A line of a unit's handlers."""

    subject: str
    level: Literal["unit", "agency", "national"] = Field(description="How far the role reaches")
    noted_at: datetime
    noted_by: str | None = Field(description="Who entered the officer; null: the officer's own log-in")
    streams: list[Stream] = Field(
        description="Streams for which a decree in force appoints the officer; none: nobody may name them"
    )
