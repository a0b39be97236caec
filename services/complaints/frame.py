"""What all pages of complaints share: layout, cookie of who has shown a receipt, versions of their forms."""

from pathlib import Path
from typing import Any

from shared.http.pages.forms import Form
from shared.http.pages.rendering import Pages

COOKIE = "__Host-zi-complaints-receipt"
PAGES = Pages(
    title="Pengaduan",
    folder=Path(__file__).parent,
    cookies=(COOKIE,),
    own_page=("Ke pengaduan yang sedang terbuka", "/lacak/pengaduan"),
    carried=(
        "case",
        "answer",
        "question",
        "key",
        "untuk",
        "seen",
        "is_confirmed",
        "version",
        "map_year",
        "versi",
        "yakin",
    ),
    labels={
        "text": "Teks yang Anda tulis",
        "event_on": "Tanggal kejadian",
        "name": "Nama",
        "contact": "Telepon atau surat elektronik",
        "receipt": "Kode tanda terima",
        "reason": "Alasan",
        "decree": "Nomor keputusan",
        "name_1": "Nama libur baru 1",
        "name_2": "Nama libur baru 2",
        "name_3": "Nama libur baru 3",
        "missing": "Yang perlu dilengkapi",
        "note": "Catatan",
        "decision": "Keputusan",
        "evidence": "Bukti",
        "no_evidence_reason": "Alasan tanpa bukti",
        "kesimpulan": "Kesimpulan",
        "temuan": "Temuan",
        "tindak_lanjut": "Tindak lanjut",
        "bukti": "Dokumen",
        "place": "Tempat",
        "label": "Nama",
        "address": "Alamat atau nomor",
        "mark": "Kata penanda",
        "picture": "Rujukan foto",
        "giver": "Nama pemberi",
        "activity": "Kegiatan",
        "position": "Jabatan",
        "control": "Cara pengendalian",
        "decision_number": "Nomor keputusan",
        "proof": "Bukti yang diminta",
        "summary": "Apa yang diketahui",
        "data_kinds": "Data apa",
        "happened": "Apa yang terjadi",
        "people_told": "Cara memberi tahu pemilik data",
        "letter_number": "Nomor surat",
        "measures": "Tindakan pencegahan",
        "number": "Nomor",
        "actions": "Tindakan korektif",
        "decree_number": "Nomor surat keputusan",
        "units": "Unit yang dilayani",
        "agency_id": "Instansi",
        "members": "Anggota",
        "posted_on": "Tanggal kirim",
        "letter": "Nomor surat",
    },
)
SEE_OTHER = 303
STALE = 412


def version_of(form: Form[Any], status: int, newest: int) -> Any:
    """Return the version that a form shown again is based on.

    It is what was read, so that nothing is overwritten unseen; the newest once a refusal has said that it is
    another one.
    """
    if status == STALE or "version" in form.errors:
        return newest
    return form.values.get("version", newest)
