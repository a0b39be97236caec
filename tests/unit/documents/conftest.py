"""A document with one of everything."""

from datetime import UTC, datetime

import pytest

from shared.documents.document import (
    Column,
    Document,
    Heading,
    Note,
    Paragraph,
    Row,
    Signature,
    Signatures,
    Table,
)

STATED_AT = datetime(2026, 3, 12, 7, 5, 1, 999_999, tzinfo=UTC)


@pytest.fixture
def document() -> Document:
    return Document(
        title="Laporan Uji",
        subtitle="Kantor A, 2026",
        footer="Laporan uji kantor-a 2026, versi 3",
        mark="DRAF",
        told_at=STATED_AT,
        blocks=(
            Heading("Hasil"),
            Paragraph("Dua dari tiga terpenuhi.", is_strong=True),
            Paragraph("Baris satu\nbaris dua"),
            Heading("Rincian", level=2),
            Table(
                (Column("Nama", share=3), Column("Nilai", is_number=True)),
                (*(Row((f"Baris {n}", f"{n},00")) for n in range(1, 101)), Row(("Jumlah", "5.050,00"), True)),
            ),
            Note("Dibulatkan ke dua angka desimal."),
            Signatures("Jakarta, 12 Maret 2026", (Signature("Ketua"), Signature("Kepala", "Budi Santoso"))),
        ),
    )
