"""How reports say layers, stages, points and proofs; what stands at the head of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from services.planning.evidence.domain import Evidence, Form
from services.planning.layers import Layer
from services.planning.nomination.domain.rules import Category
from services.planning.reports.domain import JudgedLayer, ReportFacts
from services.planning.stages.domain.stage import ENDS, STAGE_NAMES, Stage
from services.planning.worksheets.words import answer_words
from shared.documents.document import Block, Column, Heading, Row, Table
from shared.indonesian import MISSING, capital, moment, number, signed
from shared.instruments.lke import Question, ZeroDenominator, lke_instrument, pinned_policies
from shared.kernel import places_apart

LAYER_NAMES: Mapping[Layer, str] = MappingProxyType({Layer.UNIT: "Unit", Layer.TPI: "TPI", Layer.TPN: "TPN"})
CATEGORY_NAMES: Mapping[Category, str] = MappingProxyType(
    {Category.WBK: "WBK", Category.AFFIRMATION: "WBK afirmasi", Category.WBBM: "WBBM"}
)
_KIB = 1024
_MOST_NOTE, _CUT_NOTE = 600, 200
"""Letters of a note that a cell holds whole, and of the beginning of a longer one."""
_CONTINUED = "… (selengkapnya di lampiran)"
_MOST_ADDRESS = 200
ZERO_WORDS: Mapping[ZeroDenominator, str] = MappingProxyType(
    {
        ZeroDenominator.UNDEFINED: "rasio dengan pembagi 0 tidak bernilai",
        ZeroDenominator.ZERO: "rasio dengan pembagi 0 bernilai 0",
        ZeroDenominator.FULL: "rasio dengan pembagi 0 bernilai penuh",
    }
)
UNKNOWN_POLICIES = "sebelum kebijakan disematkan"


def mark(facts: ReportFacts) -> str:
    """Return what a report is not yet, "" once a decree says what became of the unit."""
    if facts.is_final:
        return ""
    stage = STAGE_NAMES[facts.assessment.stage]
    if facts.assessment.stage in ENDS:
        return f"BERAKHIR TANPA PENETAPAN: {stage}"
    return f"DRAF: tahap {stage}"


def state_sentence(facts: ReportFacts) -> str:
    """Say what the figures rest on, and whether they can still move."""
    if facts.is_final:
        return "Laporan akhir: angka dan jawaban dibaca dari putaran yang dibekukan, bukan dari lembar kerja."
    if facts.assessment.stage in ENDS:
        return f"Penilaian berakhir tanpa penetapan ({STAGE_NAMES[facts.assessment.stage]})."
    stage = STAGE_NAMES[facts.assessment.stage]
    return f"Draf: penilaian berada pada tahap {stage}; jawaban dan angka masih dapat berubah."


def head(facts: ReportFacts) -> Table:
    """Return who and what: the unit, its programme, and what each layer is read from."""
    unit, programme, zone = facts.unit, facts.programme, facts.unit.zone
    rows = [
        ("Unit kerja", f"{unit.name} ({unit.unit_id})"),
        ("Instansi", unit.agency_id),
        ("Jenis dan eselon", f"{unit.unit_type.replace('_', ' ')}, eselon {unit.echelon}"),
        ("Tahun", str(programme.year)),
        ("Sasaran", _target(facts)),
        ("Tahap", capital(STAGE_NAMES[facts.assessment.stage])),
        ("Edisi LKE", programme.edition),
        ("Syarat nilai", programme.rule_set),
        ("Kebijakan hitung", _policies(programme.policies)),
        ("Versi lembar kerja", f"{facts.worksheet_version} (tahap versi {facts.assessment.version})"),
        *((f"Lapis {LAYER_NAMES[layer]}", layer_source(facts, facts.layers[layer]))
          for layer in facts.shown_layers),
    ]  # fmt: skip
    if facts.package is not None:
        package, at = facts.package, moment(facts.package.frozen_at, zone)
        rows.append(("Paket usulan", f"versi {package.version}, dibekukan {at}, sha256 {package.sha256}"))
    rows.append(("Keadaan per", moment(facts.told_at, zone)))
    return Table((Column("Hal"), Column("Keterangan", share=3)), tuple(map(Row, rows)))


def _policies(policies: str | None) -> str:
    """Return what is counted of a ratio that cannot be divided, with the id of the policies."""
    if policies is None:
        return UNKNOWN_POLICIES
    return f"{ZERO_WORDS[pinned_policies(policies).default]} ({policies})"


def _target(facts: ReportFacts) -> str:
    package = facts.package
    if package is None:
        return facts.programme.target.value
    kawasan = f", kawasan {package.kawasan}" if package.kawasan else ""
    return f"{CATEGORY_NAMES[package.category]} (sesuai usulan{kawasan})"


def layer_source(facts: ReportFacts, judged: JudgedLayer) -> str:
    """Say from which revision a layer is read, and how many of its items are answered."""
    items = len(lke_instrument().questions)
    done = f"{judged.assessed} dari {items} butir terjawab"
    if judged.round is None:
        return f"lembar kerja yang masih terbuka; {done}"
    frozen = judged.round
    at = moment(frozen.frozen_at, facts.unit.zone)
    return f"putaran {frozen.round}, dibekukan {at}; {done}; sha256 {frozen.sha256}"


def shown(values: Sequence[Fraction | None]) -> tuple[str, ...]:
    """Return points as a row tells them: two decimals, more where unequal ones would look equal."""
    places = places_apart(*(value for value in values if value is not None))
    return tuple(number(value, places) for value in values)


def changed(value: Fraction) -> str:
    """Return a change of points with its sign; one that is not 0 never looks like 0."""
    return signed(value, places_apart(value, Fraction(0)))


def proof_words(one: Evidence) -> str:
    """Return what an evidence is: an address, words, or the size of its file in kB of 1,024 bytes."""
    form = one.content.form
    if form is Form.ADDRESS:
        body = one.content.body or ""
        return f"alamat: {body if len(body) <= _MOST_ADDRESS else body[:_MOST_ADDRESS] + '…'}"
    if form is Form.TEXT:
        return "teks"
    return f"{number(-(-one.content.size_bytes // _KIB), 0)} kB"


def given_words(judged: JudgedLayer, question: Question) -> str:
    """Return a layer's answer; assessors who gave none left what stands to the layer before."""
    answer = judged.values.get(question.code)
    if answer is None and judged.layer is not Layer.UNIT:
        return MISSING
    return answer_words(question, answer)


