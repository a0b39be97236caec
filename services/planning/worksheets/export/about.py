"""What an exported workbook says of itself: whose layer it is, and its worth in both ways of counting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.planning.layers import Layer
from services.planning.worksheets.workbook.writing import as_shown
from shared.indonesian import moment, number
from shared.instruments.lke import TOTAL, Answers, NodeScore, Policies, Score, lke_instrument, score
from shared.kernel import Zone

LAYER_NAMES = {
    Layer.UNIT: "jawaban unit",
    Layer.TPI: "penilaian TPI",
    Layer.TPN: "penilaian TPN",
}
_TOLD_LEVELS = {"component", "subcomponent", "area"}


@dataclass(frozen=True, slots=True)
class Exported:
    """The state that is exported; `at` is when its newest answer was written, None while there is none."""

    unit_id: str
    unit_name: str
    zone: Zone
    year: int
    edition: str
    layer: Layer
    version: int
    at: datetime | None
    policies: Policies

    @property
    def dated(self) -> datetime:
        """The moment that the file carries, never the present one: the same state is the same file."""
        return self.at or datetime(self.year, 1, 1, tzinfo=self.zone.tz)


def about(state: Exported, answers: Answers) -> Sequence[Sequence[str]]:
    """Return the rows of the added sheet."""
    ours = score(answers, policies=state.policies)
    workbook, shown = score(answers, "workbook"), score(as_shown(answers), "workbook")
    return [
        ("Unit", f"{state.unit_name} ({state.unit_id})"),
        ("Tahun", str(state.year)),
        ("Edisi LKE", state.edition),
        ("Lapis", LAYER_NAMES[state.layer]),
        ("Versi lembar kerja", str(state.version)),
        ("Waktu versi", moment(state.at, state.zone) if state.at else "belum ada jawaban"),
        ("Terisi", f"{ours.total.answered} dari {ours.total.items} butir"),
        ("Nilai cara sistem", f"{_points(ours.total)}; butir kosong bernilai 0. Nilai inilah yang berlaku."),
        (
            "Nilai cara buku kerja",
            f"{_points(workbook.total)}; butir kosong dilewati, LHKASN tidak dihitung.",
        ),
        ("Yang akan tampil di Excel", f"{_points(shown.total)} di sel L208, setelah Excel menghitung ulang."),
        (),
        ("Bagian", "Nama", "Bobot", "Nilai cara sistem", "Yang tampil di Excel"),
        *_nodes(ours, shown),
    ]


def _nodes(ours: Score, shown: Score) -> Iterator[Sequence[str]]:
    for code, node in lke_instrument().nodes.items():
        if node.level in _TOLD_LEVELS:
            figures = (_points(ours.nodes[code]), _points(shown.nodes[code]))
            yield (code, node.name, number(node.weight), *figures)
    yield (TOTAL, ours.total.name, number(ours.total.weight), _points(ours.total), _points(shown.total))


def _points(node: NodeScore) -> str:
    return node.error.value if node.error is not None else number(node.points)
