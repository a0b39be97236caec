"""A report as rows of a file: what the page shows, a line for each unit or agency and stream."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from services.complaints.handling.domain.figures import DISMISSALS, Figures
from services.complaints.handling.usecases.report import Line
from shared.documents.rows import Cell

TITLE = "Penanganan pengaduan"
HOUR = 3600


def headings(late_percent: int) -> Sequence[str]:
    """Return the names of the columns; a second person is asked after `late_percent` of a clock's time."""
    return (
        "Instansi", "Unit", "Nama unit", "Jalur", "Diterima", "Harus ditindaklanjuti (n1)",
        "Sedang diproses (n2)",
        "Selesai (n3)", "Bagian selesai (%)", "Sisa masa sebelumnya", "Sisa yang selesai",
        *(f"Ditutup: {way}" for way in DISMISSALS), "Dicabut", "Ditutup karena diam",
        "Median respons pertama (jam)", "Tindak lanjut pertama tepat waktu", "dari", "Lewat waktu",
        "Dijawab pada jam terakhir", f"Jeda setelah {late_percent} %",
        f"Penggolongan kembali setelah {late_percent} %", "Keberatan", "Dibuka kembali",
        "Standar pelayanan dilanggar",
    )  # fmt: skip


def cells(line: Line) -> Sequence[Cell]:
    """Return a line's row; what has no share or median is an empty cell."""
    figures = line.figures
    return (
        line.agency_id,
        line.unit_id,
        line.unit_name,
        line.stream,
        figures.received,
        figures.due,
        figures.in_progress,
        figures.completed,
        _percent(figures.completed_share),
        figures.carried_over,
        figures.carried_over_completed,
        *(figures.dismissed[way] for way in DISMISSALS),
        figures.withdrawn,
        figures.closed_by_silence,
        _hours(figures),
        figures.first_in_time,
        figures.first_due,
        figures.late,
        figures.answered_in_last_hour,
        figures.late_pauses,
        figures.late_reclassifications,
        figures.objections,
        figures.reopenings,
        figures.standard_breaches,
    )


def _percent(share: Fraction | None) -> Decimal | None:
    return None if share is None else _decimal(share * 100)


def _hours(figures: Figures) -> Decimal | None:
    median = figures.median_first_response
    return None if median is None else _decimal(Fraction(round(median.total_seconds()), HOUR))


def _decimal(value: Fraction) -> Decimal:
    """Return a value with two places, half to even."""
    return Decimal(round(value * 100)).scaleb(-2)