def note_words(judged: Mapping[Layer, JudgedLayer], layers: Sequence[Layer], code: str) -> str:
    """Return the notes of layers on an item, each on lines of its own; a long one as far as a cell is."""
    notes = [
        f"{LAYER_NAMES[layer]}: {note if len(note) <= _MOST_NOTE else note[:_CUT_NOTE].rstrip() + _CONTINUED}"
        for layer, note in _notes(judged, layers, code)
    ]
    return "\n".join(notes) or MISSING


def long_notes(facts: ReportFacts, layers: Sequence[Layer], codes: Iterable[str]) -> Iterator[Block]:
    """Yield the annex with the notes that no cell held, whole; nothing where there is none.

    A cell that fills pages would be laid out anew on each of them.
    """
    rows = [
        Row((code, LAYER_NAMES[layer], note))
        for code in codes
        for layer, note in _notes(facts.layers, layers, code)
        if len(note) > _MOST_NOTE
    ]
    if rows:
        yield Heading("Lampiran: catatan panjang")
        yield Table((Column("Butir", share=2), Column("Lapis"), Column("Catatan", share=14)), tuple(rows))


def _notes(
    judged: Mapping[Layer, JudgedLayer], layers: Sequence[Layer], code: str
) -> Iterator[tuple[Layer, str]]:
    for layer in layers:
        found = judged[layer].answers.get(code)
        if found is not None and found.note:
            yield layer, found.note


def day_words(facts: ReportFacts) -> str:
    """Return the line above the places to sign: where and when are written by hand."""
    return (
        f"Ditandatangani di ............................, tanggal .................... {facts.programme.year}"
    )


def footer(facts: ReportFacts, name: str) -> str:
    """Return what a report is called on every page."""
    version = f"lembar kerja v{facts.worksheet_version}, tahap v{facts.assessment.version}"
    return f"{name} {facts.unit.unit_id} {facts.programme.year}, {version}"


def stage_words(stage: Stage) -> str:
    return capital(STAGE_NAMES[stage])
