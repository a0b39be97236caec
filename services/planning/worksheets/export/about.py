"""What an exported workbook says of itself: whose layer it is, and its worth in both ways of counting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.planning.layers import Layer
from services.planning.worksheets.workbook.totals import as_shown
from shared.indonesian import moment, number
from shared.instruments.lke import TOTAL, Answers, NodeScore, Policies, Score, lke_instrument, score
from shared.kernel import Zone

LAYER_NAMES = {
    Layer.UNIT: "jawaban unit",
    Layer.TPI: "penilaian TPI",
    Layer.TPN: "penilaian TPN",
}
OURS, WORKBOOK, IN_EXCEL = "Nilai cara sistem", "Nilai cara buku kerja", "Yang tampil di Excel"
_TOLD_LEVELS = {"component", "subcomponent", "area"}


@dataclass(frozen=True, slots=True)
class Exported:
    """The state that is exported; `at` is when its newest answer was written, None while there is none."""

    unit_id: str
    unit_name: str
    zone: Zone
    year: int
    edition: str
    version: int
    at: datetime | None
    policies: Policies

    @property
    def dated(self) -> datetime:
        """The moment that the file carries, never the present one: the same state is the same file."""
        return self.at or datetime(self.year, 1, 1, tzinfo=self.zone.tz)


def about(state: Exported, layer: Layer, answers: Answers) -> Sequence[Sequence[str]]:
    """Return the rows about a workbook of one layer in layout 2021."""
    ours = score(answers, policies=state.policies)
    workbook, shown = score(answers, "workbook"), score(as_shown(answers), "workbook")
    return [
        *_head(state, LAYER_NAMES[layer]),
        ("Terisi", f"{ours.total.answered} dari {ours.total.items} butir"),
        (OURS, f"{_points(ours.total)}; butir kosong bernilai 0. Nilai inilah yang berlaku."),
        (WORKBOOK, f"{_points(workbook.total)}; butir kosong dilewati, LHKASN tidak dihitung."),
        (IN_EXCEL, f"{_points(shown.total)} di sel L208, setelah Excel menghitung ulang."),
        (),
        ("Bagian", "Nama", "Bobot", OURS, IN_EXCEL),
        *_nodes(ours, shown),
    ]


def about_layers(state: Exported, layers: Mapping[Layer, Answers]) -> Sequence[Sequence[str]]:
    """Return the rows about a workbook of several layers."""
    found = [*_head(state, ", ".join(LAYER_NAMES[layer] for layer in layers)), ()]
    found.append(("Lapis", "Terisi", "", OURS, WORKBOOK))
    for layer, answers in layers.items():
        ours, workbook = score(answers, policies=state.policies), score(answers, "workbook")
        filled = f"{ours.total.answered} dari {ours.total.items} butir"
        found.append((LAYER_NAMES[layer], filled, "", _points(ours.total), _points(workbook.total)))
    return found


def _head(state: Exported, layers: str) -> list[Sequence[str]]:
    return [
        ("Unit", f"{state.unit_name} ({state.unit_id})"),
        ("Tahun", str(state.year)),
        ("Edisi LKE", state.edition),
        ("Lapis", layers),
        ("Versi lembar kerja", str(state.version)),
        ("Waktu versi", moment(state.at, state.zone) if state.at else "belum ada jawaban"),
    ]


def _nodes(ours: Score, shown: Score) -> Iterator[Sequence[str]]:
    for code, node in lke_instrument().nodes.items():
        if node.level in _TOLD_LEVELS:
            figures = (_points(ours.nodes[code]), _points(shown.nodes[code]))
            yield (code, node.name, number(node.weight), *figures)
    yield (TOTAL, ours.total.name, number(ours.total.weight), _points(ours.total), _points(shown.total))


def _points(node: NodeScore) -> str:
    return node.error.value if node.error is not None else number(node.points)
