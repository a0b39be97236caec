"""Metadata of stored files and of the evidence made of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    TableValuedAlias,
    Text,
    Uuid,
    any_,
    column,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence.domain import Content, Evidence, EvidenceLine, Form, Use, facts_of
from services.planning.layers import Layer
from services.planning.newest import NEWEST
from services.planning.tables import (
    ACTIVITY,
    ANSWER,
    EVIDENCE,
    EVIDENCE_REVISION,
    PROGRAMME,
    STORED_FILE,
    UNIT,
    row_of,
)
from services.planning.units.store import within
from shared.db.arrays import among
from shared.security import Scope

_OF_FILE = STORED_FILE.c["media_type", "size_bytes"]
_EVIDENCES = select(
    EVIDENCE, func.coalesce(EVIDENCE.c.title, EVIDENCE.c.file_name).label("shown_title"), *_OF_FILE
).select_from(EVIDENCE.outerjoin(STORED_FILE))
_EARLIER = select(EVIDENCE_REVISION, EVIDENCE.c.form, *_OF_FILE).select_from(
    EVIDENCE_REVISION.join(EVIDENCE, EVIDENCE.c.evidence_id == EVIDENCE_REVISION.c.evidence_id).outerjoin(
        STORED_FILE, STORED_FILE.c.sha256 == EVIDENCE_REVISION.c.sha256
    )
)
_KEPT = [column.name for column in EVIDENCE_REVISION.c]
"""What a newer revision replaces; both tables name it alike."""


async def insert_file(session: AsyncSession, sha256: str, size_bytes: int, media_type: str) -> None:
    """Note bytes that lie in the object store under their final name; known bytes stay as noted."""
    noted = insert_into(STORED_FILE).values(sha256=sha256, size_bytes=size_bytes, media_type=media_type)
    await session.execute(noted.on_conflict_do_nothing())


async def unknown_files(session: AsyncSession, names: Sequence[str]) -> list[str]:
    """Return those sha256 names that no metadata row knows."""
    given = select(func.unnest(literal(list(names), ARRAY(Text))).column_valued("name"))
    return list(await session.scalars(given.except_(select(STORED_FILE.c.sha256))))


async def insert_evidence(session: AsyncSession, evidences: Sequence[Evidence], uploaded_by: str) -> None:
    """Insert evidences, whose files are noted already; one statement."""
    if evidences:
        rows = [_row(evidence) | {"uploaded_by": uploaded_by} for evidence in evidences]
        await session.execute(EVIDENCE.insert(), rows)


async def revise(session: AsyncSession, evidence: Evidence, uploaded_by: str) -> None:
    """Write the newest revision of an evidence whose row is locked, and keep what was before."""
    mine = EVIDENCE.c.evidence_id == evidence.evidence_id
    before = select(*(EVIDENCE.c[name] for name in _KEPT)).where(mine)
    await session.execute(EVIDENCE_REVISION.insert().from_select(_KEPT, before))
    newer = {name: value for name, value in _row(evidence).items() if name in _KEPT}
    await session.execute(update(EVIDENCE).where(mine).values(**newer, uploaded_by=uploaded_by))


async def evidence_of_layer(
    session: AsyncSession, unit_id: str, layer: Layer, evidence_ids: Collection[UUID]
) -> list[Evidence]:
    """Return those of the given evidences that this layer of the unit owns."""
    asked = _of_layer(unit_id, layer).where(among(EVIDENCE.c.evidence_id, evidence_ids))
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id))
    return [_evidence(row) for row in rows.mappings()]


async def evidence_of_units(
    session: AsyncSession, unit_ids: Collection[str], evidence_ids: Collection[UUID]
) -> list[Evidence]:
    """Return those of the given evidences that these units own, whatever layer brought them, by id."""
    asked = _EVIDENCES.where(
        among(EVIDENCE.c.unit_id, sorted(unit_ids)), among(EVIDENCE.c.evidence_id, evidence_ids)
    )
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id))
    return [_evidence(row) for row in rows.mappings()]


async def written_of_layer(session: AsyncSession, unit_id: str, layer: Layer) -> list[Evidence]:
    """Return the words and addresses that this layer of the unit brought."""
    rows = await session.execute(_of_layer(unit_id, layer).where(EVIDENCE.c.form != Form.FILE))
    return [_evidence(row) for row in rows.mappings()]


async def get_evidence(
    session: AsyncSession, scope: Scope, evidence_id: UUID, *, lock: bool = False
) -> Evidence | None:
    """Return an evidence of a unit in scope, its row locked for update when asked."""
    asked = _EVIDENCES.join(UNIT, UNIT.c.unit_id == EVIDENCE.c.unit_id).where(
        EVIDENCE.c.evidence_id == evidence_id, within(scope)
    )
    rows = await session.execute(asked.with_for_update(of=EVIDENCE) if lock else asked)
    found = rows.mappings().one_or_none()
    return _evidence(found) if found else None


async def earlier(session: AsyncSession, evidence_id: UUID) -> list[tuple[int, Content]]:
    """Return the earlier revisions of an evidence, newest first."""
    asked = _EARLIER.where(EVIDENCE_REVISION.c.evidence_id == evidence_id)
    rows = await session.execute(asked.order_by(EVIDENCE_REVISION.c.revision.desc()))
    return [(row["revision"], _content(row)) for row in rows.mappings()]


async def at_revisions(
    session: AsyncSession, found: Sequence[Evidence], revisions: Mapping[UUID, int]
) -> list[Evidence]:
    """Return evidences as they were at these revisions, by id; those not named in their newest."""
    asked = {
        one.evidence_id: revisions[one.evidence_id]
        for one in found
        if revisions.get(one.evidence_id, one.revision) < one.revision
    }
    if not asked:
        return list(found)
    rows = await session.execute(_EARLIER.where(among(EVIDENCE_REVISION.c.evidence_id, asked)))
    contents = {(row["evidence_id"], row["revision"]): _content(row) for row in rows.mappings()}
    return [
        _as_it_was(one, number, contents[one.evidence_id, number])
        if (number := asked.get(one.evidence_id))
        else one
        for one in found
    ]


def _as_it_was(evidence: Evidence, revision: int, content: Content) -> Evidence:
    """Return an evidence at an earlier revision; one without a title is called as its file was then."""
    is_untitled = evidence.title == evidence.content.file_name
    title = content.file_name if is_untitled else evidence.title
    return replace(evidence, revision=revision, content=content, title=title)


async def page_evidence(session: AsyncSession, unit_id: str, *, after: UUID, limit: int) -> list[Evidence]:
    """Return a unit's evidence by id, which is the order of upload."""
    asked = _EVIDENCES.where(EVIDENCE.c.unit_id == unit_id, EVIDENCE.c.evidence_id > after)
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id).limit(limit))
    return [_evidence(row) for row in rows.mappings()]


