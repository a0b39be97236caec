"""Who may be named for a case: roles that people hold in units, agencies or everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

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


async def known(session: AsyncSession, subject: str) -> frozenset[Post]:
    """Return what is known of a person."""
    rows = await session.execute(
        text("SELECT role, level, place FROM officer WHERE subject = :subject"), {"subject": subject}
    )
    return frozenset(Post(*row) for row in rows)


async def replace_all(session: AsyncSession, subject: str, held: frozenset[Post]) -> frozenset[Post]:
    """Let a person hold just these posts, one writer at a time; return what was known before."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('officer'), hashtext(:subject))"), {"subject": subject}
    )
    before = await known(session, subject)
    for post in before - held:
        await session.execute(
            text("""
                DELETE FROM officer
                WHERE subject = :subject AND role = :role AND level = :level AND place = :place
            """),
            {"subject": subject, "role": post.role, "level": post.level, "place": post.place},
        )
    for post in held - before:
        await enter(session, subject, post, None)
    return before


async def enter(session: AsyncSession, subject: str, post: Post, noted_by: str | None) -> bool:
    """Note that a person holds a post; false when that was known."""
    row = await session.execute(
        text("""
            INSERT INTO officer (subject, role, level, place, noted_by)
            VALUES (:subject, :role, :level, :place, :by) ON CONFLICT DO NOTHING RETURNING 1
        """),
        {"subject": subject, "role": post.role, "level": post.level, "place": post.place, "by": noted_by},
    )
    return row.scalar() is not None


async def remove(session: AsyncSession, subject: str, posts: Sequence[Post]) -> int:
    """Forget that a person holds these posts; return how many of them were known."""
    row = await session.execute(
        text("""
            WITH gone AS (
                DELETE FROM officer o USING unnest(
                    cast(:roles AS text[]), cast(:levels AS text[]), cast(:places AS text[])
                ) AS p (role, level, place)
                WHERE o.subject = :subject AND (o.role, o.level, o.place) = (p.role, p.level, p.place)
                RETURNING 1)
            SELECT count(*) FROM gone
        """),
        {
            "subject": subject,
            "roles": [post.role for post in posts],
            "levels": [post.level for post in posts],
            "places": [post.place for post in posts],
        },
    )
    return int(row.scalar_one())


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
