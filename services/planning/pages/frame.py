"""The frame all pages of planning stand in."""

from pathlib import Path

from shared.http.pages.rendering import Pages

SEE_OTHER = 303
LABELS = {
    "agency": "Instansi",
    "unit_id": "Kode unit",
    "name": "Nama unit",
    "parent_id": "Kode induk",
    "region": "Wilayah",
    "unit_type": "Jenis unit",
    "echelon": "Eselon",
    "zone": "Zona waktu",
    "has_service_function": "Melayani masyarakat",
    "is_active": "Aktif",
    "into": "Kode unit tujuan",
    "year": "Tahun",
    "target": "Sasaran",
    "evidence": "Bukti unit",
    "file": "Berkas",
    "file_title": "Judul berkas",
    "file_kind": "Jenis berkas",
    "title": "Judul",
    "kind": "Jenis",
    "form": "Bentuk",
    "body": "Tulisan atau alamat",
    "unit": "Kode unit",
    "to_team": "Tim",
    "team": "Tim penilai",
    "subject": "Kode akun",
    "organisation": "Organisasi asal",
    "role": "Peran dalam tim",
    "own_unit": "Unit tempatnya bekerja",
    "team_id": "Kode tim",
    "layer": "Lapis yang dinilai",
    "window": "Tahap",
    "opens_on": "Hari pertama",
    "closes_on": "Hari terakhir",
    "is_awarded": "Predikat",
    "cleared": "Pernyataan bersih",
    "decree_number": "Nomor SK",
    "decree_on": "Tanggal SK",
    "decree_signatory": "Penanda tangan SK",
    "reason": "Alasan",
    "finding": "Temuan",
    "answer": "Jawaban unit",
}
"""Fields that people fill in, in the order of the pages, by the words that stand before them."""
PAGES = Pages(
    title="Perencanaan",
    folder=Path(__file__).parents[1],
    carried=("version", "versions", "told", "key", "sha256", "digest", "agency", "proof"),
    labels=LABELS,
)
