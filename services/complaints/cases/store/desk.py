"""The desk: cases in the order in which their time runs out, how many of them burn, and whose turn they are.

Lists are found by keys first, along the index of running clocks or of ended cases, and only those that are
shown are read whole. What they cost at 100,000 cases is measured by `make bench`, IN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Stream
from services.complaints.cases.domain.offers import HANDLED_STATES, OWED
from services.complaints.cases.kinds import tables
from services.complaints.cases.store.answers import IS_DRAFT
from services.complaints.cases.store.cases import IS_APPEALED, IS_PROPOSED, within
from services.complaints.cases.store.people import Reader
from services.complaints.cases.store.views import IS_HANDLER_KNOWN, LISTED
from services.complaints.cases.tables import ANSWER, CASE, CASE_EVENT, PROPOSAL
from services.complaints.deadlines.tables import DEADLINE
from services.complaints.tables import UNIT
from shared.db.arrays import among
from shared.kernel import LATEST

SOON = timedelta(hours=24)
EXCERPT = 90
"""How many characters of what was reported a list shows."""
NEVER = LATEST - timedelta(days=1)
"""Where an open case stands that no deadline watches: behind all others."""
NONE_OWING: Mapping[str, str] = MappingProxyType({})
_IS_OPEN = CASE.c.closed_at.is_(None) | IS_APPEALED
_STEP = DEADLINE.alias("step")
_OTHER = DEADLINE.alias("other")
_THEIRS = bindparam("theirs", type_=ARRAY(Text))
"""The rules of a reporter's own time."""


def _is_theirs(clock: Any) -> ColumnElement[bool]:
    told: ColumnElement[bool] = clock.c.rule == any_(_THEIRS)
    return told


def _is_late(clock: Any) -> ColumnElement[bool]:
    """Officers are late; a reporter's own time that is over burns nobody."""
    told: ColumnElement[bool] = clock.c.breached_at.is_not(None) & ~_is_theirs(clock)
    return told


def _is_armed(clock: Any) -> ColumnElement[bool]:
    """A clock of work runs; how long an ended case is kept is nobody's next step."""
    is_watch = clock.c.start_fact.is_distinct_from(literal("ended", literal_execute=True))
    told: ColumnElement[bool] = (clock.c.status == literal("armed", literal_execute=True)) & is_watch
    return told  # written as the index has it


def _order(clock: Any) -> Any:
    """Which clock of a case is that of its next step: see `cases.LISTED`."""
    rank = case_when((_is_late(clock), 0), (_is_theirs(clock), 1), else_=2)
    return tuple_(rank, clock.c.due_at, clock.c.id)


