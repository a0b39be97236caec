"""What the unit page shows: one view for the page and its stream, numbers as Indonesian texts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache

from sqlalchemy import RowMapping

from services.scoring.domain import verdict
from services.scoring.domain.changes import THRESHOLD_NAMES
from services.scoring.domain.sheets import LAYERS, Layer
from services.scoring.domain.verdict import Measure
from services.scoring.pages.live import View
from services.scoring.usecases.reading import ChangeLine, UnitYear
from shared.http.indonesian import number, relative, signed
from shared.instruments.lke import TOTAL, GateResult, Predicate, Score, lke_instrument, rule_sets
from shared.instruments.lke.result import QuestionScore
from shared.instruments.survey import regimes

LAYER_NAMES: Mapping[Layer, str] = {
    "unit": "Unit",
    "tpi": "TPI",
    "tpn": "TPN",
    "live": "Fakta",
    "effective": "Efektif",
}
SURVEY_FIGURES = ("willing", "respondents", "ipak", "ipkp")


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit's page: what it is made of, and the cells that change in place.

    `gates` pairs each gate of the target with the same gate of the `other` predicate: one value, two floors.
    """

    found: UnitYear
    target: Predicate
    other: Predicate
    gates: Sequence[tuple[GateResult, GateResult]]
    layers: tuple[Layer, ...]
    codes: tuple[str, ...]
    progress: Sequence[RowMapping]
    surveys: Sequence[RowMapping]
    changes: Sequence[ChangeLine]
    view: View


def unit_view(
    found: UnitYear,
    progress: Sequence[RowMapping],
    surveys: Sequence[RowMapping],
    changes: Sequence[ChangeLine],
) -> UnitView:
    """Compute everything the page shows, each layer once."""
    layers = tuple(layer for layer in LAYERS if found.answers.get(layer))
    scores = {layer: found.score(layer) for layer in {*layers, "effective"}}
    effective = scores["effective"]
    target: Predicate = "WBBM" if found.target == "WBBM" else "WBK"
    other: Predicate = "WBK" if target == "WBBM" else "WBBM"
    results = {(gate.gate.predicate, gate.gate.code): gate for gate in found.gates(effective)}
    gates = [(gate, results[other, code]) for (name, code), gate in results.items() if name == target]
    codes = (
        TOTAL,
        *(node.code for node in lke_instrument().nodes.values() if node.level in ("component", "area")),
    )
    cells = dict(_head_cells(effective, target, [gate for gate, _ in gates]))
    for aimed, beside in gates:
        cells |= _gate_cells(aimed, beside)
    cells |= _tree_cells(found, effective)
    cells |= _layer_cells(codes, layers, scores)
    cells |= _progress_cells(progress)
    cells |= _survey_cells(surveys)
    cells |= _change_cells(changes, found.as_of)
    shape = (
        layers,
        tuple(row["indicator_code"] for row in progress),
        tuple((row["campaign_id"], row["predicate"]) for row in surveys),
        min(len(changes), 1),
    )
    view = View(shape, cells)
    return UnitView(found, target, other, gates, layers, codes, progress, surveys, changes, view)


def gate_measure(result: GateResult) -> Measure:
    """Return a gate's value and floor as people know them."""
    weight = lke_instrument().weight_of
    return verdict.measure(result, sum((weight(code) for code in result.gate.basis), Fraction(0)))


def answer_text(found: UnitYear, layer: Layer, code: str) -> str:
    """Return a layer's answer to an item as text, empty when it is blank."""
    answer = found.live.get(code) if layer == "live" else found.answers.get(layer, {}).get(code)
    return "" if answer is None else str(answer)


def _head_cells(
    effective: Score, target: Predicate, gates: Sequence[GateResult]
) -> Iterator[tuple[str, str]]:
    near = verdict.nearest(gates)
    yield (
        "jawab",
        verdict.sentence(target, gates, effective.total.answered, "" if near is None else _near_text(near)),
    )
    yield "total", number(effective.total.points)
    yield "batas", number(effective.total.upper)
    yield "terisi", effective.total.completeness
    yield "syarat", str(sum(gate.is_met for gate in gates))


def _near_text(result: GateResult) -> str:
    shown = gate_measure(result)
    return (
        f"{verdict.short_name(result)} {number(shown.value, shown.places)} "
        f"dari {number(shown.floor, shown.places)}"
    )


def gate_key(result: GateResult) -> str:
    """Return the part of an element id that names a gate; `*` is no letter of an id people select by."""
    return result.gate.code.replace("*", "x")


