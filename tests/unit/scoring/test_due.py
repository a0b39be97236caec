"""What is due soon, where not all of it fits."""

from datetime import date, timedelta
from typing import Literal

import pytest

from services.scoring.domain.due import Due, fitting

DAY = date(2026, 3, 2)


def due(kind: Literal["complaint", "activity"], days: int) -> Due:
    return Due(DAY + timedelta(days), kind, f"{kind} {days}", 1, days < 0, None)


@pytest.mark.parametrize(
    ("complaints", "activities", "shown"),
    [
        (0, 20, (0, 8)),
        (2, 20, (2, 6)),
        (6, 20, (5, 3)),
        (9, 2, (6, 2)),
        (9, 0, (8, 0)),
        (3, 4, (3, 4)),
    ],
)
def test_no_number_of_overdue_activities_hides_a_complaint(
    complaints: int, activities: int, shown: tuple[int, int]
) -> None:
    late = [due("activity", day) for day in range(-activities, 0)]
    soon = [due("complaint", day) for day in range(complaints)]
    found = fitting([*late, *soon], most=8, least=3)
    assert found == [*late[: shown[1]], *soon[: shown[0]]]