_IS_STEP = (
    _is_armed(_STEP),
    ~exists().where(_OTHER.c.case_ref == _STEP.c.case_ref, _is_armed(_OTHER), _order(_OTHER) < _order(_STEP)),
)
_HAS_CLOCK = exists().where(DEADLINE.c.case_ref == CASE.c.id, _is_armed(DEADLINE))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a list shows; None and false narrow nothing. `is_theirs`: what waits for the reporter."""

    is_open: bool = True
    unit_id: str | None = None
    stream: Stream | None = None
    is_late: bool = False
    is_theirs: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """Which turns are somebody's: keys of kind, state and turn; those of a handler for own accounts alone.

    `selves` are accounts that count as the person's own where two persons are asked for.
    """

    keys: Sequence[str]
    handlers_keys: Sequence[str]
    accounts: Sequence[str]
    selves: Sequence[str]

    @staticmethod
    def key(kind: str, state: str, turn: str) -> str:
        """Return how a kind, a state and a turn are called together."""
        return f"{kind}/{state}/{turn}"


@dataclass(frozen=True, slots=True)
class Summary:
    """How many cases are open; of these how many officers are late with, have soon due, or wait for."""

    opened: int
    late: int
    soon: int
    waiting: int


async def page(
    session: AsyncSession,
    reader: Reader,
    wanted: Wanted,
    *,
    theirs: Sequence[str],
    after: tuple[datetime, UUID] | None,
    limit: int,
    turns: Turns | None = None,
    requests: Sequence[str] = (),
    owing: Mapping[str, str] = NONE_OWING,
) -> Sequence[Mapping[str, Any]]:
    """Return cases in scope, open ones by the time left, closed ones from the newest; see `cases.page`.

    `runs_out_at` and the id are the key of the order. With `turns` only the cases whose turn is one of them;
    `requests` are the rules of the reporter's time to complete, `owing` those that open an act, with it.
    """
    values = {"theirs": list(theirs), "requests": list(requests), "owing": dict(owing)}
    found: list[tuple[UUID, datetime]]
    if not wanted.is_open:
        found = await _ids(session, _ended(reader, wanted, after).limit(limit), values)
    else:
        found = await _ids(session, _by_clock(reader, wanted, after, turns).limit(limit), values)
        if len(found) < limit and not wanted.is_late and not wanted.is_theirs:
            rest = _without_clock(reader, wanted, after, turns).limit(limit - len(found))
            found += await _ids(session, rest, values)
    return await _read(session, found, values)


async def _ids(
    session: AsyncSession, asked: Select[*tuple[Any, ...]], values: dict[str, Any]
) -> list[tuple[UUID, datetime]]:
    return [(row.id, row.runs_out_at) for row in await session.execute(asked, values)]


async def _read(
    session: AsyncSession, found: Sequence[tuple[UUID, datetime]], values: dict[str, Any]
) -> Sequence[Mapping[str, Any]]:
    if not found:
        return []
    excerpt = func.left(CASE.c.content, EXCERPT).label("excerpt")
    turn = case_when((CASE.c.closed_at.is_not(None) & ~IS_APPEALED, "nobody"), else_=_TURN).label("turn")
    asked = LISTED.add_columns(excerpt, turn).where(among(CASE.c.id, [id_ for id_, _ in found]))
    rows = {row["id"]: row for row in (await session.execute(asked, values)).mappings()}
    return [{**rows[id_], "runs_out_at": moment} for id_, moment in found]


def _ended(reader: Reader, wanted: Wanted, after: tuple[datetime, UUID] | None) -> Select[*tuple[Any, ...]]:
    asked = select(CASE.c.id, CASE.c.closed_at.label("runs_out_at"))
    asked = asked.where(CASE.c.closed_at.is_not(None), ~IS_APPEALED)
    asked = within(asked, reader, unit_id=wanted.unit_id, stream=wanted.stream)
    asked = asked.order_by(CASE.c.closed_at.desc(), CASE.c.id.desc())
    return asked if after is None else asked.where(tuple_(CASE.c.closed_at, CASE.c.id) < after)


def _by_clock(
    reader: Reader, wanted: Wanted, after: tuple[datetime, UUID] | None, turns: Turns | None
) -> Select[*tuple[Any, ...]]:
    """Find open cases along the clocks of their next steps."""
    asked = select(CASE.c.id, _STEP.c.due_at.label("runs_out_at"))
    asked = asked.join_from(_STEP, CASE, CASE.c.id == _STEP.c.case_ref).where(*_IS_STEP, _IS_OPEN)
    own = within(select(CASE.c.id).where(_IS_OPEN), reader, unit_id=wanted.unit_id, stream=wanted.stream)
    if reader.handlers is not None or reader.scope.level == "unit":
        # Few cases of many: found first, or the clocks of all others would be looked at one by one.
        found = own.cte("own").prefix_with("MATERIALIZED")
        asked = asked.where(_STEP.c.case_ref.in_(select(found.c.id)))
    else:
        asked = within(asked, reader, unit_id=wanted.unit_id, stream=wanted.stream)
    if wanted.is_late:
        asked = asked.where(_is_late(_STEP))
    if wanted.is_theirs:
        asked = asked.where(_is_theirs(_STEP))
    asked = asked.order_by(_STEP.c.due_at, CASE.c.id)
    asked = asked if turns is None else _whose_turn_is(asked, turns)
    return asked if after is None else asked.where(tuple_(_STEP.c.due_at, CASE.c.id) > after)


def _without_clock(
    reader: Reader, wanted: Wanted, after: tuple[datetime, UUID] | None, turns: Turns | None
) -> Select[*tuple[Any, ...]]:
    never = literal(NEVER)
    asked = select(CASE.c.id, never.label("runs_out_at")).where(_IS_OPEN, ~_HAS_CLOCK).order_by(CASE.c.id)
    asked = within(asked, reader, unit_id=wanted.unit_id, stream=wanted.stream)
    asked = asked if turns is None else _whose_turn_is(asked, turns)
    return asked if after is None else asked.where(tuple_(never, CASE.c.id) > after)


_ASKED = DEADLINE.alias("asked")
_IS_ASKED = exists().where(
    _ASKED.c.case_ref == CASE.c.id,
    _is_armed(_ASKED),
    _ASKED.c.breached_at.is_(None),
    _ASKED.c.due_at > func.zi_now(),
    _ASKED.c.rule == any_(bindparam("requests", type_=ARRAY(Text))),
)
"""Whether the reporter's time to complete runs."""
_IS_WAITING = CASE.c.state == State.MENUNGGU_KELENGKAPAN.value
_IS_WHOLE = (CASE.c.stream != "pelayanan") | ANSWER.c.is_standard_breach.is_not(None)
_IS_APPROVED_THERE = func.concat_ws("/", CASE.c.kind, CASE.c.state, type_=Text).in_(
    sorted(
        f"{kind}/{state}"
        for kind, table in tables().items()
        for row in table.named("approve")
        for state in row.sources
    )
)
_OWING = bindparam("owing", type_=JSONB)
"""Which act meets each rule whose deadline opens one."""
_IS_OWING: ColumnElement[bool] = literal({}, JSONB) != _OWING
_NEXT = DEADLINE.alias("next_step")
_NEXT_RULE = select(_NEXT.c.rule).where(_NEXT.c.case_ref == CASE.c.id, _is_armed(_NEXT))
_NEXT_OWED = case_when(  # where no rule opens an act, as outside courts, no clock is looked at
    (
        _IS_OWING,
        func.jsonb_extract_path_text(
            _OWING, _NEXT_RULE.order_by(_order(_NEXT)).limit(1).correlate(CASE).scalar_subquery()
        ),
    )
)
_IS_OWED_THERE = func.concat_ws("/", CASE.c.kind, CASE.c.state, _NEXT_OWED, type_=Text).in_(
    sorted(
        f"{kind}/{state}/{act}"
        for kind, table in tables().items()
        for act in OWED
        for row in table.named(act)
        for state in row.sources
    )
)
_TURN = case_when(
    (CASE.c.closed_at.is_not(None), "appeal"),
    (PROPOSAL.c.act.is_not(None), PROPOSAL.c.act),
    (ANSWER.c.case_id.is_not(None) & _IS_APPROVED_THERE & _IS_WHOLE, "approve"),
    (_IS_WAITING & _IS_ASKED, "nobody"),
    (_IS_WAITING, "proceed"),
    (
        CASE.c.state.in_([state.value for state in sorted(HANDLED_STATES)])
        & (CASE.c.handler.is_(None) | ~IS_HANDLER_KNOWN),
        "reassign",
    ),
    (_IS_OWED_THERE, _NEXT_OWED),
    else_="state",
)
"""What kind of turn an open case waits for, as `domain.offers.turn_of` says it."""


