"""What the figures of a report are called, what they mean, and the sentence that answers first."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from fractions import Fraction

from services.complaints.decrees.domain import Stream
from services.complaints.handling.data import smallest_cell
from services.complaints.handling.domain.declarations import ConflictFigures
from services.complaints.handling.domain.evaluation import EvaluatedStream
from services.complaints.handling.domain.figures import DISMISSALS, Figures
from services.complaints.handling.domain.periods import Period, period_of
from shared.indonesian import duration, number

STREAMS: dict[Stream, str] = {"masyarakat": "Pengaduan masyarakat", "pelayanan": "Keluhan pelayanan"}
EVALUATED: dict[EvaluatedStream, str] = {
    "masyarakat": STREAMS["masyarakat"],
    "pelayanan": STREAMS["pelayanan"],
    "benturan_kepentingan": "Benturan kepentingan",
}
Measure = tuple[str, str, Callable[[Figures], str]]
NONE = "–"
"""Where there is nothing to have a share of, or a median."""
WAYS = {
    "BUKAN_WEWENANG": "bukan wewenang",
    "DITOLAK": "ditolak",
    "DITUTUP_TIDAK_LENGKAP": "tidak lengkap",
    "DUPLIKAT": "digabung",
}


def percent(value: Fraction | None) -> str:
    """Return a share in percent with one place, or that there is none."""
    return NONE if value is None else f"{number(value * 100, 1)} %"


def told(figures: Figures) -> dict[str, str]:
    """Return what a line of the report says beside its counts."""
    return {
        "completed": percent(figures.completed_share),
        "first": percent(figures.first_in_time_share),
        "median": _median(figures.median_first_response),
    }


def _median(value: timedelta | None) -> str:
    return NONE if value is None else duration(value)


def _of(part: int, share: Fraction | None) -> str:
    return f"{part} ({percent(share)})" if share is not None else str(part)


def _dismissed(figures: Figures) -> str:
    ways = [f"{WAYS[way]} {figures.dismissed[way]}" for way in DISMISSALS if figures.dismissed[way]]
    return f"{figures.dismissed.total()}" + (f" ({', '.join(ways)})" if ways else "")


def measures(late_percent: int) -> Sequence[Measure]:
    """Return the figures in their order; a second person is asked after `late_percent` of a clock's time."""
    return (
        ("Diterima", "semua jenis perkara yang diterima dalam masa ini", lambda one: str(one.received)),
        (
            "Harus ditindaklanjuti (n1)",
            "pengaduan yang diproses dan yang selesai; tanpa yang dicabut atau ditutup tanpa tanggapan",
            lambda one: str(one.due),
        ),
        ("Sedang diproses (n2)", "sejak diterima sampai ditutup", lambda one: str(one.in_progress)),
        (
            "Selesai (n3)",
            "ditutup setelah ditanggapi; bagian ini dinilai pada LKE A.II.5.ii.a untuk pengaduan masyarakat",
            lambda one: _of(one.completed, one.completed_share),
        ),
        (
            "Sisa masa sebelumnya",
            "pengaduan yang masih terbuka pada awal masa ini, dihitung terpisah",
            lambda one: (
                str(one.carried_over)
                + (f", {one.carried_over_completed} di antaranya kini selesai" if one.carried_over else "")
            ),
        ),
        ("Ditutup tanpa tanggapan", "oleh dua petugas, dengan alasan", _dismissed),
        ("Dicabut", "oleh pelapor sendiri", lambda one: str(one.withdrawn)),
        (
            "Respons pertama",
            "median dari diterima sampai tindak lanjut pertama",
            lambda one: _median(one.median_first_response),
        ),
        (
            "Tindak lanjut pertama tepat waktu",
            "dari yang sudah jatuh tempo atau sudah dilakukan",
            lambda one: _of(one.first_in_time, one.first_in_time_share),
        ),
        (
            "Lewat waktu",
            "perkara dengan tenggat petugas yang pernah terlampaui, dari semua yang diterima",
            lambda one: _of(one.late, one.late_share),
        ),
        (
            "Ditutup karena pelapor diam",
            "dari semua yang ditutup; tanda bahwa jawaban mungkin tidak sampai",
            lambda one: _of(one.closed_by_silence, one.silence_share),
        ),
        (
            "Dijawab pada jam terakhir",
            "kurang dari satu jam sebelum tenggat jawaban",
            lambda one: str(one.answered_in_last_hour),
        ),
        (
            f"Jeda dan penggolongan kembali setelah {late_percent} % waktu",
            "masing-masing disetujui orang kedua",
            lambda one: f"{one.late_pauses} dan {one.late_reclassifications}",
        ),
        ("Keberatan", "pelapor tidak menerima jawaban", lambda one: str(one.objections)),
        ("Dibuka kembali", "setelah ditutup", lambda one: str(one.reopenings)),
        (
            "Standar pelayanan dilanggar",
            "menurut jawaban atas keluhan pelayanan",
            lambda one: str(one.standard_breaches),
        ),
    )


def conflicts(figures: ConflictFigures, *, sees_hidden: bool) -> Sequence[str]:
    """Return what an evaluation says of declarations and of the map, as a reader may know it."""
    smallest = smallest_cell()
    told = figures.told(sees_hidden=sees_hidden, smallest=smallest)
    if told.declared is None:
        counted = f"Pernyataan benturan kepentingan: kurang dari {smallest}, tidak dirinci."
    elif told.in_time is None:
        counted = f"Pernyataan benturan kepentingan: {told.declared}, tidak dirinci karena ada jumlah kecil."
    else:
        counted = (
            f"Pernyataan benturan kepentingan: {told.declared}; {told.in_time} diputus tepat waktu, "
            f"{told.late} diputus terlambat, {told.open} belum diputus."
        )
    if not told.has_hidden:
        counted += " Yang menyangkut atasan tidak dihitung di sini."
    return counted, f"Peta benturan: {figures.map_reviewed} dari {figures.map_entries} butir sudah ditinjau."


def verdict(stream: Stream, figures: Figures, period: Period) -> str:
    """Return the sentence that answers first: how much of a stream is done."""
    name = STREAMS[stream]
    if not figures.due:
        return f"{name} {period.words}: tidak ada yang harus ditindaklanjuti."
    share = percent(figures.completed_share)
    return f"{name} {period.words}: {figures.completed} dari {figures.due} selesai ({share})."


def periods(year: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the periods that a form offers, this year's and last year's, by year."""
    parts = ("", "-S1", "-S2", "-Q1", "-Q2", "-Q3", "-Q4", *(f"-{month:02}" for month in range(1, 13)))
    return [
        (str(one), [(f"{one}{part}", period_of(f"{one}{part}").words) for part in parts])
        for one in (year, year - 1)
    ]
