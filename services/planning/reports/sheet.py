"""A worksheet as paper: one layer with its points, or the layers side by side."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from services.planning.layers import Layer
from services.planning.reports.domain import JudgedLayer, ReportFacts
from services.planning.reports.words import (
    LAYER_NAMES,
    day_words,
    footer,
    given_words,
    head,
    long_notes,
    mark,
    note_words,
    state_sentence,
)
from services.planning.worksheets.words import OPEN_WORDS
from shared.documents.document import (
    Block,
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
from shared.indonesian import MISSING, number
from shared.instruments.lke import Node, Question, Score, lke_instrument, score

TITLE = "Lembar Kerja Evaluasi Zona Integritas"
_SIGNERS = {
    Layer.UNIT: "Pimpinan unit kerja",
    Layer.TPI: "Ketua Tim Penilai Internal",
    Layer.TPN: "Ketua Tim Penilai Nasional",
}


def worksheet(facts: ReportFacts, layer: Layer | None = None) -> Document:
    """Return one layer on its own answers alone, or every layer that was answered, side by side."""
    layers = facts.shown_layers if layer is None else (layer,)
    name = "Lembar kerja" if layer is None else f"Lembar kerja {LAYER_NAMES[layer]}"
    scores = own_scores(facts, layers)
    return Document(
        title=TITLE,
        subtitle=f"{facts.unit.name}, tahun {facts.programme.year}{_of(layer)}",
        footer=footer(facts, name),
        mark=mark(facts),
        told_at=facts.told_at,
        blocks=(
            *_summary(facts, scores),
            *_parts(facts, scores),
            *long_notes(facts, layers, lke_instrument().questions),
            Signatures(day_words(facts), tuple(Signature(_SIGNERS[one]) for one in layers)),
        ),
    )


def own_scores(facts: ReportFacts, layers: Sequence[Layer]) -> dict[Layer, Score]:
    """Return the score of each layer on its own answers alone."""
    return {layer: score(facts.layers[layer].values, "zero", facts.policies) for layer in layers}


def _of(layer: Layer | None) -> str:
    return "" if layer is None else f", lapis {LAYER_NAMES[layer]}"


def _summary(facts: ReportFacts, scores: dict[Layer, Score]) -> Iterator[Block]:
    told = [
        f"{LAYER_NAMES[layer]}: {number(found.total.points)} dari {number(found.total.weight, 0)} poin, "
        f"{found.total.completeness} butir terjawab"
        for layer, found in scores.items()
    ]
    yield Paragraph("; ".join(told) + ".", is_strong=True)
    yield Paragraph(state_sentence(facts))
    yield head(facts)
    yield Note("Setiap lapis dihitung dari jawabannya sendiri; butir kosong bernilai 0.")


def _parts(facts: ReportFacts, scores: dict[Layer, Score]) -> Iterator[Block]:
    for component in lke_instrument().components:
        yield Heading(f"{component.code} {component.name}, {_points(scores, component.code)}")
        for part in component.children:
            yield Heading(f"{part.code} {part.name}, {_points(scores, part.code)}", level=2)
            if part.questions:
                yield _table(facts, scores, [(None, part.questions)])
            for area in part.children:
                yield Heading(f"{area.code} {area.name}, {_points(scores, area.code)}", level=3)
                yield _table(facts, scores, [(node, node.questions) for node in area.children])


def _table(
    facts: ReportFacts, scores: dict[Layer, Score], groups: Sequence[tuple[Node | None, Sequence[Question]]]
) -> Table:
    layers = tuple(scores)
    columns = [Column("Butir", share=6)]
    for layer in layers:
        name = "Jawaban" if len(layers) == 1 else LAYER_NAMES[layer]
        columns += [Column(name, share=3), Column("Poin", 2, is_number=True)]
    columns += [Column("Catatan", share=4), Column("Bukti", share=4)]
    rows = []
    for node, questions in groups:
        if node is not None:
            sums = [cell for found in scores.values() for cell in ("", number(found.points(node.code)))]
            rows.append(Row((f"{node.code} {node.name}", *sums, "", ""), is_strong=True))
        rows += [_row(facts, scores, question) for question in questions]
    return Table(tuple(columns), tuple(rows))


def _row(facts: ReportFacts, scores: dict[Layer, Score], question: Question) -> Row:
    layers, code = tuple(scores), question.code
    cells: list[str] = []
    for layer, found in scores.items():
        item = found.questions[code]
        words = given_words(facts.layers[layer], question)
        if item.state in {"partial", "undefined"}:
            words = f"{words} ({OPEN_WORDS[item.state]})"
        cells += [words, number(item.points or Fraction(0))]
    proofs = [
        title if len(layers) == 1 else f"{LAYER_NAMES[layer]}: {title}"
        for layer in layers
        for title in _titles(facts, facts.layers[layer], code)
    ]
    notes = note_words(facts.layers, layers, code)
    return Row((f"{code} {question.text}", *cells, notes, "\n".join(proofs) or MISSING))


def _titles(facts: ReportFacts, judged: JudgedLayer, code: str) -> list[str]:
    """Return what the evidence of an item is called, in the order in which the answer cites it."""
    given = judged.answers.get(code)
    known = {one.evidence_id: one.title for one in facts.evidence[judged.layer]}
    return [known[id_] for id_ in given.evidence_ids if id_ in known] if given else []


def _points(scores: dict[Layer, Score], code: str) -> str:
    """Return the points of a node by layer, of its weight: `Unit 3,20, TPI 3,00 dari 4,00`."""
    told = [
        f"{LAYER_NAMES[layer]} {number(found.points(code))}"
        if len(scores) > 1
        else number(found.points(code))
        for layer, found in scores.items()
    ]
    return f"{', '.join(told)} dari {number(lke_instrument().weight_of(code))}"
