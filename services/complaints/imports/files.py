"""Results of an import, and states for the system that cases came from, as rows of a file."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import STATE_TEXT
from shared.documents.rows import Cell
from shared.kernel import Zone

EFFECT_WORDS: Mapping[str, str] = {
    "new": "perkara baru",
    "updated": "keterangan sistem asal diperbarui",
    "closed": "ditutup karena selesai di sistem asal",
    "unchanged": "tidak berubah",
    "older": "dilewati, lebih lama dari yang tercatat",
    "error": "salah",
}
RESULT_HEAD = ("Baris", "Nomor laporan", "Uji coba", "Hasil", "Kolom", "Kesalahan")
STATE_HEAD = (
    "Nomor laporan",
    "Nomor lacak",
    "Status",
    "Unit",
    "Diteruskan",
    "Tindak lanjut pertama",
    "Selesai",
    "Kesimpulan",
    "Tanggapan",
    "Status di sistem asal",
    "Sistem asal diperbarui",
)


def result_cells(line: RowMapping) -> Sequence[Cell]:
    """Return what became of one row of a file."""
    faults = line["faults"]
    return (
        line["number"],
        line["external_ref"],
        EFFECT_WORDS.get(line["planned"] or "", ""),
        EFFECT_WORDS.get(line["effect"] or "", "belum"),
        "; ".join(one["column"] for one in faults),
        " ".join(one["message"] for one in faults),
    )


def state_cells(one: RowMapping) -> Sequence[Cell]:
    """Return how a case stands, for the system that it came from."""
    return (
        one["external_ref"],
        one["tracking_id"],
        STATE_TEXT[State(one["state"])],
        one["unit_id"],
        _moment(one["forwarded_at"]),
        _moment(one["first_follow_up_at"]),
        _moment(one["closed_at"]),
        one["outcome"],
        one["answer"],
        one["foreign_state"],
        _moment(one["source_updated_at"]),
    )


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(Zone.WIB.tz).strftime("%Y-%m-%d %H:%M WIB")
