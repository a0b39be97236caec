"""What a unit comes to: points after each layer, and the gates of its predicate."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from services.planning.layers import Layer
from services.planning.reports.domain import ReportFacts
from services.planning.reports.words import LAYER_NAMES, changed, shown
from shared.documents.document import Block, Column, Heading, Note, Paragraph, Row, Table
from shared.indonesian import MISSING, number, signed
from shared.instruments.lke import TOTAL, GateResult, lke_instrument, measure, nearest, short_name
from shared.instruments.lke.result import exact_sum
from shared.kernel import places_apart


class ScoreRow(NamedTuple):
    """Points of a node, an area with both halves, or the total, after each shown layer."""

    code: str
    name: str
    weight: Fraction
    points: Mapping[Layer, Fraction]
    is_strong: bool


class _Place(NamedTuple):
    """A row of the table of scores: its code, its name, and the nodes that it adds up."""

    code: str
    name: str
    nodes: Sequence[str]
    is_strong: bool = False


def _places() -> Iterator[_Place]:
    instrument = lke_instrument()
    levers, results = instrument.components
    yield _Place(TOTAL, "Nilai total", (TOTAL,), is_strong=True)
    for node in (levers, *levers.children):
        yield _Place(node.code, node.name, (node.code,), is_strong=True)
    for halves in zip(*(half.children for half in levers.children), strict=True):
        codes = tuple(half.code for half in halves)
        number_ = codes[0].rpartition(".")[2]
        yield _Place(f"{levers.code}.*.{number_}", halves[0].name, codes, is_strong=True)
        for half, above in zip(halves, levers.children, strict=True):
            yield _Place(half.code, f"{halves[0].name}, {above.name.lower()}", (half.code,))
    yield _Place(results.code, results.name, (results.code,), is_strong=True)
    for node in results.children:
        yield _Place(node.code, node.name, (node.code,), is_strong=True)
        for question in node.questions:
            yield _Place(question.code, question.text, (question.code,))


def score_rows(facts: ReportFacts) -> list[ScoreRow]:
    """Return total, components, halves, areas as a whole and by half, and results, in this order."""
    return [_score_row(facts, place) for place in _places()]


def _score_row(facts: ReportFacts, place: _Place) -> ScoreRow:
    instrument = lke_instrument()
    points = {
        layer: exact_sum(found.points(node) for node in place.nodes) for layer, found in facts.scores.items()
    }
    weight = exact_sum(map(instrument.weight_of, place.nodes))
    return ScoreRow(place.code, place.name, weight, points, place.is_strong)


def scores(facts: ReportFacts) -> Iterator[Block]:
    layers = facts.shown_layers
    columns = [Column("Kode", share=2), Column("Uraian", share=5), Column("Bobot", 2, is_number=True)]
    columns += [Column(LAYER_NAMES[layer], 2, is_number=True) for layer in layers]
    steps = list(pairwise(layers))
    columns += [Column(f"{LAYER_NAMES[after]} - {LAYER_NAMES[before]}", 2, is_number=True)
                for before, after in steps]  # fmt: skip
    rows = []
    for one in score_rows(facts):
        points = [one.points[layer] for layer in layers]
        moved = [changed(one.points[after] - one.points[before]) for before, after in steps]
        rows.append(Row((one.code, one.name, number(one.weight), *shown(points), *moved), one.is_strong))
    yield Heading("Nilai")
    yield Table(tuple(columns), tuple(rows))
    yield Note(
        "Poin per komponen, area dan paruh, dihitung tanpa pembulatan antara dan ditulis dengan dua angka "
        "desimal, lebih bila angka yang berbeda akan tampak sama. Kolom TPI dan TPN memakai jawaban lapis "
        "itu; butir yang tidak dijawabnya memakai jawaban lapis di bawahnya."
    )


def gates_sentence(facts: ReportFacts) -> str:
    """Say how many gates are missing, and the nearest of them."""
    if not facts.counted_score.total.answered:
        return "Belum ada jawaban: lembar kerja masih kosong."
    near = nearest(facts.gates)
    if near is None:
        return f"Semua {len(facts.gates)} syarat nilai {facts.predicate} terpenuhi."
    missing, told = sum(not one.is_met for one in facts.gates), measure(near)
    value, floor = number(told.value, told.places), number(told.floor, told.places)
    lead = f"Menurut nilai akhir bagi {facts.predicate}" if facts.is_final else f"Belum {facts.predicate}"
    return (
        f"{lead}: {missing} dari {len(facts.gates)} syarat nilai kurang; "
        f"terdekat {short_name(near.gate)} {value} dari {floor}."
    )


def counted_sentence(facts: ReportFacts) -> str:
    """Say whose answers the gates are asked of."""
    *beneath, last = facts.counted
    name = LAYER_NAMES[last] if last is not Layer.UNIT else "unit"
    if not beneath:
        return f"Lapis yang dihitung: jawaban {name} sendiri."
    under = " lalu ".join(LAYER_NAMES[one] if one is not Layer.UNIT else "unit" for one in reversed(beneath))
    return f"Lapis yang dihitung: jawaban {name}; butir yang tidak dijawabnya memakai jawaban {under}."


def gates(facts: ReportFacts) -> Iterator[Block]:
    yield Heading(f"Syarat nilai {facts.predicate}")
    yield Paragraph(gates_sentence(facts))
    yield Paragraph(counted_sentence(facts))
    columns = (
        *(Column("Kode", share=2), Column("Syarat", share=6), Column("Nilai", 2, is_number=True)),
        *(Column("Minimum", 2, is_number=True), Column("Jarak", 2, is_number=True)),
        Column("Indeks atau huruf", share=3),
        Column("Keterangan", share=3),
    )
    yield Table(columns, tuple(map(_gate_row, facts.gates)))


def _gate_row(found: GateResult) -> Row:
    gate = found.gate
    places = places_apart(found.value, gate.minimum)
    return Row(
        (
            gate.code,
            gate.name,
            number(found.value, places),
            number(gate.minimum, places),
            signed(found.value - gate.minimum, places_apart(found.value - gate.minimum, Fraction(0))),
            _index_words(found),
            "terpenuhi" if found.is_met else "kurang",
        )
    )


def _index_words(found: GateResult) -> str:
    if found.gate.index is not None:
        told = measure(found)
        value = number(told.value, told.places) if found.index is not None else "kosong"
        return f"{value} dari {number(told.floor, told.places)}"
    return f"huruf {found.letter}" if found.letter else MISSING
