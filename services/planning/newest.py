"""The newest answers of worksheets as a statement, for all subjects that ask for them."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from services.planning.tables import ANSWER

ANSWERS = select(ANSWER)
_ITEM = (ANSWER.c.unit_id, ANSWER.c.year, ANSWER.c.layer, ANSWER.c.item_code)
NEWEST = ANSWERS.ext(distinct_on(*_ITEM)).order_by(*_ITEM, ANSWER.c.version.desc())
"""The newest version per layer and item."""
