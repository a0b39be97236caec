"""Words that several services speak are written down in one place each."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("definition", "home"),
    [
        (r'Literal\["WBK", "WBBM"\]|\("WBK", "WBBM"\)', "shared/kernel.py"),
        (r"""f?["']zi/[a-z{]""", "shared/contracts/envelope.py"),
    ],
    ids=["predicates", "sources of events"],
)
def test_there_is_no_second_definition(definition: str, home: str) -> None:
    files = [file for part in ("services", "shared", "deploy") for file in (ROOT / part).rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if re.search(definition, file.read_text())}
    assert found - {"shared/contracts/asyncapi.py"} == {home}, "a document may describe it"
