"""What all pages of complaints share: their layout, and the cookie of who has shown a receipt."""

from pathlib import Path

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
        "giver": "Nama pemberi",
        "activity": "Kegiatan",
        "position": "Jabatan",
        "control": "Cara pengendalian",
        "decision_number": "Nomor keputusan",
        "posted_on": "Tanggal kirim",
        "letter": "Nomor surat",
    },
)
SEE_OTHER = 303
