"""Tables of acts as files: what a row may say, and the table made of all of them.

A file says its rows itself, or `as` which kind it is like, `without` some acts; rows of its own come on top.
`becomes` are the kinds that one of it may be reclassified as.
Every refusal names the file and the row. Source: complaints.md section 2, architecture.md section 12.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.complaints.matters.domain import Act, Life, S, Table

A = TypeVar("A", bound=str)
Words = Annotated[str, Field(min_length=1)]


class KindError(ValueError):
    """A table of acts cannot be used; the text says which one, which row and why."""


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Row(_Read, Generic[S, A]):
    act: A
    past: Words
    sources: tuple[S, ...] = Field(alias="from")
    targets: tuple[S, ...] | Literal["before"] | None = Field(alias="to")
    by: Annotated[tuple[str, ...], Field(min_length=1)]
    before: tuple[S, ...] | None = None
    return_to: S | None = None
    makes: tuple[str, ...] = ()
    retells: tuple[str, ...] = ()
    pauses: bool = False
    resumes: bool = False
    begins_cycle: bool = False
    owed: bool = False


class File(_Read, Generic[S, A]):
    """The acts of one kind as a file says them; `resting` are states in which nobody owes anything."""

    kind: Words
    source: Words
    note: Words | None = None
    like: Words | None = Field(default=None, alias="as")
    without: tuple[A, ...] = ()
    resting: tuple[S, ...] = ()
    becomes: tuple[Words, ...] = ()
    rows: tuple[_Row[S, A], ...]


def read_table(
    data: Any, form: type[File[S, A]], life: Life[S, A], shipped: Callable[[str], Any]
) -> Table[S, A]:
    """Return the table that a file's data say, checked; `shipped` gives the data of another kind.

    Raises `KindError`.
    """
    try:
        said = form.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise KindError(f"{data.get('kind')}: {where}: {first['msg']}, not {first['input']!r}") from error
    rows = tuple(_act(row, life) for row in said.rows)
    if said.like is not None:
        inherited = read_table(shipped(said.like), form, life, shipped).rows
        rows = (*(row for row in inherited if row.name not in said.without), *rows)
    table = Table(
        said.kind,
        _reached(rows, life),
        life.beginning,
        frozenset(said.resting),
        frozenset(said.becomes),
    )
    _check(table, life)
    return table


def _act(row: _Row[S, A], life: Life[S, A]) -> Act[S, A]:
    returns = row.targets == "before"
    if isinstance(row.targets, tuple):
        targets = row.targets
    else:
        targets = (life.first,) if returns and life.first is not None else ()
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
        is_owed=row.owed,
    )


def _reached(rows: tuple[Act[S, A], ...], life: Life[S, A]) -> tuple[Act[S, A], ...]:
    """Return the rows without states that no act leads to: a kind like another may lack some."""
    there = {state for row in rows for state in row.targets}
    kept = (replace(row, sources=row.sources & there) for row in rows)
    return tuple(row for row in kept if row.sources or row.name == life.beginning)


def _check(table: Table[S, A], life: Life[S, A]) -> None:
    """Refuse what nobody knows, two rows for one act in one state, and a state that leads to no end."""
    if table.kind not in life.kinds:
        raise KindError(f"{table.kind}: kind: unknown; known are {', '.join(sorted(life.kinds))}")
    for field, named, known in (
        ("by", {role for row in table.rows for role in row.by}, life.roles),
        ("makes", {fact for row in table.rows for fact in (*row.makes, *row.retells)}, life.facts),
        ("becomes", table.becomes, life.kinds),
    ):
        if unknown := sorted(named - known):
            raise KindError(f"{table.kind}: {field}: unknown {', '.join(unknown)}")
    if len(table.named(life.beginning)) != 1:
        raise KindError(f"{table.kind}: exactly one row must be of the act {life.beginning}")
    taken = Counter(
        (row.name, state, before)
        for row in table.acts
        for state in row.sources
        for before in (row.before or life.states if state is life.waiting else (None,))
    )
    twice = [key for key, rows in taken.items() if rows > 1]
    if twice:
        name, state, _ = twice[0]
        raise KindError(f"{table.kind}: {name}: more than one row from {state}")
    for state in sorted(table.states & life.open):
        if not _ends(table, life, state):
            raise KindError(f"{table.kind}: no act leads from {state} to an end without outsiders")


def _ends(table: Table[S, A], life: Life[S, A], state: S) -> bool:
    """Tell whether those whom the service can count on can bring one from a state to a final one."""
    seen, edge = {state}, [state]
    while edge:
        at = edge.pop()
        if at in life.final:
            return True
        sure = [row for row in table.acts if not row.is_owed and not row.by <= life.outsiders]
        rows = [row for row in sure if at in row.sources]
        onward = {target for row in rows for target in _onward(row, at)}
        edge += onward - seen
        seen |= onward
    return False


def _onward(row: Act[S, A], state: S) -> set[S]:
    if row.returns:
        return set(row.before or row.targets)
    return set(row.targets or (state,))
