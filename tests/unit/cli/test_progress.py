"""What takes long says so, and says when it is over by saying nothing more."""

from itertools import count

import pytest

from shared.cli.progress import telling


def test_what_lasts_is_told_again_with_its_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    heard = ""
    clock = count(100.0, 3.0)
    with telling("unit.csv: checking", every=0.001, clock=clock.__next__):
        while "now" not in heard:
            heard += capsys.readouterr().err
    assert heard.startswith("zi: unit.csv: checking ...\nzi: unit.csv: checking, for 3 s now\n")
    capsys.readouterr()
    assert capsys.readouterr().err == ""
