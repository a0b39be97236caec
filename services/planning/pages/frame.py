"""The frame all pages of planning stand in."""

from pathlib import Path

from shared.http.pages.rendering import Pages

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
}
"""Fields that people fill in, in the order of the pages, by the words that stand before them."""
PAGES = Pages(
    title="Perencanaan",
    folder=Path(__file__).parents[1],
    carried=("version", "sha256", "digest", "agency", "proof"),
    labels=LABELS,
)
