"""What takes long says so, and says when it is over by saying nothing more."""

import re
from itertools import count

import pytest

from shared.cli.progress import telling


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
