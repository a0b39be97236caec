"""A worksheet as a page reads it: unit, programme and the newest answers of all layers, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.newest import NEWEST
from services.planning.tables import ANSWER, PROGRAMME, UNIT, WORKSHEET
from services.planning.units.store import within
from services.planning.worksheets.domain import AnswerVersion
from services.planning.worksheets.store import answer_version_of, of_layer
from shared.db.arrays import among
from shared.instruments.lke import Answers
from shared.kernel import Predicate, Zone
from shared.security import Scope


@dataclass(frozen=True, slots=True)
class SheetHead:
    """Whose worksheet it is and what its programme pinned; `version` counts the answers of all layers."""

    unit_id: str
    year: int
    unit_name: str
    zone: Zone
    target: Predicate
    edition: str
    rule_set: str
    policies: str | None
    version: int
    is_merged: bool


@dataclass(frozen=True, slots=True)
class WholeSheet(SheetHead):
    """A worksheet with its newest answers, blanked ones too."""

    answers: tuple[AnswerVersion, ...] = ()


_HEAD = (
    WORKSHEET.c.unit_id.label("sheet_unit"),
    WORKSHEET.c.year.label("sheet_year"),
    WORKSHEET.c.version.label("sheet_version"),
    UNIT.c.name.label("unit_name"),
    UNIT.c.zone,
    UNIT.c.merged_into.is_not(None).label("is_merged"),
    PROGRAMME.c.target,
    PROGRAMME.c.edition,
    PROGRAMME.c.rule_set,
    PROGRAMME.c.policies,
)
_SHEETS = WORKSHEET.join(
    PROGRAMME, and_(PROGRAMME.c.unit_id == WORKSHEET.c.unit_id, PROGRAMME.c.year == WORKSHEET.c.year)
).join(UNIT, UNIT.c.unit_id == WORKSHEET.c.unit_id)


async def whole_sheet(session: AsyncSession, scope: Scope, unit_id: str, year: int) -> WholeSheet | None:
    """Return the worksheet of a unit in scope with the newest answers of all layers, None without one."""
    newest = NEWEST.where(ANSWER.c.unit_id == unit_id, ANSWER.c.year == year).subquery("newest")
    asked = (
        select(*_HEAD, newest)
        .select_from(_SHEETS.outerjoin(newest, newest.c.unit_id == WORKSHEET.c.unit_id))
        .where(WORKSHEET.c.unit_id == unit_id, WORKSHEET.c.year == year, within(scope))
    )
    rows = (await session.execute(asked)).mappings().all()
    if not rows:
        return None
    answers = [answer_version_of(row) for row in rows if row["version"] is not None]
    return WholeSheet(**_head(rows[0]), answers=tuple(answers))


async def page_sheets(
    session: AsyncSession, scope: Scope, *, after: str, limit: int, search: str = ""
) -> list[SheetHead]:
    """Return the worksheets of up to `limit` units in scope above `after`, by unit, the newest year first.

    Only units whose id, name or region holds `search`.
    """
    units = select(UNIT.c.unit_id).where(
        UNIT.c.unit_id > after,
        within(scope),
        exists().where(PROGRAMME.c.unit_id == UNIT.c.unit_id),
    )
    if search:
        columns = (UNIT.c.unit_id, UNIT.c.name, UNIT.c.region)
        units = units.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    asked = (
        select(*_HEAD)
        .select_from(_SHEETS)
        .where(WORKSHEET.c.unit_id.in_(units.order_by(UNIT.c.unit_id).limit(limit)))
        .order_by(WORKSHEET.c.unit_id, WORKSHEET.c.year.desc())
    )
    return [SheetHead(**_head(row)) for row in (await session.execute(asked)).mappings()]


async def unit_answers(session: AsyncSession, unit_ids: Sequence[str]) -> Mapping[tuple[str, int], Answers]:
    """Return the newest answers of the unit's layer by unit and year."""
    asked = NEWEST.where(among(ANSWER.c.unit_id, unit_ids), ANSWER.c.layer == Layer.UNIT)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in (await session.execute(asked)).mappings():
        version = answer_version_of(row)
        found.setdefault((row["unit_id"], row["year"]), {})[version.draft.item_code] = version.draft.answer
    return found


async def answers_at(
    session: AsyncSession,
    unit_id: str,
    year: int,
    item_codes: Sequence[str],
    version: int,
    layer: Layer = Layer.UNIT,
) -> Mapping[str, AnswerVersion]:
    """Return a layer's answers to items as they stood when the worksheet had this version."""
    asked = NEWEST.where(of_layer(unit_id, year, layer)).where(
        among(ANSWER.c.item_code, item_codes), ANSWER.c.version <= version
    )
    rows = (await session.execute(asked)).mappings()
    return {row["item_code"]: answer_version_of(row) for row in rows}


def _head(row: RowMapping) -> dict[str, Any]:
    return {
        "unit_id": row["sheet_unit"],
        "year": row["sheet_year"],
        "unit_name": row["unit_name"],
        "zone": Zone(row["zone"]),
        "target": row["target"],
        "edition": row["edition"],
        "rule_set": row["rule_set"],
        "policies": row["policies"],
        "version": row["sheet_version"],
        "is_merged": row["is_merged"],
    }
