"""What the unit page shows: one view for the page and its stream, numbers as Indonesian texts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from sqlalchemy import RowMapping

from services.scoring.domain.due import Due
from services.scoring.domain.sheets import LAYERS, Layer
from services.scoring.domain.survey import SurveyVerdict, chosen_conversion, survey_verdict
from services.scoring.domain.verdict import missing_words, pair_sentence, survey_words
from services.scoring.pages.next_texts import CHANGE_LINES, Next, change_texts, gain_texts, next_steps
from services.scoring.usecases.reading import ChangeLine, KnownYear, Surveys, Verdict, verdict_of
from shared.http.addresses import item_page
from shared.http.pages.charts import share
from shared.http.pages.views import View
from shared.indonesian import MISSING, number
from shared.instruments.lke import TOTAL, GateResult, Predicate, Score, lke_instrument, measure
from shared.instruments.lke.result import QuestionScore
from shared.instruments.survey.thresholds import has_thresholds
from shared.kernel import places_apart

LAYER_NAMES: Mapping[Layer, str] = {
    "unit": "Unit",
    "tpi": "TPI",
    "tpn": "TPN",
    "live": "Fakta",
    "effective": "Efektif",
}
SURVEY_FIGURES = ("willing", "respondents", "ipak", "ipkp")
BEHIND = (
    "Indeks ditampilkan dari jawaban yang sudah dirilis; "
    "ambang indeks dinilai dari jawaban itu, tanpa pembulatan."
)
CONVERSIONS = {"ratio": "rasio", "affine": "afin"}
FINAL = frozenset({"NOT_MET", "IMPOSSIBLE"})
"""Outlooks of a campaign that can no longer meet its thresholds."""


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit's page: what it is made of, and the texts that change in place.

    `gates` pairs each gate of the target with the same gate of the `other` predicate: one value, two floors.
    `differing` names the indices of which worksheet and survey say something else.
    """

    found: KnownYear
    heir: RowMapping | None
    target: Predicate
    other: Predicate
    gates: Sequence[tuple[GateResult, GateResult]]
    survey: SurveyVerdict | None
    next: Next
    layers: tuple[Layer, ...]
    codes: tuple[str, ...]
    progress: Sequence[RowMapping]
    surveys: Sequence[RowMapping]
    differing: Sequence[str]
    changes: Sequence[ChangeLine]
    view: View


def unit_view(
    found: KnownYear,
    progress: Sequence[RowMapping],
    surveys: Surveys,
    changes: Sequence[ChangeLine],
    due: Sequence[Due],
    heir: RowMapping | None,
    *,
    links_cases: bool,
) -> UnitView:
    """Compute everything the page shows, each layer once; what counts comes first."""
    written = [layer for layer in LAYERS if found.answers.get(layer)]
    layers = tuple(sorted(written, key=lambda layer: layer != "effective"))
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
    verdict = verdict_of(found, effective, "effective", surveys, target)
    unit_id, year = found.unit["unit_id"], found.year
    texts = dict(head_texts(effective, verdict, surveys))
    for aimed, beside in gates:
        texts |= _gate_texts(aimed, beside, unit_id, year)
    texts |= _tree_texts(found, effective)
    texts |= _layer_texts(codes, layers, scores)
    texts |= _progress_texts(progress)
    texts |= _survey_texts(surveys.rows)
    differing = {pair.index: pair for pair in verdict.indices if pair.differs}
    for index, pair in differing.items():
        name = "" if pair.layer is None else LAYER_NAMES[cast(Layer, pair.layer)]
        texts[f"beda.{index}"] = pair_sentence(pair, name)
    steps = next_steps(effective, verdict.gates, due, found.unit, year, found.as_of, links_cases=links_cases)
    texts |= dict(gain_texts(steps.best, unit_id, year)) | dict(
        change_texts(changes, unit_id, year, found.as_of)
    )
    survey = verdict.survey
    shape = (
        found.target,
        found.unit["is_active"],
        found.unit["merged_into"],
        layers,
        tuple((code, way.lead, *way.links, way.rest) for code, way in steps.ways.items()),
        () if survey is None else tuple(survey.failed),
        len(steps.best),
        *(
            tuple((task.when, task.since, task.text, task.href, task.why) for task in some)
            for some in (steps.tasks, steps.folded)
        ),
        (steps.more, steps.unseen),
        tuple(row["indicator_code"] for row in progress),
        tuple((row["campaign_id"], row["predicate"], row["is_deciding"]) for row in surveys.rows),
        tuple(differing),
        min(len(changes), CHANGE_LINES),
    )
    view = View(shape, texts)
    return UnitView(
        *(found, heir, target, other, gates, survey, steps, layers, codes, progress, surveys.rows),
        *(tuple(differing), changes[:CHANGE_LINES], view),
    )


