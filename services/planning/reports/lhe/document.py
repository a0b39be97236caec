"""The whole report: a draft while the assessment runs, final once a decree was entered."""

from collections.abc import Iterator

from services.planning.reports.domain import ReportFacts
from services.planning.reports.lhe.beside import awards, manifest, preconditions, steps
from services.planning.reports.lhe.items import differences, notes_of_differences, open_items
from services.planning.reports.lhe.points import gates, gates_sentence, scores
from services.planning.reports.words import day_words, footer, head, mark, state_sentence
from shared.documents.document import Block, Document, Paragraph, Signature, Signatures
from shared.indonesian import day

TITLE = "Laporan Hasil Evaluasi Zona Integritas"


def lhe(facts: ReportFacts) -> Document:
    """Return the report: a draft while the assessment runs, final once a decree was entered."""
    blocks = (
        *result(facts),
        *scores(facts),
        *gates(facts),
        *preconditions(facts),
        *differences(facts),
        *open_items(facts),
        *awards(facts),
        *steps(facts),
        *manifest(facts),
        *notes_of_differences(facts),
        Signatures(day_words(facts), _signatures(facts)),
    )
    return Document(
        title=TITLE,
        subtitle=f"{facts.unit.name}, tahun {facts.programme.year}",
        footer=footer(facts, "LHE"),
        mark=mark(facts),
        told_at=facts.told_at,
        blocks=blocks,
    )


def result_sentence(facts: ReportFacts) -> str:
    """Say first what became of the unit, or how far it is from its target."""
    if not facts.is_final:
        return gates_sentence(facts)
    award = facts.award
    if award is None:
        return (
            f"Predikat {facts.predicate} {'diberikan' if facts.assessment.is_awarded else 'tidak diberikan'}."
        )
    decree = f"SK {award.decree.number} tanggal {day(award.decree.dated_on)}"
    given = f"Predikat {award.predicate} ditetapkan dengan {decree}"
    if award.revoked is None:
        return f"{given}."
    return f"{given}, dan dicabut dengan SK {award.revoked.number} tanggal {day(award.revoked.dated_on)}."


def result(facts: ReportFacts) -> Iterator[Block]:
    yield Paragraph(result_sentence(facts), is_strong=True)
    yield Paragraph(state_sentence(facts))
    if facts.is_final:
        yield Paragraph(gates_sentence(facts))
    yield head(facts)


def _signatures(facts: ReportFacts) -> tuple[Signature, ...]:
    if facts.assessment.is_nominated:
        return Signature("Ketua Tim Penilai Internal"), Signature("Ketua Tim Penilai Nasional")
    return Signature("Pimpinan unit kerja"), Signature("Ketua Tim Penilai Internal")
