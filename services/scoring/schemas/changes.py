"""What changed last."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.scoring.schemas.numbers import twelve
from services.scoring.usecases.reading import ChangeLine


class ChangeOut(BaseModel):
    """One line of what changed last."""

    id: int
    at: datetime = Field(description="Of a survey only the day: when it began for the unit")
    subject: str
    delta: str | None
    text: str

    @classmethod
    def of(cls, line: ChangeLine) -> "ChangeOut":
        """Return a line with its points as 12 decimals."""
        return cls(id=line.id, at=line.at, subject=line.subject, delta=twelve(line.delta), text=line.text)
