"""What takes long says so, and says when it is over by saying nothing more."""

import re
from itertools import count

import pytest

from shared.cli.progress import Steps, telling


def test_what_lasts_is_told_again_with_its_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    heard = ""
    clock = count(100.0, 3.0)
    with telling("unit.csv: checking", every=0.001, clock=clock.__next__):
        while "now" not in heard:
            heard += capsys.readouterr().err
    assert heard.startswith("zi: unit.csv: checking ...\n")
    told = [int(seconds) for seconds in re.findall(r"zi: unit\.csv: checking, for (\d+) s now\n", heard)]
    assert told, heard
    assert all(seconds % 3 == 0 for seconds in told)  # which of them, hangs on when the stream was read
    capsys.readouterr()
    assert capsys.readouterr().err == ""


def test_steps_tell_share_speed_and_what_is_left_now_and_then_and_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps = Steps(every=2, clock=count(100.0, 1.0).__next__)
    for done in (0, 1000, 2000, 3000, 90_000):
        steps("records", done, 90_000)
    steps("unit years", 0, 40)
    steps("unit years", 40, 40)
    steps("nothing", 0, 0)
    assert capsys.readouterr().err.splitlines() == [
        "zi: 2,000 of 90,000 records, 2 %, 1,000 a second, 1 min 28 s left",
        "zi: 90,000 of 90,000 records, 100 %, 22,500 a second, 0 s left",
        "zi: 40 of 40 unit years, 100 %, 40 a second, 0 s left",
        "zi: 0 of 0 nothing, 100 %",
    ]
