"""The table of acts of each kind of case, as data, and which row of it an act on a case follows.

A file says its rows itself, or `as` which kind it is like, `without` some acts; rows of its own come on top.
`becomes` are the kinds that a case of it may be reclassified as.
Every refusal names the file and the row. Source: complaints.md section 2, architecture.md section 12.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.complaints.cases.domain.acts import FINAL, OPEN, Act, ActName, State, Table
from services.complaints.cases.domain.case import STATE_TEXT, Case
from services.complaints.cases.domain.refusals import IllegalActError
from services.complaints.cases.domain.reviewing import Window
from services.complaints.deadlines.domain.policy import Kind, StartFact
from shared.security.roles import CASE_ROLES

ROLES = CASE_ROLES | {"reporter", "engine"}
"""Whose an act may be."""
Words = Annotated[str, Field(min_length=1)]


class KindError(ValueError):
    """A table of acts cannot be used; the text says which one, which row and why."""


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Row(_Read):
    act: ActName
    past: Words
    sources: tuple[State, ...] = Field(alias="from")
    targets: tuple[State, ...] | Literal["before"] | None = Field(alias="to")
    by: Annotated[tuple[str, ...], Field(min_length=1)]
    before: tuple[State, ...] | None = None
    return_to: State | None = None
    makes: tuple[StartFact, ...] = ()
    retells: tuple[StartFact, ...] = ()
    pauses: bool = False
    resumes: bool = False
    begins_cycle: bool = False


class _File(_Read):
    kind: Kind
    source: Words
    note: Words | None = None
    like: Kind | None = Field(default=None, alias="as")
    without: tuple[ActName, ...] = ()
    becomes: tuple[Kind, ...] = ()
    rows: tuple[_Row, ...]


class _Window(_Read):
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
    return {kind: table_of(_shipped(kind)) for kind in get_args(Kind)}


def table_of(data: Any) -> Table:
    """Return the table that a file's data say, checked. Raises `KindError`."""
    try:
        said = _File.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise KindError(f"{data.get('kind')}: {where}: {first['msg']}, not {first['input']!r}") from error
    rows = tuple(map(_act, said.rows))
    if said.like is not None:
        inherited = table_of(_shipped(said.like)).rows
        rows = (*(row for row in inherited if row.name not in said.without), *rows)
    table = Table(said.kind, _reached(rows), frozenset(said.becomes))
    _check(table)
    return table


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


def _act(row: _Row) -> Act:
    returns = row.targets == "before"
    targets = row.targets if isinstance(row.targets, tuple) else ()
    return Act(
        name=row.act,
        past=row.past,
        sources=frozenset(row.sources),
        targets=targets,
        by=frozenset(row.by),
        before=None if row.before is None else frozenset(row.before),
        returns=returns,
        return_to=row.return_to,
        makes=row.makes,
        retells=row.retells,
        pauses=row.pauses,
        resumes=row.resumes,
        begins_cycle=row.begins_cycle,
    )


def _reached(rows: tuple[Act, ...]) -> tuple[Act, ...]:
    """Return the rows without states that no act leads to: a kind like another may lack some."""
    there = {state for row in rows for state in row.targets}
    kept = (_narrowed(row, there) for row in rows)
    return tuple(row for row in kept if row.sources or row.name == "receive")


def _narrowed(row: Act, there: set[State]) -> Act:
    return replace(row, sources=row.sources & there)


def _check(table: Table) -> None:
    """Refuse unknown roles, two rows for one act on one case, and a state that leads to no end."""
    unknown = sorted({role for row in table.rows for role in row.by} - ROLES)
    if unknown:
        raise KindError(f"{table.kind}: by: unknown {', '.join(unknown)}")
    if len(table.named("receive")) != 1:
        raise KindError(f"{table.kind}: exactly one row must be of the act receive")
    taken = Counter(
        (row.name, state, before)
        for row in table.acts
        for state in row.sources
        for before in (row.before or State if state is State.MENUNGGU_KELENGKAPAN else (None,))
    )
    twice = [key for key, rows in taken.items() if rows > 1]
    if twice:
        name, state, _ = twice[0]
        raise KindError(f"{table.kind}: {name}: more than one row from {state}")
    for state in sorted(table.states & OPEN):
        if not _ends(table, state):
            raise KindError(f"{table.kind}: no act leads a case from {state} to an end without its reporter")


def _ends(table: Table, state: State) -> bool:
    """Tell whether officers and the engine alone can bring a case from a state to a final one."""
    seen, edge = {state}, [state]
    while edge:
        at = edge.pop()
        if at in FINAL:
            return True
        rows = [row for row in table.acts if at in row.sources and row.by != {"reporter"}]
        onward = {target for row in rows for target in _onward(row, at)}
        edge += onward - seen
        seen |= onward
    return False


def _onward(row: Act, state: State) -> set[State]:
    if row.returns:
        return set(row.before or {State.DITERIMA})
    return set(row.targets or (state,))