async def lines_of_layer(
    session: AsyncSession,
    unit_id: str,
    layer: Layer,
    *,
    only: Collection[UUID] | None = None,
    limit: int = 500,
) -> list[EvidenceLine]:
    """Return the evidence that a layer of the unit brought, or those of the given, the newest first."""
    proved = (
        select(func.array_agg(ACTIVITY.c.indicator_code.distinct()))
        .where(
            ACTIVITY.c.unit_id == EVIDENCE.c.unit_id, EVIDENCE.c.evidence_id == any_(ACTIVITY.c.evidence_ids)
        )
        .scalar_subquery()
    )
    asked = select(
        *EVIDENCE.c["evidence_id", "revision", "kind", "form", "uploaded_at"],
        func.coalesce(EVIDENCE.c.title, EVIDENCE.c.file_name).label("title"),
        proved.label("activities"),
    ).where(EVIDENCE.c.unit_id == unit_id, EVIDENCE.c.layer == layer)
    if only is not None:
        asked = asked.where(among(EVIDENCE.c.evidence_id, only))
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id.desc()).limit(limit))
    return [
        EvidenceLine(
            row["evidence_id"],
            row["revision"],
            row["kind"],
            row["title"],
            Form(row["form"]),
            row["uploaded_at"],
            tuple(row["activities"] or ()),
        )
        for row in rows.mappings()
    ]


