"""The table of acts of each kind, as data. Source: complaints.md section 5, D13 and D17."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from services.complaints.duties.domain.lives import (
    ACT_NAMES,
    FACTS,
    FINAL,
    KINDS,
    ActName,
    State,
    Table,
)
from services.complaints.matters.domain import Life
from services.complaints.matters.kinds import File, read_table
from shared.security.roles import DUTY_OFFICERS

PERSON = "person"
"""Whose data it is: an act of theirs takes no role."""
OUTSIDERS = frozenset({PERSON})
LIFE = Life[State, ActName](
    kinds=KINDS,
    states=State,
    final=FINAL,
    acts=ACT_NAMES,
    facts=FACTS,
    roles=DUTY_OFFICERS | OUTSIDERS,
    beginning="file",
    outsiders=OUTSIDERS,
)
"""What there is to duties, for their tables of acts and for policies."""


@cache
def tables() -> Mapping[str, Table]:
    """Return the table of every kind. Raises `KindError`."""
    return {kind: read_table(_shipped(kind), File[State, ActName], LIFE, _shipped) for kind in sorted(KINDS)}


def _shipped(kind: str) -> Any:
    return json.loads((files(__package__) / f"{kind}.json").read_text(encoding="utf-8"))
