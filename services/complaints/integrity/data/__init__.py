"""Limits of gifts and the periods of nil returns as data, read and checked once."""

import json
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from services.complaints.integrity.domain.gifts import Limit, ObjectKind, Occasion, Relation
from services.complaints.integrity.domain.periods import PeriodKind

Rupiah = Annotated[StrictInt, Field(gt=0)]
Words = Annotated[str, Field(min_length=1)]


class LimitError(ValueError):
    """The limits cannot be used; the text says which entry and why."""


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Limit(_Read):
    id: Words
    words: Words
    occasions: tuple[Occasion, ...]
    relations: tuple[Relation, ...]
    object_kinds: tuple[ObjectKind, ...]
    each: Rupiah
    in_a_year: Rupiah | None
    source: Words
    valid_from: date | None
    valid_to: date | None
    confirmed: StrictBool


class _Periods(_Read):
    kind: PeriodKind
    source: Words
    confirmed: StrictBool


def read_limits(data: Any) -> tuple[Limit, ...]:
    """Return the limits that a file's data say, checked. Raises `LimitError`."""
    limits = []
    for entry in data["limits"]:
        try:
            said = _Limit.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise LimitError(f"{entry.get('id')}: {where}: {first['msg']}") from error
        if said.in_a_year is not None and said.in_a_year < said.each:
            raise LimitError(f"{said.id}: in_a_year: below what one gift may be")
        first_day, last_day = said.valid_from or date.min, said.valid_to or date.max
        if last_day < first_day:
            raise LimitError(f"{said.id}: valid_to lies before valid_from")
        limits.append(
            Limit(
                id=said.id,
                words=said.words,
                occasions=said.occasions,
                relations=said.relations,
                object_kinds=said.object_kinds,
                each=said.each,
                in_a_year=said.in_a_year,
                source=said.source,
                is_confirmed=said.confirmed,
                valid_from=first_day,
                valid_to=last_day,
            )
        )
    if len({limit.id for limit in limits}) != len(limits):
        raise LimitError("an id is used twice")
    return tuple(limits)


@cache
def limits() -> tuple[Limit, ...]:
    """Return the shipped limits, past and present. Raises `LimitError`."""
    return read_limits(_shipped("limits"))


@cache
def period_kind() -> PeriodKind:
    """Return for which parts of a year nil returns are given."""
    return _Periods.model_validate(_shipped("periods")).kind


def _shipped(name: str) -> Any:
    return json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))
