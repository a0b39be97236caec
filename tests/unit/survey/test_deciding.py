"""Which campaign of a unit's year decides."""

from itertools import permutations
from uuid import UUID

from services.survey.domain.deciding import Candidate, deciding

WHOLE = Candidate(UUID(int=1), has_months=True, has_people=True, months=3, last_month=3)
MONTH = Candidate(UUID(int=2), has_months=False, has_people=True, months=1, last_month=1)
BEGUN_YEAR = Candidate(UUID(int=3), has_months=True, has_people=False, months=12, last_month=12)
BEGUN = Candidate(UUID(int=4), has_months=True, has_people=False, months=3, last_month=6)
BEGUN_MONTH = Candidate(UUID(int=5), has_months=False, has_people=False, months=1, last_month=12)


def test_a_campaign_just_begun_takes_nothing_over_from_one_with_enough_people() -> None:
    ranked = [WHOLE, MONTH, BEGUN_YEAR, BEGUN, BEGUN_MONTH]
    for place, best in enumerate(ranked):
        for order in permutations(ranked[place:]):
            assert deciding(order) == best.campaign_id
    assert deciding([]) is None
