"""What counts as responsive for the LKE, as data."""

import json
from fractions import Fraction
from functools import cache
from importlib.resources import files

from services.complaints.handling.domain.responsive import Norms


@cache
def norms() -> Norms:
    """Return what the LKE asks of channels and of the time of an answer."""
    values = json.loads((files(__package__) / "responsive.json").read_text(encoding="utf-8"))
    return Norms(
        item=values["item"],
        kinds=values["kinds"],
        share_in_time=Fraction(values["share_in_time"]),
        answers={(one["is_fast"], one["is_many"]): one["answer"] for one in values["answers"]},
        source=values["source"],
        is_confirmed=values["confirmed"],
    )
