"""The newest answers of worksheets as a statement, for all subjects that ask for them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.planning.tables import ANSWER
from shared.instruments.lke import Answer

ANSWERS = select(ANSWER)
_ITEM = (ANSWER.c.unit_id, ANSWER.c.year, ANSWER.c.layer, ANSWER.c.item_code)
NEWEST = ANSWERS.ext(distinct_on(*_ITEM)).order_by(*_ITEM, ANSWER.c.version.desc())
"""The newest version per layer and item."""


def answer_of(row: RowMapping | Mapping[str, Any]) -> Answer | None:
    """Return the answer that a row of `answer` holds, None for a blank."""
    if row["letter"] is not None:
        return Answer(letter=row["letter"])
    if row["index_value"] is not None:
        return Answer(index=Decimal(row["index_value"]))
    return None if row["inputs"] is None else Answer(inputs=row["inputs"])