def _gate_cells(aimed: GateResult, beside: GateResult) -> dict[str, str]:
    key, shown = gate_key(aimed), gate_measure(aimed)
    kind, mark, word = _gate_status(aimed)
    kind_beside, _, word_beside = _gate_status(beside)
    return {
        f"n.{key}": number(shown.value, shown.places),
        f"j.{key}": signed(shown.value - shown.floor, shown.places),
        f"b.{key}@width": svg(shown.value, shown.full),
        f"b.{key}@class": "met" if aimed.is_met else "short",
        f"s.{key}@class": f"status {kind}",
        f"t.{key}": mark,
        f"w.{key}": word,
        f"o.{key}@class": f"status {kind_beside}",
        f"o.{key}": word_beside,
    }


def _gate_status(result: GateResult) -> tuple[str, str, str]:
    """Return kind, shape and word: met, missing, or missing even if every open item were answered best."""
    if result.is_met:
        return "good", "●", "terpenuhi"
    return ("warn", "▲", "masih terbuka") if result.is_reachable else ("bad", "■", "kurang")


def svg(value: Fraction, full: Fraction) -> str:
    """Return a length on a scale of 100, with a point as SVG wants it."""
    return number(100 * min(value, full) / full).replace(".", "").replace(",", ".")


def _tree_cells(found: UnitYear, effective: Score) -> dict[str, str]:
    """Return points of every node and what each item earns, with the answer that counts."""
    cells: dict[str, str] = {}
    for node in effective.nodes.values():
        cells[f"p.{node.code}"] = number(node.points)
    for code, item in effective.questions.items():
        answer = answer_text(found, "effective", code)
        cells[f"a.{code}"] = f"{answer}: {_item_points(item)}" if answer else "belum diisi: 0"
    return cells


def _item_points(item: QuestionScore) -> str:
    return "tidak terdefinisi" if item.state == "undefined" else number(item.points or 0)


def _layer_cells(
    codes: Sequence[str], layers: Sequence[Layer], scores: Mapping[Layer, Score]
) -> dict[str, str]:
    cells: dict[str, str] = {}
    for layer in layers:
        for code in codes:
            cells[f"l.{layer}.{code}"] = number(scores[layer].points(code))
        cells[f"l.{layer}.isi"] = scores[layer].total.completeness
    return cells


def _progress_cells(progress: Sequence[RowMapping]) -> dict[str, str]:
    """Return done of planned activities per indicator, and in all."""
    done, planned = sum(row["done"] for row in progress), sum(row["planned"] for row in progress)
    return {"rencana": f"{done} dari {planned}"} | {
        f"r.{row['indicator_code']}": f"{row['done']} dari {row['planned']}" for row in progress
    }


def survey_rules(regime_ids: Iterable[str]) -> str:
    """Say how many people the floors ask for, once for each of these regimes that has floors."""
    wanted = set(regime_ids)
    least = [
        f"Paling sedikit {regime.gate('willing').minimum['WBK']} orang bersedia"
        f" dan {regime.gate('respondents').minimum['WBK']} responden."
        for name, regime in regimes().items()
        if name in wanted and regime.gates
    ]
    return " ".join([*least, "Indeks dibandingkan tanpa pembulatan."])


def _survey_cells(surveys: Sequence[RowMapping]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for row in surveys:
        key = f"{row['campaign_id']}.{row['predicate'] or ''}"
        failed = (row["failed"] or "").split()
        kind, mark, word = (
            ("plain", "○", "tanpa ambang")
            if row["predicate"] is None
            else ("good", "●", "terpenuhi")
            if row["result"] == "met"
            else ("warn", "▲", "kurang " + ", ".join(THRESHOLD_NAMES[name] for name in failed))
        )
        cells |= {
            f"vb.{key}": str(row["willing"]),
            f"vn.{key}": str(row["n"]),
            f"va.{key}": number(row["ipak"]),
            f"vk.{key}": number(row["ipkp"]),
            f"vs.{key}@class": f"status {kind}",
            f"vt.{key}": mark,
            f"vw.{key}": word,
        }
    return cells


CHANGE_LINES = 10


def _change_cells(changes: Sequence[ChangeLine], now: datetime) -> dict[str, str]:
    """Return a fixed number of lines, so that a new one moves the others down in place."""
    cells: dict[str, str] = {}
    for place in range(CHANGE_LINES):
        line = changes[place] if place < len(changes) else None
        cells[f"c.{place}"] = "" if line is None else change_text(line)
        cells[f"d.{place}"] = "" if line is None else relative(line.at, now)
    return cells


def change_text(line: ChangeLine) -> str:
    """Return `+0,42 A.II.5.ii.a: pengaduan selesai ditindaklanjuti`; a gate goes by its name."""
    if line.delta is not None:
        return f"{signed(line.delta)} {line.subject}: {line.text}"
    return f"{_gate_names().get(line.subject, line.subject)}: {line.text}"


@cache
def _gate_names() -> Mapping[str, str]:
    return {gate.code: gate.name for rules in rule_sets().values() for gate in rules.gates}
