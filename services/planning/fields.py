"""The kinds of field that requests are made of, and the base of answers that show one object."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from shared.http.text import FreeText

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Evidence kind, e.g. notulen")]
ItemCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{1,20}$", description="LKE item, e.g. A.I.1.i.a")]
Line = Annotated[str, FreeText(1, 200)]
Text = Annotated[str, FreeText(0, 5000)]


class Shown(BaseModel):
    """Base of answers whose fields are those of one object of the domain."""

    @classmethod
    def of(cls, found: object) -> Self:
        return cls.model_validate(found, from_attributes=True)
