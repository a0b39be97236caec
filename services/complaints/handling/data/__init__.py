"""The smallest count that is told of people, and what counts as responsive for the LKE, as data."""

import json
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from services.complaints.handling.domain.responsive import Norms


class _Cells(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(min_length=1)]
    smallest: Annotated[StrictInt, Field(ge=2)]


def read_smallest(data: Any) -> int:
    """Return the smallest count of a file's data. Raises `ValidationError` for one that hides nothing."""
    return _Cells.model_validate(data).smallest


@cache
def smallest_cell() -> int:
    """Return the smallest count that is told to anybody who may not see what is behind it."""
    return read_smallest(_read("cells.json"))


@cache
def norms() -> Norms:
    """Return what the LKE asks of channels and of the time of an answer."""
    values = _read("responsive.json")
    return Norms(
        item=values["item"],
        kinds=values["kinds"],
        share_in_time=Fraction(values["share_in_time"]),
        answers={(one["is_fast"], one["is_many"]): one["answer"] for one in values["answers"]},
        source=values["source"],
        is_confirmed=values["confirmed"],
    )


def _read(name: str) -> Any:
    return json.loads((files(__package__) / name).read_text(encoding="utf-8"))
