"""What is asked and answered about answers that are to be posted."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.http.fields import Body, Day
from shared.http.text import FreeText

Letter = Annotated[str, FreeText(1, 200)]


class AnswerToPostOut(BaseModel):
    """A case whose answer is to be posted, because the notice of it came back."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    tracking_id: str
    unit_id: str | None
    since: datetime = Field(description="When it was known that the notice came back")


class PostingIn(Body):
    """By which letter an answer was posted."""

    posted_on: Day = Field(description="Day on which it was posted, today at the latest")
    letter: Letter = Field(description="Number of the letter")
