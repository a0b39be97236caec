"""What an operator reads they can do next with a campaign."""

from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest

from services.survey.domain.campaign import State
from services.survey.pages.words import next_step
from services.survey.schemas import StatusOut

ID = UUID("019a9c1e-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("state", "invited", "answers", "says", "command"),
    [
        (State.DRAFT, 0, 0, "lalu buka", f"zi survey open {ID}"),
        (State.OPEN, 20, 5, "paling sedikit 10 orang lagi", f"zi survey invite {ID} --count 10"),
        (State.OPEN, 40, 5, "Ingatkan", ""),
        (State.OPEN, 40, 30, "Tunggu penutupan", ""),
        (State.CLOSED, 40, 30, "halaman unit", ""),
    ],
)
def test_each_state_of_a_campaign_says_what_comes_next(
    state: State, invited: int, answers: int, says: str, command: str
) -> None:
    shown = cast("StatusOut", SimpleNamespace(state=state, invited=invited, n=answers, campaign_id=ID))
    told, does = next_step(shown, 30)
    assert says in told
    assert does == command