async def same_bytes(session: AsyncSession, scope: Scope, evidence: Evidence) -> list[Evidence]:
    """Return other evidences in scope, of any unit and layer, with the bytes of a file."""
    asked = _EVIDENCES.join(UNIT, UNIT.c.unit_id == EVIDENCE.c.unit_id).where(
        EVIDENCE.c.sha256 == evidence.content.sha256,
        EVIDENCE.c.evidence_id != evidence.evidence_id,
        within(scope),
    )
    rows = await session.execute(asked.order_by(EVIDENCE.c.evidence_id).limit(20))
    return [_evidence(row) for row in rows.mappings()]


async def uses(session: AsyncSession, unit_id: str, evidence_ids: Collection[UUID]) -> list[Use]:
    """Return where evidences prove something now: newest answers of all years and layers, and activities.

    Cost: the unit's answers, some thousand rows by index; two statements for any number of evidences.
    """
    if not evidence_ids:
        return []
    newest = NEWEST.where(ANSWER.c.unit_id == unit_id).subquery("newest")
    cited = _each(newest.c.evidence_ids)
    answers = (
        select(cited.c.evidence_id, *newest.c["year", "layer", "item_code"])
        .select_from(newest)
        .join(cited, true())
        .where(among(cited.c.evidence_id, evidence_ids))
    )
    proved = _each(ACTIVITY.c.evidence_ids)
    activities = (
        select(proved.c.evidence_id, PROGRAMME.c.year, *ACTIVITY.c["indicator_code", "activity_id"])
        .select_from(ACTIVITY)
        .join(PROGRAMME, PROGRAMME.c.programme_id == ACTIVITY.c.programme_id)
        .join(proved, true())
        .where(ACTIVITY.c.unit_id == unit_id, among(proved.c.evidence_id, evidence_ids))
    )
    found = [
        Use(row.evidence_id, row.year, row.item_code, Layer(row.layer))
        for row in await session.execute(answers)
    ]
    found += [
        Use(row.evidence_id, row.year, row.indicator_code, activity_id=row.activity_id)
        for row in await session.execute(activities)
    ]
    return sorted(found, key=lambda use: (use.evidence_id, -use.year, use.code, str(use.layer)))


def _each(evidence_ids: ColumnElement[Any]) -> TableValuedAlias:
    return func.unnest(evidence_ids).table_valued(column("evidence_id", Uuid), name="each").render_derived()


def _of_layer(unit_id: str, layer: Layer) -> Select[*tuple[Any, ...]]:
    return _EVIDENCES.where(EVIDENCE.c.unit_id == unit_id, EVIDENCE.c.layer == layer)


def _row(evidence: Evidence) -> dict[str, Any]:
    """Return the columns of an evidence; what is not a file has its sha256 from its body alone."""
    row = row_of(evidence, EVIDENCE) | row_of(evidence.content, EVIDENCE)
    return row if evidence.content.body is None else row | {"sha256": None}


def _evidence(row: RowMapping) -> Evidence:
    return Evidence(
        evidence_id=row["evidence_id"],
        unit_id=row["unit_id"],
        layer=Layer(row["layer"]),
        kind=row["kind"],
        title=row["shown_title"],
        revision=row["revision"],
        content=_content(row),
    )


def _content(row: RowMapping) -> Content:
    form, body = Form(row["form"]), row["body"]
    stored = (row["sha256"], row["media_type"], row["size_bytes"])
    sha256, media_type, size_bytes = stored if body is None else facts_of(form, body)
    return Content(form, row["file_name"], sha256, media_type, size_bytes, body, row["uploaded_at"])
