"""The kinds of field that requests are made of, and the base of answers that show one object."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.planning.domain.units import LONGEST_NAME, LONGEST_REGION, UNIT_TYPE_PATTERN, is_one_line
from shared.http.text import PLAIN

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Evidence kind, e.g. notulen")]
ItemCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{1,20}$", description="LKE item, e.g. A.I.1.i.a")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN]
UnitType = Annotated[str, Field(pattern=UNIT_TYPE_PATTERN, description="Kind of unit, e.g. kantor_pelayanan")]


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("Harus satu baris, tanpa karakter kendali.")
    return text


UnitName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    AfterValidator(_one_line),
]
Region = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REGION),
    AfterValidator(_one_line),
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), PLAIN]


class Shown(BaseModel):
    """Base of answers whose fields are those of one object of the domain."""

    @classmethod
    def of(cls, found: object) -> Self:
        return cls.model_validate(found, from_attributes=True)
