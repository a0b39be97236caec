"""The smallest count that is told of people, as data."""

import json
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt


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
    return read_smallest(json.loads((files(__package__) / "cells.json").read_text(encoding="utf-8")))
