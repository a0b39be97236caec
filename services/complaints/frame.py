"""What all pages of complaints share: their layout, and the cookie of who has shown a receipt."""

from pathlib import Path

from shared.http.pages.rendering import Pages

COOKIE = "__Host-zi-complaints-receipt"
PAGES = Pages(
    title="Pengaduan",
    folder=Path(__file__).parent,
    cookies=(COOKIE,),
    own_page=("Ke pengaduan yang sedang terbuka", "/lacak/pengaduan"),
    carried=("case", "answer", "question", "key", "untuk", "version", "map_year"),
    labels={
        "text": "Teks yang Anda tulis",
        "event_on": "Tanggal kejadian",
        "name": "Nama",
        "contact": "Telepon atau surat elektronik",
        "receipt": "Kode tanda terima",
        "reason": "Alasan",
        "place": "Tempat",
        "giver": "Nama pemberi",
        "missing": "Data yang kurang",
        "note": "Catatan",
        "activity": "Kegiatan",
        "position": "Jabatan",
        "decision": "Keputusan yang terkait",
        "control": "Cara pengendalian",
        "decision_number": "Nomor keputusan",
    },
)
SEE_OTHER = 303
