"""The newest answers of worksheets as a statement, for all subjects that ask for them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, or_, select
from sqlalchemy.dialects.postgresql import array, distinct_on
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from services.planning.tables import ANSWER
from shared.instruments.lke import Answer, lke_instrument

ANSWERS = select(ANSWER)
_ITEM = (ANSWER.c.unit_id, ANSWER.c.year, ANSWER.c.layer, ANSWER.c.item_code)
NEWEST = ANSWERS.ext(distinct_on(*_ITEM)).order_by(*_ITEM, ANSWER.c.version.desc())
"""The newest version per layer and item."""


def is_present(of: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    """Return the filter of answers that stand, for columns of `answer`; as the instrument does."""
    counted = [question for question in lke_instrument().questions.values() if question.inputs]
    whole = (
        and_(of.item_code == question.code, of.inputs.has_all(array(sorted(enough))))
        for question in counted
        for enough in question.sufficient
    )
    return or_(of.letter.is_not(None), of.index_value.is_not(None), *whole)


def answer_of(row: RowMapping | Mapping[str, Any]) -> Answer | None:
    """Return the answer that a row of `answer` holds, None for a blank."""
    if row["letter"] is not None:
        return Answer(letter=row["letter"])
    if row["index_value"] is not None:
        return Answer(index=Decimal(row["index_value"]))
    return None if row["inputs"] is None else Answer(inputs=row["inputs"])