def answer_text(found: KnownYear, layer: Layer, code: str) -> str:
    """Return a layer's answer to an item as text, empty when it is blank."""
    answer = found.live.get(code) if layer == "live" else found.answers.get(layer, {}).get(code)
    return "" if answer is None else str(answer)


def head_texts(effective: Score, verdict: Verdict, surveys: Surveys) -> Iterator[tuple[str, str]]:
    yield "jawab", verdict.text
    floor = next(gate.gate.minimum for gate in verdict.gates if gate.gate.code == TOTAL)
    points, upper = effective.total.points or Fraction(0), effective.total.upper
    yield "total", number(points, places_apart(points, floor))
    bound = ""
    if effective.open_items:
        bound = f", paling tinggi {number(upper, places_apart(upper, floor))} bila sisa butir terisi penuh"
    yield "batas", bound
    yield "terisi", effective.total.completeness
    yield "syarat", str(sum(gate.is_met for gate in verdict.gates))
    yield from _threshold_texts(verdict.survey, has_survey=bool(surveys.rows))


def _threshold_texts(survey: SurveyVerdict | None, *, has_survey: bool) -> Iterator[tuple[str, str]]:
    """Return how many thresholds of the deciding survey are met, and what is missing."""
    if survey is None:
        yield "ambang", "0"
        yield "ambangket", survey_words(None, has_survey=has_survey)
        return
    met = len(SURVEY_FIGURES) - len(survey.failed)
    yield "ambang", str(met)
    yield "ambangket", "semua terpenuhi" if survey.is_met else f"kurang: {missing_words(survey)}"


def gate_key(result: GateResult) -> str:
    """Return the part of an element id that names a gate; `*` is no letter of an id people select by."""
    return result.gate.code.replace("*", "x")


def _gate_texts(aimed: GateResult, beside: GateResult, unit_id: str, year: int) -> dict[str, str]:
    key, shown = gate_key(aimed), measure(aimed)
    kind, mark, word = status_of(is_met=aimed.is_met, is_reachable=aimed.is_reachable)
    missing = "" if aimed.is_met else f" {number(shown.floor - shown.value, shown.places)}"
    halves = [(half.weight - half.points, half.code) for half in aimed.halves]
    cause = max(halves)[1] if halves else aimed.gate.basis[0] if len(aimed.gate.basis) == 1 else TOTAL
    kind_beside, mark_beside, word_beside = status_of(is_met=beside.is_met, is_reachable=beside.is_reachable)
    return {
        f"n.{key}": number(shown.value, shown.places),
        f"b.{key}@width": share(shown.value, shown.full),
        f"b.{key}@class": kind,
        f"s.{key}@class": f"status {kind}",
        f"s.{key}": mark if aimed.is_met else f"{mark} {word}{missing}",
        f"h.{key}@href": item_page(unit_id, cause, year),
        f"o.{key}@class": f"status {kind_beside}",
        f"o.{key}": f"{mark_beside} {word_beside}, minimum {number(measure(beside).floor)}",
    }


def status_of(*, is_met: bool, is_reachable: bool) -> tuple[str, str, str]:
    """Return kind, shape and word: met, missing, or missing even if every open item were answered best."""
    if is_met:
        return "good", "●", "terpenuhi"
    return ("warn", "▲", "masih terbuka, kurang") if is_reachable else ("bad", "■", "kurang")


