"""The table of acts of each kind of case, as data, and which row of it an act on a case follows.

Source: complaints.md section 2, architecture.md section 12.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.complaints.cases.domain.acts import ACT_NAMES, FACTS, FINAL, KINDS, Act, ActName, State, Table
from services.complaints.cases.domain.case import STATE_TEXT, Case
from services.complaints.cases.domain.refusals import IllegalActError
from services.complaints.cases.domain.reviewing import Window
from services.complaints.deadlines.domain.policy import CLASSES
from services.complaints.matters.domain import Life
from services.complaints.matters.kinds import File, Words, read_table
from shared.security.roles import CASE_ROLES

OUTSIDERS = frozenset({"reporter"})
"""Nobody can count on what a reporter does."""


def _sorts(act: Act) -> bool:
    """Tell whether a case has a class from this act on."""
    return act.name == "verify" or (act.name == "uphold_appeal" and "verified" in act.makes)


LIFE = Life[State, ActName](
    kinds=KINDS,
    states=State,
    final=FINAL,
    acts=ACT_NAMES,
    facts=FACTS,
    roles=CASE_ROLES | OUTSIDERS | {"engine"},
    beginning="receive",
    first=State.DITERIMA,
    waiting=State.MENUNGGU_KELENGKAPAN,
    outsiders=OUTSIDERS,
    classes=CLASSES,
    sorts=_sorts,
)
"""What there is to cases, for their tables of acts and for policies."""


class _Window(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    length: Annotated[int, Field(gt=0)]
    unit: Literal["wd"]
    source: Words


@cache
def windows_by_act() -> Mapping[str, Window]:
    """Return for how long after the end of a case its reporter may take an act, by the act's name."""
    said = {name: _Window.model_validate(entry) for name, entry in _shipped("windows").items()}
    return {name: Window(entry.length) for name, entry in said.items()}


@cache
def tables() -> Mapping[str, Table]:
    """Return the table of every kind. Raises `KindError`."""
    return {kind: table_of(_shipped(kind)) for kind in sorted(KINDS)}


def table_of(data: Any) -> Table:
    """Return the table that a file's data say, checked. Raises `KindError`."""
    return read_table(data, File[State, ActName], LIFE, _shipped)


def row_for(case: Case, name: ActName) -> Act:
    """Return the row that an act on a case follows; raises `IllegalActError` when there is none."""
    table = tables()[case.kind]
    found = table.row(name, case.state, case.state_before)
    if found is None:
        raise IllegalActError(
            f"Pengaduan berstatus {STATE_TEXT[case.state]}; tindakan ini tidak dapat dilakukan.",
            state=case.state.value,
            act=name,
            allowed=sorted({source.value for row in table.named(name) for source in row.sources}),
        )
    return found


def past_of(kind: str, act: str, state: State) -> str:
    """Return the fact that an act told which left a case of this kind in this state."""
    rows = tables()[kind].named(act)
    return next((row.past for row in rows if state in (row.targets or row.sources)), rows[0].past)


def _shipped(kind: str) -> Any:
    return json.loads((files(__package__) / f"{kind}.json").read_text(encoding="utf-8"))
