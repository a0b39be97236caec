"""What a unit's handling proves for yes/no items of the LKE: in words, for a person to take over.

A handling unit whose decree nobody has entered yet proves nothing. Source: complaints.md section 11.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.complaints.decrees.domain import HandlingUnit, Stream
from services.complaints.handling.domain.evaluation import EvaluatedStream
from services.complaints.handling.domain.figures import Figures
from services.complaints.handling.domain.responsive import Responsiveness

DESIGNATED = "A.I.6.iii.b"
FOLLOWED_UP = "A.I.5.iii.b"
EVALUATED: Mapping[EvaluatedStream, str] = {
    "masyarakat": "A.I.5.iii.c",
    "pelayanan": "A.I.6.iii.c",
    "benturan_kepentingan": "A.I.5.v.d",
}
"""The item that asks for the evaluation of a stream. Source: PermenPANRB 90/2021, Lampiran III."""
_STREAM: Mapping[EvaluatedStream, str] = {
    "masyarakat": "pengaduan masyarakat",
    "pelayanan": "keluhan pelayanan",
    "benturan_kepentingan": "benturan kepentingan",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What can be said of an item, and whether it speaks for yes."""

    item: str
    is_met: bool
    words: str


def proofs(
    serving: Collection[HandlingUnit],
    day: date,
    totals: Mapping[Stream, Figures],
    evaluated: Mapping[EvaluatedStream, Sequence[str]],
    responsive: Responsiveness | None = None,
) -> list[Proof]:
    """Return what a unit's decrees on a day, figures, evaluated periods and channels prove, by item.

    Of a stream that was not counted nothing is said.
    """
    found = [_designated(serving, day)]
    if "masyarakat" in totals:
        found.append(_followed_up(totals["masyarakat"]))
    if responsive is not None:
        found.append(_responsive(responsive))
    for stream, item in EVALUATED.items():
        periods = evaluated.get(stream, ())
        told = f"dievaluasi untuk {', '.join(periods)}" if periods else "belum dievaluasi untuk masa ini"
        found.append(Proof(item, bool(periods), f"Penanganan {_STREAM[stream]} {told}."))
    return sorted(found, key=lambda one: one.item)


def _designated(serving: Collection[HandlingUnit], day: date) -> Proof:
    standing = [one for one in serving if one.standing(day) == "in_force" and "pelayanan" in one.streams]
    decrees = [str(one.decree.number) for one in standing if not one.is_decree_missing]
    if decrees:
        return Proof(DESIGNATED, True, f"Unit penanganan ditetapkan dengan {', '.join(sorted(decrees))}.")
    if standing:
        return Proof(DESIGNATED, False, "Surat keputusan unit penanganan belum dimasukkan.")
    return Proof(DESIGNATED, False, "Tidak ada unit penanganan yang surat keputusannya berlaku hari ini.")


def _responsive(one: Responsiveness) -> Proof:
    told = f"{one.channels} saluran dari {len(one.kinds)} jenis bekerja hari ini"
    told += "; " if one.is_many else f", perlu {one.norms.kinds} jenis; "
    if one.due:
        told += f"{one.in_time} dari {one.due} keluhan pelayanan ditindaklanjuti tepat waktu."
    else:
        told += "belum ada keluhan pelayanan yang jatuh tempo."
    if one.answer is not None:
        told += f" Jawaban yang diusulkan: {one.answer}."
    return Proof(one.norms.item, one.answer is not None, told)


def _followed_up(figures: Figures) -> Proof:
    if not figures.due:
        return Proof(FOLLOWED_UP, False, "Tidak ada pengaduan masyarakat yang harus ditindaklanjuti.")
    told = f"{figures.completed} dari {figures.due} pengaduan masyarakat selesai ditindaklanjuti."
    return Proof(FOLLOWED_UP, figures.completed == figures.due, told)
