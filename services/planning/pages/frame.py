"""The frame all pages of planning stand in."""

from pathlib import Path

from shared.http.pages.rendering import Pages

LABELS = {
    "unit_id": "Kode unit",
    "name": "Nama unit",
    "unit_type": "Jenis unit",
    "echelon": "Eselon",
    "zone": "Zona waktu",
    "agency": "Instansi",
    "region": "Wilayah",
    "parent_id": "Kode induk",
    "has_service_function": "Melayani masyarakat",
    "is_active": "Aktif",
    "into": "Kode unit tujuan",
    "target": "Sasaran",
    "year": "Tahun",
}
"""Fields that people fill in, by the words that stand before them."""
PAGES = Pages(
    title="Perencanaan",
    folder=Path(__file__).parents[1],
    carried=("version", "sha256", "digest", "agency", "proof"),
    labels=LABELS,
)
