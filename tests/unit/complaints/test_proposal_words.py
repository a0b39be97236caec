"""Whose turn it is in words; whatever may wait for a second person has the act that lets it happen."""

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
    row = {"proposed_act": act, "proposed": content, "state": "DIPROSES", "turn": act}
    assert str(next(reversed(content.values()))) in words.proposed(row)
    person, step = words.turn(row)
    assert person == words.decider(row)
    assert step == f"memutuskan usul: {words.PROPOSED[act].lower()}"


@pytest.mark.parametrize(
    ("kind", "state", "turn", "told"),
    [
        ("pengaduan", "DITERIMA", "state", ("Petugas pengaduan", "memeriksa dan menetapkan jenisnya")),
        ("permintaan_informasi", "DITERIMA", "state", ("Petugas informasi (PPID)", "menyusun tanggapan")),
        (
            "permintaan_informasi",
            "MENUNGGU_KELENGKAPAN",
            "proceed",
            ("Petugas informasi (PPID)", "melanjutkan tanpa kelengkapan"),
        ),
        ("permintaan_informasi", "MENUNGGU_KELENGKAPAN", "nobody", ("Pelapor", "melengkapi")),
        ("permintaan_informasi", "MENUNGGU_KELENGKAPAN", "approve", ("Penyetuju", "menyetujui tanggapan")),
        ("permintaan_informasi", "DITANGGAPI", "state", ("Pelapor", "menyatakan sikap")),
        ("pengaduan", "DIPROSES", "state", ("Penangan", "menyusun tanggapan")),
        ("pengaduan", "SELESAI", "nobody", ("–", "")),
        ("pengaduan", "SELESAI", "appeal", ("Pengawas pengaduan", "memutuskan banding")),
    ],
)
def test_whose_turn_it_is_is_worded_of_the_turn_that_the_rules_tell(
    kind: str, state: str, turn: str, told: tuple[str, str]
) -> None:
    row = {"kind": kind, "state": state, "turn": turn, "handler": "penangan"}
    assert words.turn(row) == told


def test_what_confirms_a_proposal_is_an_act_of_some_table() -> None:
    named = {row.name for table in tables().values() for row in table.acts}
    confirming = {name for name in named if name.startswith("confirm_")}
    assert confirming == set(CONFIRMS.values())
    assert CONFIRMS.keys() == CONTENTS.keys() == words.PROPOSED.keys()
