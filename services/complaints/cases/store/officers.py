"""Who may be named for a case: roles that people hold in units, agencies or everywhere."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Table,
    Text,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Stream
from services.complaints.cases.store.people import has_left, today
from services.complaints.cases.tables import OFFICER, OFFICER_REMOVAL
from services.complaints.decrees.store import is_appointed, streams_of
from services.complaints.tables import columns_of, row_of
from shared.kernel import Zone, is_unit_id
from shared.security.principal import Level, Principal


@dataclass(frozen=True, slots=True)
class Post:
    """A role that somebody holds at a place; `place` is empty at level national."""

    role: str
    level: Level
    place: str

    def covers(self, unit_id: str, agency_id: str) -> bool:
        """Tell whether the role holds in this unit of this agency."""
        return self.place == {"unit": unit_id, "agency": agency_id, "national": ""}[self.level]


def posts(principal: Principal, roles: frozenset[str]) -> frozenset[Post]:
    """Return where a caller holds which of these roles, as the token says.

    A place that no unit or agency can be called is none.
    """
    places = {
        "unit": principal.scope.units,
        "agency": principal.scope.agencies,
        "national": frozenset({""}),
    }[principal.scope.level]
    return frozenset(
        Post(role, principal.scope.level, place)
        for role in principal.roles & roles
        for place in places
        if principal.scope.level == "national" or is_unit_id(place)
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person: posts by the `own` log-in, and posts that a supervisor took off the list."""

    own: frozenset[Post]
    removed: frozenset[Post]

    def is_word_of(self, held: frozenset[Post]) -> bool:
        """Tell whether a token with these posts says nothing new."""
        return self.own == held - self.removed


async def lock(session: AsyncSession, subject: str) -> None:
    """Let one transaction at a time change what is known of a person."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtext("officer"), func.hashtext(subject)))
    )


async def known(session: AsyncSession, subject: str) -> Known:
    """Return what is known of a person beside a supervisor's word that no log-in has borne out."""
    own = select(false(), *columns_of(Post, OFFICER)).where(
        OFFICER.c.subject == subject, OFFICER.c.noted_by.is_(None)
    )
    off = select(true(), *columns_of(Post, OFFICER_REMOVAL)).where(OFFICER_REMOVAL.c.subject == subject)
    rows = await session.execute(own.union_all(off))
    found = [(is_removed, Post(*post)) for is_removed, *post in rows]
    return Known(
        frozenset(post for is_removed, post in found if not is_removed),
        frozenset(post for is_removed, post in found if is_removed),
    )


async def note(session: AsyncSession, subject: str, held: frozenset[Post]) -> tuple[int, int]:
    """Let the own log-in say just these posts, less those taken off; return how many it said before and now.

    A post that a supervisor entered becomes the person's own word when the log-in says it too; one that it
    does not say stays. The caller holds the person's lock.
    """
    before = await known(session, subject)
    now = held - before.removed
    await _delete(session, subject, before.own ^ now)
    for post in now - before.own:
        await _insert(session, subject, post, None)
    return len(before.own), len(now)


async def enter(session: AsyncSession, subject: str, post: Post, noted_by: str) -> bool:
    """Note by a supervisor's word that a person holds a post; false when that was known."""
    return await _insert(session, subject, post, noted_by)


async def _insert(session: AsyncSession, subject: str, post: Post, noted_by: str | None) -> bool:
    made = insert_into(OFFICER).values(subject=subject, noted_by=noted_by, **row_of(post, OFFICER))
    return await session.scalar(made.on_conflict_do_nothing().returning(OFFICER.c.subject)) is not None


def _these(table: Table) -> ColumnElement[bool]:
    is_one = tuple_(*columns_of(Post, table)).in_(bindparam("posts"))
    return (table.c.subject == bindparam("subject")) & is_one


_DELETE = OFFICER.delete().where(_these(OFFICER))
_FORGIVE = OFFICER_REMOVAL.delete().where(_these(OFFICER_REMOVAL))
_GONE = _DELETE.returning(*OFFICER.primary_key).cte("gone")
_KEPT = insert_into(OFFICER_REMOVAL).from_select(
    [*_GONE.c.keys(), "removed_by"], select(_GONE, bindparam("by"))
)
_REMOVE = select(func.count()).select_from(_GONE).add_cte(_KEPT.on_conflict_do_nothing().cte("kept"))


def _values(subject: str, posts: Collection[Post]) -> dict[str, object]:
    return {"subject": subject, "posts": [astuple(post) for post in posts]}


async def _delete(session: AsyncSession, subject: str, posts: Collection[Post]) -> None:
    await session.execute(_DELETE, _values(subject, posts))


async def remove(session: AsyncSession, subject: str, posts: Sequence[Post], removed_by: str) -> int:
    """Take a person off these posts, and keep that it was done; return how many of them were known."""
    return await session.scalar(_REMOVE, _values(subject, posts) | {"by": removed_by}) or 0


async def forgive(session: AsyncSession, subject: str, posts: Sequence[Post]) -> None:
    """Forget that a person was taken off these posts: the own log-in may say them again."""
    await session.execute(_FORGIVE, _values(subject, posts))


def holds_in(unit_id: ColumnElement[str] | str, agency_id: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Keep the officers who hold their role in this unit of this agency."""
    level, place = OFFICER.c.level, OFFICER.c.place
    is_there = (level == "agency") & (place == agency_id) | (level == "unit") & (place == unit_id)
    return (level == "national") | is_there


async def holds(session: AsyncSession, subject: str, role: str, unit_id: str, agency_id: str) -> bool:
    """Tell whether a person is known to hold the role in this unit of this agency."""
    is_held = (OFFICER.c.subject == subject, OFFICER.c.role == role, holds_in(unit_id, agency_id))
    return bool(await session.scalar(select(exists().where(*is_held))))


async def of_unit(
    session: AsyncSession,
    role: str,
    unit_id: str,
    agency_id: str,
    zone: Zone,
    *,
    after: str,
    limit: int,
    only: Collection[Stream] = (),
    words: Sequence[str] = (),
) -> Sequence[RowMapping]:
    """Return who holds the role in a unit, by subject: one line for each, of the narrowest level.

    Who has left by planning's list of people is not among them. `streams` are those for which the person is
    a member of a handling unit in force: for none, nobody may name them. `only` keeps those appointed for
    one of these streams, `words` those whose subject holds each.
    """
    width = case({"unit": 0, "agency": 1, "national": 2}, value=OFFICER.c.level)
    day = today(literal(zone.value))
    streams = streams_of(OFFICER.c.subject, unit_id, agency_id, day).label("streams")
    line = OFFICER.c["subject", "level", "noted_by", "noted_at"]
    asked = select(*line, streams).ext(distinct_on(OFFICER.c.subject))
    asked = asked.where(OFFICER.c.role == role, OFFICER.c.subject > after, holds_in(unit_id, agency_id))
    asked = asked.where(~has_left(OFFICER.c.subject, day))
    subject, unit, agency = OFFICER.c.subject, literal(unit_id, Text), literal(agency_id, Text)
    asked = asked.where(*(func.lower(subject).contains(one.lower(), autoescape=True) for one in words))
    if only:
        appointed = (is_appointed(subject, unit, agency, literal(one, Text), day) for one in sorted(only))
        asked = asked.where(or_(*appointed))
    rows = await session.execute(asked.order_by(OFFICER.c.subject, width).limit(limit))
    return rows.mappings().all()
