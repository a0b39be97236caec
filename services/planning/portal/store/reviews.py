"""What people said of reviews, and what packages hold that reviews look at."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.package import PROPOSAL
from services.planning.portal.domain.reviews import ReviewState, Said
from services.planning.tables import PACKAGE, PACKAGE_PART, PORTAL_REVIEW

_BLANKS = text("""
    SELECT substr(name, 6) AS unit_id,
        count(*) FILTER (WHERE answer ->> 'jawaban_unit' IS NULL) AS unit,
        count(*) FILTER (WHERE answer ->> 'jawaban_tpi' IS NULL) AS tpi
    FROM nomination_part,
        jsonb_array_elements(convert_from(content, 'UTF8')::jsonb -> 'answers') AS answer
    WHERE nomination_id = :nomination_id AND version = :version AND name LIKE 'unit/%'
    GROUP BY name
""")
"""Text, because it looks into every unit's part where it lies: 100 kB each are not sent for two numbers."""


async def insert(session: AsyncSession, nomination_id: UUID, unit_id: str, said: Said) -> None:
    """Keep what a person said."""
    await session.execute(
        PORTAL_REVIEW.insert().values(
            nomination_id=nomination_id,
            unit_id=unit_id,
            number=said.number,
            version=said.version,
            pulls=said.pulls,
            state=said.state.value,
            said_by=said.said_by,
            said_at=said.said_at,
        )
    )


async def last_said(session: AsyncSession, nomination_id: UUID) -> Mapping[str, Said]:
    """Return what was said last of each unit of a proposal, by unit."""
    asked = (
        select(PORTAL_REVIEW)
        .ext(distinct_on(PORTAL_REVIEW.c.unit_id))
        .where(PORTAL_REVIEW.c.nomination_id == nomination_id)
        .order_by(PORTAL_REVIEW.c.unit_id, PORTAL_REVIEW.c.number.desc())
    )
    found = {}
    for row in (await session.execute(asked)).mappings():
        values = dict(row)
        del values["nomination_id"]
        unit_id = values.pop("unit_id")
        found[unit_id] = Said(**{**values, "state": ReviewState(values["state"])})
    return found


async def proposals(
    session: AsyncSession, nomination_id: UUID
) -> Sequence[tuple[int, datetime, Mapping[str, Any]]]:
    """Return version, moment and the part `proposal` of every package of a proposal, by version."""
    asked = (
        select(*PACKAGE.c["version", "frozen_at"], PACKAGE_PART.c.content)
        .join_from(
            PACKAGE,
            PACKAGE_PART,
            (PACKAGE_PART.c.nomination_id == PACKAGE.c.nomination_id)
            & (PACKAGE_PART.c.version == PACKAGE.c.version),
        )
        .where(PACKAGE.c.nomination_id == nomination_id, PACKAGE_PART.c.name == PROPOSAL)
        .order_by(PACKAGE.c.version)
    )
    return [(row.version, row.frozen_at, json.loads(row.content)) for row in await session.execute(asked)]


async def blanks(session: AsyncSession, nomination_id: UUID, version: int) -> Mapping[str, tuple[int, int]]:
    """Return how many of its questions each unit of a package left empty, and its TPI, by unit."""
    rows = await session.execute(_BLANKS, {"nomination_id": nomination_id, "version": version})
    return {row.unit_id: (row.unit, row.tpi) for row in rows}
