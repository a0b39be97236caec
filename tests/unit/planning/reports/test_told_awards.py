from datetime import date

from services.planning.nomination.domain.predicates import Award, Giver
from services.planning.reports.domain import told_awards
from services.planning.stages.domain.decrees import Decree
from shared.kernel import new_id


def award(day: date, assessed_year: int | None = None) -> Award:
    decree = Decree(f"SK {day.isoformat()}", day, "Menteri PANRB")
    return Award(new_id(), "u", "WBK", Giver.TPN, decree, assessed_year=assessed_year)


EARLIER, OWN = award(date(2024, 12, 1)), award(date(2026, 12, 10), 2026)
LATER, NEXT = award(date(2026, 12, 20)), award(date(2027, 11, 1), 2027)
EVERY = [EARLIER, OWN, LATER, NEXT]


def test_a_draft_tells_all_predicates_and_a_final_report_those_up_to_its_decree() -> None:
    assert list(told_awards(EVERY, 2026, is_final=False)) == EVERY
    assert list(told_awards(EVERY, 2026, is_final=True)) == [EARLIER, OWN]


def test_a_year_that_ended_without_a_predicate_tells_those_of_its_own_days() -> None:
    assert list(told_awards([EARLIER, LATER, NEXT], 2026, is_final=True)) == [EARLIER, LATER]
