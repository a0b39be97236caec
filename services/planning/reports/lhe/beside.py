"""What stands beside the score: preconditions, predicates, the way of the assessment, evidence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from uuid import UUID

from services.planning.nomination.domain.predicates import Award, Giver
from services.planning.nomination.domain.rules import State
from services.planning.reports.domain import JudgedLayer, PreconditionLine, ReportFacts
from services.planning.reports.words import LAYER_NAMES, proof_words, stage_words
from shared.documents.document import Block, Column, Heading, Paragraph, Row, Table
from shared.indonesian import MISSING, day, moment
from shared.instruments.lke import lke_instrument

_STATES: Mapping[State, str] = MappingProxyType(
    {State.YES: "terpenuhi", State.NO: "tidak terpenuhi", State.UNKNOWN: "belum diketahui"}
)
_GIVERS: Mapping[Giver, str] = MappingProxyType(
    {Giver.TPN: "Menteri", Giver.MANDIRI: "instansi (WBK mandiri)"}
)
_WHOSE = MappingProxyType({"agency": "Instansi", "unit": "Unit"})


def preconditions(facts: ReportFacts) -> Iterator[Block]:
    yield Heading("Prasyarat")
    source = "keadaan terakhir yang dicatat"
    if facts.package is not None:
        source = f"paket usulan versi {facts.package.version}"
    yield Paragraph(f"Menurut {source}; terpisah dari nilai.")
    columns = (
        *(Column("Dari", share=2), Column("Prasyarat", share=5), Column("Syarat", share=3)),
        *(Column("Keadaan", share=2), Column("Keterangan", share=3), Column("Bukti", share=4)),
    )
    yield Table(columns, tuple(map(_precondition_row, facts.preconditions)))


def _precondition_row(one: PreconditionLine) -> Row:
    state = _STATES[one.state]
    if one.is_deferred and one.state is not State.YES:
        state = f"{state}; ditunda karena afirmasi"
    proofs = "\n".join(f"sha256 {sha256[:16]}…" for sha256 in one.proofs)
    return Row((_WHOSE[one.subject], one.title, one.required, one.value or MISSING, state, proofs or MISSING))


def awards(facts: ReportFacts) -> Iterator[Block]:
    if not facts.awards:
        return
    yield Heading("Riwayat predikat")
    columns = (
        *(Column("Predikat", share=2), Column("Pemberi", share=3), Column("SK penetapan", share=5)),
        Column("Keterangan", share=6),
    )
    yield Table(columns, tuple(map(_award_row, facts.awards)))


def _award_row(one: Award) -> Row:
    decree = f"{one.decree.number}, {day(one.decree.dated_on)}, {one.decree.signatory}"
    state = "berlaku" if one.revoked is None else (
        f"dicabut dengan SK {one.revoked.number}, {day(one.revoked.dated_on)}: {one.revoked_because}"
    )  # fmt: skip
    year = "" if one.assessed_year is None else f"hasil penilaian {one.assessed_year}; "
    return Row((one.predicate, _GIVERS[one.giver], decree, f"{year}{state}"))


def steps(facts: ReportFacts) -> Iterator[Block]:
    if not facts.steps:
        return
    yield Heading("Riwayat tahap")
    columns = (
        *(Column("Waktu", share=4), Column("Dari tahap", share=3), Column("Ke tahap", share=3)),
        Column("Alasan", share=5),
    )
    zone = facts.unit.zone
    rows = [
        Row((moment(one.at, zone), stage_words(one.source), stage_words(one.target), one.reason or MISSING))
        for one in facts.steps
    ]
    yield Table(columns, tuple(rows))


def manifest(facts: ReportFacts) -> Iterator[Block]:
    yield Heading("Daftar bukti dukung")
    uses = {layer: _uses(facts.layers[layer]) for layer in facts.shown_layers}
    rows = [
        Row(
            (
                LAYER_NAMES[layer],
                one.title,
                str(one.revision),
                proof_words(one),
                one.content.sha256,
                ", ".join(uses[layer][one.evidence_id]),
            )
        )
        for layer in facts.shown_layers
        for one in facts.evidence[layer]
    ]
    if not rows:
        yield Paragraph("Tidak ada bukti dukung yang dirujuk.")
        return
    yield Paragraph(f"{len(rows)} bukti dukung dirujuk; sha256 membuktikan isinya.")
    columns = (
        *(Column("Lapis", share=2), Column("Bukti", share=6), Column("Revisi", 2, is_number=True)),
        *(Column("Isi", share=3), Column("sha256", share=6), Column("Butir", share=4)),
    )
    yield Table(columns, tuple(rows))


def _uses(judged: JudgedLayer) -> Mapping[UUID, list[str]]:
    """Return the items of a layer that cite each evidence, in the order of the sheet."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for code in lke_instrument().questions:
        for id_ in judged.answers[code].evidence_ids if code in judged.answers else ():
            found[id_].append(code)
    return found
