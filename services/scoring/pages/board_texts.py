"""What the scoreboard says of its units: one view for the page and its stream, in Indonesian."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import RowMapping

from services.scoring.domain.pinning import pinned_rules
from services.scoring.domain.scores import gate_name
from services.scoring.domain.survey import survey_verdict
from services.scoring.domain.verdict import survey_words
from services.scoring.pages.texts import status_of, survey_status
from services.scoring.store.board import Summary
from shared.http.pages.charts import share
from shared.http.pages.views import View
from shared.indonesian import MISSING, capital, number
from shared.instruments.lke import (
    SCALE,
    TOTAL,
    Gate,
    Measure,
    Predicate,
    RuleSet,
    lke_instrument,
    measured,
    short_name,
)


def gates_of(row: RowMapping, year: int) -> Mapping[str, Gate]:
    """Return by code the gates of a unit's target, as its programme pinned them."""
    target: Predicate = row["target"] or "WBK"
    return {gate.code: gate for gate in pinned_rules(year, row["rule_set"]).of(target)}


def floor_of(rules: RuleSet, target: Predicate) -> Fraction:
    """Return the points that the total must reach."""
    return next(gate.minimum for gate in rules.of(target) if gate.code == TOTAL)


def board_view(rows: Sequence[RowMapping], near: RowMapping | None, summary: Summary, year: int) -> View:
    """Return the texts of a board by element; the nearest unit is part of its shape."""
    texts = {"jawab": sentence(summary, year), "dekat": "" if near is None else lacking_words(near, year)}
    for row in rows:
        for key, value in row_texts(row, year).items():
            name, at, attribute = key.partition("@")
            texts[f"{name}.{row['unit_id']}{at}{attribute}"] = value
    shape = tuple(
        sorted((row["unit_id"], row["target"], row["stage"], row["gate"] is not None) for row in rows)
    )
    return View((*shape, None if near is None else near["unit_id"]), texts)


def sentence(summary: Summary, year: int) -> str:
    """Say how many units are ready."""
    _, units, scored, ready, _ = summary
    if not units:
        return f"Belum ada unit dengan program pada tahun {year}."
    told = f"{ready} dari {units} unit memenuhi semua syarat predikat sasarannya"
    if waiting := scored - ready:
        told += f"; {waiting} unit lain tinggal ambang survei"
    return f"{told}."


def lacking_words(row: RowMapping, year: int) -> str:
    """Return what keeps a unit from its predicate: its nearest missed gate, or the survey alone."""
    return near_words(row, year) or f"syarat nilai terpenuhi; {_survey(row)[2]}"


def near_words(row: RowMapping, year: int) -> str:
    """Return the missed gate nearest to its minimum: `IPAK 3,55 dari 3,60`; empty when none is missed."""
    if row["gate"] is None:
        return ""
    gate = gates_of(row, year)[row["gate"]]
    shown = measured(gate, Fraction(row["gate_points"], SCALE))
    value, floor = (number(exact, shown.places) for exact in (shown.value, shown.floor))
    return f"{short_name(gate)} {value} dari {floor}"


def row_texts(row: RowMapping, year: int) -> Mapping[str, str]:
    """Return what may change in a unit's row: total, its bar, gates, survey, completeness."""
    target: Predicate = row["target"] or "WBK"
    met, gates = set(row["gates_met"] or ()), gates_of(row, year)
    kind, mark, words = _survey(row)
    full = lke_instrument().weight_of(TOTAL)
    shown = Measure(Fraction(row["total"] or 0), gates[TOTAL].minimum, full)
    is_reachable = row["upper"] is None or Fraction(row["upper"]) >= shown.floor
    colour, _, _ = status_of(is_met=gate_name(target, TOTAL) in met, is_reachable=is_reachable)
    count = sum(name.startswith(f"{target}:") for name in met)
    gate_kind, gate_mark = ("good", "●") if count == len(gates) else ("bad", "■")
    near = near_words(row, year)
    return {
        "nilai": MISSING if row["total"] is None else number(shown.value, shown.places),
        "batang@width": share(shown.value, full),
        "batang@class": colour,
        "syarat@class": f"status {gate_kind}",
        "bentuk": gate_mark,
        "jumlah": f"{count} dari {len(gates)}",
        "kurang": capital(near) if row["answered"] else "Belum mengisi lembar kerja",
        "isi": MISSING if row["items"] is None else f"{row['answered']}/{row['items']}",
        "survei@class": f"status {kind}",
        "tanda": mark,
        "kata": words,
    }


def _survey(row: RowMapping) -> tuple[str, str, str]:
    """Return kind, shape and words of the deciding survey against the unit's target."""
    if row["result"] is None:
        return "plain", "○", survey_words(None, has_survey=row["has_survey"])
    kind, mark, words = survey_status(row)
    verdict = survey_verdict(row)
    if verdict is not None and verdict.is_met:
        words = f"terpenuhi ({verdict.finished} responden)"
    return kind, mark, words
