"""What pages call the codes of duties, and the acts that they offer."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping

from services.complaints.duties import words
from services.complaints.duties.domain.lives import BREACH, DATA, OMBUDSMAN, Kind
from services.complaints.matters import words as matters
from services.complaints.matters.words import Step

KINDS, STATES, ACTS, STARTS = words.KINDS, words.STATES, words.ACTS, words.STARTS
WISHES, OUTCOMES, CLOCKS = words.WISHES, words.OUTCOMES, matters.CLOCKS
left, zone_of = matters.left, matters.zone_of
BY_SLUG: Mapping[str, Kind] = {"permintaan-data": DATA, "insiden-data": BREACH, "lhp": OMBUDSMAN}
SLUGS: Mapping[str, str] = {kind: slug for slug, kind in BY_SLUG.items()}
ENTERING: Mapping[str, tuple[str, str]] = {
    DATA: (
        "Catat permintaan data pribadi",
        "Untuk permintaan lewat surat atau langsung. Waktu menjawab berjalan sejak diterima, tanpa jeda.",
    ),
    BREACH: (
        "Catat insiden data pribadi",
        "Waktu memberi tahu pemilik data dan lembaga berjalan sejak insiden ditemukan.",
    ),
    OMBUDSMAN: (
        "Catat LHP Ombudsman",
        "Waktu melaporkan pelaksanaannya berjalan sejak hari penerimaan LHP.",
    ),
}
STEPS: Mapping[str, Sequence[Step]] = {
    DATA: (
        Step("jawab", "answer", "Jawab permintaan", "Jawaban tampil bagi pemohon dan tidak dapat diubah."),
        Step("minta-bukti", "ask_proof", "Minta bukti identitas", "Waktu menjawab tetap berjalan."),
        Step("cabut", "withdraw", "Catat pencabutan", "Pemohon mencabut permintaannya secara tertulis."),
        Step("tutup", "close", "Tutup permintaan", "Yang dijanjikan dalam jawaban sudah dilakukan."),
    ),
    BREACH: (
        Step("beri-tahu", "notify", "Catat pemberitahuan", "Pemilik data dan lembaga sudah diberi tahu."),
        Step("nilai", "assess", "Nilai insiden", "Data apa, berapa orang, dan apa yang terjadi."),
        Step(
            "bukan-insiden",
            "rule_out",
            "Nyatakan bukan insiden",
            "Catatan ini berakhir tanpa pemberitahuan; alasannya tersimpan.",
        ),
        Step("tutup", "close", "Tutup insiden", "Insiden ditutup dengan tindakan pencegahannya."),
    ),
    OMBUDSMAN: (
        Step(
            "catat-tindakan",
            "record_action",
            "Catat tindakan korektif",
            "Pelaksanaan satu tindakan dicatat dengan buktinya, atau alasannya bila tidak dilaksanakan.",
        ),
        Step(
            "laporkan", "report", "Catat laporan kepada Ombudsman", "Tenggatnya terpenuhi dengan surat ini."
        ),
        Step("tutup", "close", "Tutup LHP", "Ombudsman tidak meminta apa-apa lagi."),
    ),
}


def title(row: Mapping[str, Any] | RowMapping) -> str:
    """Return in words what a duty is about; nobody's name, and none of their words."""
    if row["kind"] == DATA:
        return WISHES[row["wish"]]
    if row["kind"] == OMBUDSMAN:
        return f"LHP {row['number']}"
    return KINDS[BREACH]
