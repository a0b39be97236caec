"""`zi rebuild scoring`: how many processes do it, and what is said when one of them is lost."""

from typing import Any

import pytest

from services.scoring import rebuild
from services.scoring.rebuilding.crew import ProcessLostError
from shared.cli.main import main


def test_a_lost_process_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    async def lost(_url: str, _bootstrap: str, **options: Any) -> None:
        asked.append(options["processes"])
        raise ProcessLostError("process 7 of the rebuild was killed by signal 9 before its work was done")

    monkeypatch.setattr(rebuild, "compare", lost)
    monkeypatch.setenv("ZI_SCORING_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    monkeypatch.setenv("ZI_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    with pytest.raises(SystemExit) as ended:
        main(["rebuild", "scoring", "--processes", "2"])
    assert ended.value.code == 1
    assert asked == [2]
    assert "zi: process 7 of the rebuild was killed by signal 9" in capsys.readouterr().err


@pytest.mark.parametrize("processes", ["0", "13", "two"])
def test_no_process_and_more_than_partitions_are_refused(
    capsys: pytest.CaptureFixture[str], processes: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rebuild", "scoring", "--processes", processes])
    assert ended.value.code == 2
    assert "--processes" in capsys.readouterr().err
