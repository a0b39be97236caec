"""The grounds on which a request about personal data may be refused, as data, read and checked once."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

Words = Annotated[str, Field(min_length=1)]


class GroundError(ValueError):
    """The grounds cannot be used; the text says which entry and why."""


class Ground(BaseModel):
    """Why somebody does not get what they ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Words
    words: Words
    source: Words
    confirmed: StrictBool


def read_grounds(data: Any) -> Mapping[str, Ground]:
    """Return the grounds that a file's data say by their ids, checked. Raises `GroundError`."""
    found: dict[str, Ground] = {}
    for entry in data["grounds"]:
        try:
            ground = Ground.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            raise GroundError(
                f"{entry.get('id')}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            ) from error
        if ground.id in found:
            raise GroundError(f"{ground.id}: id used twice")
        found[ground.id] = ground
    return found


@cache
def grounds() -> Mapping[str, Ground]:
    """Return the shipped grounds by their ids. Raises `GroundError`."""
    return read_grounds(json.loads((files(__package__) / "grounds.json").read_text(encoding="utf-8")))