def _tree_texts(found: KnownYear, effective: Score) -> dict[str, str]:
    """Return points of every node and what each item earns, with the answer that counts."""
    texts: dict[str, str] = {}
    for node in effective.nodes.values():
        texts[f"p.{node.code}"] = number(node.points)
    for code, item in effective.questions.items():
        answer = answer_text(found, "effective", code)
        texts[f"a.{code}"] = f"{answer}: {_item_points(item)}" if answer else "belum diisi: 0"
    return texts


def _item_points(item: QuestionScore) -> str:
    return "tidak terdefinisi" if item.state == "undefined" else number(item.points or 0)


def _layer_texts(
    codes: Sequence[str], layers: Sequence[Layer], scores: Mapping[Layer, Score]
) -> dict[str, str]:
    texts: dict[str, str] = {}
    for layer in layers:
        for code in codes:
            texts[f"l.{layer}.{code}"] = number(scores[layer].points(code))
        texts[f"l.{layer}.isi"] = scores[layer].total.completeness
    return texts


def _progress_texts(progress: Sequence[RowMapping]) -> dict[str, str]:
    """Return done of planned activities per indicator, and in all."""
    done, planned = sum(row["done"] for row in progress), sum(row["planned"] for row in progress)
    return {"rencana": f"{done} dari {planned}"} | {
        f"r.{row['indicator_code']}": f"{row['done']} dari {row['planned']}" for row in progress
    }


def survey_rules(surveys: Iterable[RowMapping]) -> str:
    """Say how many people the thresholds ask for, once for each pair of minima, and what stands behind."""
    minima = {(row["willing_minimum"], row["finished_minimum"]): None for row in surveys if row["predicate"]}
    least = [
        f"Paling sedikit {willing} orang bersedia dan {finished} responden." for willing, finished in minima
    ]
    return " ".join([*least, BEHIND])


def conversion_note(row: RowMapping) -> str:
    """Name the conversion that the agency chose for a campaign; empty under the regime's own."""
    chosen = chosen_conversion(row["regime"], row["policy_ids"] or ())
    return "" if chosen is None else f"konversi {CONVERSIONS.get(chosen, chosen)}, dipilih instansi"


def _survey_texts(surveys: Sequence[RowMapping]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for row in surveys:
        key, verdict = f"{row['campaign_id']}.{row['predicate'] or ''}", survey_verdict(row)
        kind, mark, word = survey_status(row)
        texts |= {
            f"vb.{key}": str(row["live_willing"] if verdict is None else verdict.willing),
            f"vn.{key}": str(row["live_n"] if verdict is None else verdict.finished),
            f"va.{key}": _index_text(row, "ipak", verdict),
            f"vk.{key}": _index_text(row, "ipkp", verdict),
            f"vs.{key}@class": f"status long {kind}",
            f"vt.{key}": mark,
            f"vw.{key}": word,
        }
    return texts


def survey_status(row: RowMapping) -> tuple[str, str, str]:
    """Return kind, shape and words of a campaign against a predicate's thresholds."""
    verdict = survey_verdict(row)
    if verdict is None:
        return "plain", "○", "belum ada status" if has_thresholds(row["regime"]) else "tanpa ambang"
    if verdict.is_met:
        return "good", "●", "terpenuhi"
    kind, mark = ("bad", "■") if row["outlook"] in FINAL else ("warn", "▲")
    return kind, mark, missing_words(verdict)


def _index_text(row: RowMapping, index: str, verdict: SurveyVerdict | None) -> str:
    """Return an index with decimals enough to tell it from its floor, and the answers behind it."""
    if row[index] is None:
        return MISSING
    value = Fraction(row[index])
    floor = None if verdict is None else verdict.index_floor(index)
    shown = number(value, 2 if floor is None else places_apart(value, floor))
    return f"{shown} ({row['released_n']} jawaban)" if row["released_n"] else shown