_REVIEWED = CASE_EVENT.alias("reviewed")
_REVIEWS = select(_REVIEWED.c.actor).where(_REVIEWED.c.case_id == CASE.c.id, _REVIEWED.c.act == "follow_up")
_REVIEWER = _REVIEWS.order_by(_REVIEWED.c.version.desc()).limit(1).correlate(CASE).scalar_subquery()


def _whose_turn_is(asked: Select[*tuple[Any, ...]], turns: Turns) -> Select[*tuple[Any, ...]]:
    """Narrow to the cases whose turn is one of these, and not one that takes another person."""
    key = func.concat_ws("/", CASE.c.kind, CASE.c.state, _TURN, type_=Text)
    theirs = [among(key, turns.keys)] if turns.keys else []
    if turns.handlers_keys:  # a turn is dear to find out: not where nobody asks, nor before what is cheap
        theirs.append(among(key, turns.handlers_keys) & among(CASE.c.handler, turns.accounts))
    asked = asked.outerjoin(ANSWER, and_(*IS_DRAFT)).outerjoin(PROPOSAL, and_(*IS_PROPOSED))
    asked = asked.outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id)
    return asked.where(
        or_(false(), *theirs),
        ANSWER.c.case_id.is_(None) | ~among(ANSWER.c.drafted_by, turns.selves) | (_TURN != "approve"),
        PROPOSAL.c.act.is_(None) | ~among(PROPOSAL.c.proposed_by, turns.selves),
        ~_IS_OWING | (_TURN != "correct_review") | ~among(_REVIEWER, turns.selves),
        CASE.c.closed_at.is_(None) | ~_had_a_hand(turns.selves),  # what is closed waits for its appeal
    )


