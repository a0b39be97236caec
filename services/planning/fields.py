"""The kinds of field that requests are made of, and the base of answers that show one object."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints

from shared.http.text import PLAIN

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Evidence kind, e.g. notulen")]
ItemCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{1,20}$", description="LKE item, e.g. A.I.1.i.a")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), PLAIN]


class Shown(BaseModel):
    """Base of answers whose fields are those of one object of the domain."""

    @classmethod
    def of(cls, found: object) -> Self:
        return cls.model_validate(found, from_attributes=True)
