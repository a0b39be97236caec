"""Whatever may wait for a second person is told in words, and has the act that lets it happen."""

from typing import Any

import pytest

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.offers import CONFIRMS
from services.complaints.cases.kinds import tables
from services.complaints.cases.pages import words

CONTENTS: dict[str, dict[str, Any]] = {
    "request_completion": {"missing": "Tanggal kejadian?"},
    "extend": {"reason": "Arsip di pusat."},
    "transfer": {"unit_id": "u-2", "reason": "Terjadi di sana."},
    "reclassify": {
        "kind": "pengaduan", "stream": "masyarakat", "case_class": "normatif", "reason": "Perlu meninjau.",
    },
    "confirm_dismissal": {"to": State.DITOLAK, "text": "Tidak memadai."},
}  # fmt: skip


@pytest.mark.parametrize("act", sorted(CONFIRMS))
def test_a_proposal_is_told_with_what_it_brings_and_who_decides(act: str) -> None:
    content = CONTENTS[act]
    row = {"proposed_act": act, "proposed": content, "state": "DIPROSES", "is_appealed": False}
    assert str(next(reversed(content.values()))) in words.proposed(row)
    person, step = words.turn(row)
    assert person == words.decider(row)
    assert step == f"memutuskan usul: {words.PROPOSED[act].lower()}"


def test_what_confirms_a_proposal_is_an_act_of_some_table() -> None:
    named = {row.name for table in tables().values() for row in table.acts}
    confirming = {name for name in named if name.startswith("confirm_")}
    assert confirming == set(CONFIRMS.values())
    assert CONFIRMS.keys() == CONTENTS.keys() == words.PROPOSED.keys()
