"""Every step of the table tells somebody, and every open stage has a word for its end."""

from services.planning.notices.domain import CLOSING, STEPS
from services.planning.stages.domain.acts import TABLE
from services.planning.stages.domain.stage import OPEN


def test_every_step_of_the_table_tells_somebody_and_no_other_does() -> None:
    assert set(STEPS) == {(row.act.value, row.target.value) for row in TABLE}


def test_every_open_stage_has_a_word_for_its_end() -> None:
    assert set(CLOSING) == {stage.value for stage in OPEN}
