"""Who may be named for a case: roles that people hold in units, agencies or everywhere."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import RowMapping, false, select, text, true
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.tables import OFFICER, OFFICER_REMOVAL
from services.complaints.tables import columns_of, row_of
from shared.db.arrays import Columns
from shared.kernel import is_unit_id
from shared.security.principal import Level, Principal

_HOLDS = """(o.level = 'national' OR (o.level = 'agency' AND o.place = {agency})
    OR (o.level = 'unit' AND o.place = {unit}))"""
HOLDS_IN_CASE = _HOLDS.format(unit="c.unit_id", agency="c.agency_id")
"""Whether officer `o` holds the role where case `c` is."""
_HOLDS_HERE = _HOLDS.format(unit=":unit_id", agency=":agency_id")


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
        text("SELECT pg_advisory_xact_lock(hashtext('officer'), hashtext(:subject))"), {"subject": subject}
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


_POSTS = Columns(role="text", level="text", place="text")
_THESE = f"subject = :subject AND (role, level, place) IN (SELECT * FROM {_POSTS.sql})"


def _these(subject: str, posts: Collection[Post]) -> dict[str, str]:
    return {"subject": subject, **_POSTS.of([astuple(post) for post in posts])}


async def _delete(session: AsyncSession, subject: str, posts: Collection[Post]) -> None:
    await session.execute(text(f"DELETE FROM officer WHERE {_THESE}"), _these(subject, posts))


async def remove(session: AsyncSession, subject: str, posts: Sequence[Post], removed_by: str) -> int:
    """Take a person off these posts, and keep that it was done; return how many of them were known."""
    row = await session.execute(
        text(f"""
            WITH gone AS (DELETE FROM officer WHERE {_THESE} RETURNING subject, role, level, place),
            kept AS (
                INSERT INTO officer_removal (subject, role, level, place, removed_by)
                SELECT subject, role, level, place, :by FROM gone ON CONFLICT DO NOTHING)
            SELECT count(*) FROM gone
        """),
        _these(subject, posts) | {"by": removed_by},
    )
    return int(row.scalar_one())


async def forgive(session: AsyncSession, subject: str, posts: Sequence[Post]) -> None:
    """Forget that a person was taken off these posts: the own log-in may say them again."""
    await session.execute(text(f"DELETE FROM officer_removal WHERE {_THESE}"), _these(subject, posts))


async def holds(session: AsyncSession, subject: str, role: str, unit_id: str, agency_id: str) -> bool:
    """Tell whether a person is known to hold the role in this unit of this agency."""
    found = await session.scalar(
        text(f"""
            SELECT EXISTS (SELECT 1 FROM officer o
                           WHERE o.subject = :subject AND o.role = :role AND {_HOLDS_HERE})
        """),
        {"subject": subject, "role": role, "unit_id": unit_id, "agency_id": agency_id},
    )
    return bool(found)


async def of_unit(
    session: AsyncSession, role: str, unit_id: str, agency_id: str, *, after: str, limit: int
) -> Sequence[RowMapping]:
    """Return who holds the role in a unit, by subject: one line for each, of the narrowest level."""
    rows = await session.execute(
        text(f"""
            SELECT DISTINCT ON (o.subject) o.subject, o.level, o.noted_by, o.noted_at FROM officer o
            WHERE o.role = :role AND o.subject > :after AND {_HOLDS_HERE}
            ORDER BY o.subject, array_position(ARRAY['unit', 'agency', 'national'], o.level) LIMIT :n
        """),
        {"role": role, "unit_id": unit_id, "agency_id": agency_id, "after": after, "n": limit},
    )
    return rows.mappings().all()