def _had_a_hand(selves: Sequence[str]) -> ColumnElement[bool]:
    """Tell whether one of these accounts has acted on a case before, as `cases.actors` counts it."""
    earlier, answered = PROPOSAL.alias("earlier"), ANSWER.alias("answered")
    return or_(
        among(CASE.c.handler, selves) & CASE.c.handler.is_not(None),
        exists().where(CASE_EVENT.c.case_id == CASE.c.id, among(CASE_EVENT.c.actor, selves)),
        exists().where(
            earlier.c.case_id == CASE.c.id,
            or_(among(earlier.c.proposed_by, selves), among(earlier.c.decided_by, selves)),
        ),
        exists().where(
            answered.c.case_id == CASE.c.id,
            or_(among(answered.c.drafted_by, selves), among(answered.c.approved_by, selves)),
        ),
    )


async def count_turns(
    session: AsyncSession,
    reader: Reader,
    turns: Turns,
    *,
    theirs: Sequence[str],
    requests: Sequence[str],
    owing: Mapping[str, str] = NONE_OWING,
) -> int:
    """Return how many open cases within sight wait for one of these turns."""
    values = {"theirs": list(theirs), "requests": list(requests), "owing": dict(owing)}
    running, appealed = CASE.c.closed_at.is_(None), CASE.c.closed_at.is_not(None) & IS_APPEALED
    asked = [
        _whose_turn_is(within(select(func.count()).select_from(CASE).where(some), reader), turns)
        for some in (running, appealed)
    ]
    return sum([await session.scalar(one, values) or 0 for one in asked])


def _opened(reader: Reader) -> CTE:
    """Find the open cases within sight: those that run, along their index, and the few that are appealed."""
    seen = reader.sees()  # once: its people are found by one expression of the statement
    running = select(CASE.c.id).where(seen, CASE.c.closed_at.is_(None))
    appealed = select(CASE.c.id).where(seen, CASE.c.closed_at.is_not(None), IS_APPEALED)
    return running.union_all(appealed).cte("opened")


async def summary(session: AsyncSession, reader: Reader, *, theirs: Sequence[str]) -> Summary:
    """Count the open cases within sight."""
    opened = _opened(reader)
    clocks = (
        select(
            opened.c.id,
            func.coalesce(func.bool_or(_is_late(_STEP)), false()).label("burns"),
            func.coalesce(func.bool_or(_is_theirs(_STEP)), false()).label("is_theirs"),
            func.min(_STEP.c.due_at).label("due_at"),
        )
        .join_from(opened, _STEP, (_STEP.c.case_ref == opened.c.id) & _is_armed(_STEP), isouter=True)
        .group_by(opened.c.id)
        .subquery()
    )
    is_theirs = ~clocks.c.burns & clocks.c.is_theirs
    is_soon = ~clocks.c.burns & ~clocks.c.is_theirs & (clocks.c.due_at < func.zi_now() + SOON)
    counts = select(
        func.count(),
        func.count().filter(clocks.c.burns),
        func.count().filter(is_soon),
        func.count().filter(is_theirs),
    ).select_from(clocks)
    return Summary(*(await session.execute(counts, {"theirs": list(theirs)})).one())


async def units(session: AsyncSession, reader: Reader, chosen: str | None) -> list[tuple[str, str]]:
    """Return id and name, by name, of the units that cases within sight are about, and of the chosen one."""
    has_case = exists().where(CASE.c.unit_id == UNIT.c.unit_id, reader.sees())
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        reader.scope.where(UNIT.c.unit_id, UNIT.c.agency_id), has_case | (UNIT.c.unit_id == chosen)
    )
    rows = await session.execute(asked.order_by(UNIT.c.name, UNIT.c.unit_id))
    return [(row.unit_id, row.name) for row in rows]
