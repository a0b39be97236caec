"""Where the layers differ and why, and which items are open."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from services.planning.layers import Layer
from services.planning.reports.domain import Difference, ReportFacts
from services.planning.reports.words import LAYER_NAMES, changed, given_words, long_notes, note_words
from services.planning.worksheets.words import OPEN_WORDS
from shared.documents.document import Block, Column, Heading, Paragraph, Row, Table
from shared.indonesian import capital


def differences(facts: ReportFacts) -> Iterator[Block]:
    layers = facts.shown_layers
    yield Heading("Butir yang dinilai berbeda")
    if len(layers) == 1:
        yield Paragraph("Penilai belum menjawab satu butir pun.")
        return
    if not facts.differences:
        yield Paragraph("Penilai tidak menilai satu butir pun berbeda dari unit.")
        return
    total = sum((one.gained for one in facts.differences), Fraction(0))
    yield Paragraph(f"{len(facts.differences)} butir; pengaruhnya pada nilai {changed(total)} poin.")
    columns = (
        Column("Butir", share=5),
        *(Column(LAYER_NAMES[layer], share=2) for layer in layers),
        Column("Poin", share=2, is_number=True),
        Column("Catatan penilai", share=5),
    )
    yield Table(columns, tuple(_difference_row(facts, layers, one) for one in facts.differences))


def _difference_row(facts: ReportFacts, layers: Sequence[Layer], one: Difference) -> Row:
    question, code = one.question, one.question.code
    return Row(
        (
            f"{code} {question.text}",
            *(given_words(facts.layers[layer], question) for layer in layers),
            changed(one.gained),
            note_words(facts.layers, layers[1:], code),
        )
    )


def notes_of_differences(facts: ReportFacts) -> Iterator[Block]:
    codes = [one.question.code for one in facts.differences]
    yield from long_notes(facts, facts.shown_layers[1:], codes)


def open_items(facts: ReportFacts) -> Iterator[Block]:
    yield Heading("Butir terbuka")
    found = facts.counted_score
    if not found.open_items:
        yield Paragraph(f"Semua {found.total.items} butir terjawab.")
        return
    yield Paragraph(f"{len(found.open_items)} dari {found.total.items} butir tidak dihitung dan bernilai 0.")
    for kind, words in OPEN_WORDS.items():
        codes = [code for code in found.open_items if found.questions[code].state == kind]
        if codes:
            yield Paragraph(f"{capital(words)} ({len(codes)}): {', '.join(codes)}.")
