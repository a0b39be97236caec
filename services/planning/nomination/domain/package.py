"""The frozen package of a proposal: parts in one spelling, a manifest of their sha256, and what checks it.

Parts: `proposal` (what, by whom, which units, what made them eligible), `questions` (the map of the 127
questions of the portal), and one `unit/<id>` each with both answer layers. The manifest names every part and
every file by sha256; the package's own sha256 is the manifest's.
Source: portalrb.md, Freezing and review reset.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from services.planning.evidence.domain import Evidence
from services.planning.layers import Layer
from services.planning.nomination.domain.canonical import canonical_json, sha256_of
from services.planning.nomination.domain.eligibility import Eligibility
from services.planning.nomination.domain.nominations import Document, Nomination, ProposedUnit
from services.planning.worksheets.domain import AnswerVersion
from shared.instruments.lke import Answer, Question, answer_warnings, lke_instrument
from shared.kernel import Predicate

FORMAT = "zi-nomination-package/1"
PROPOSAL, QUESTIONS, UNIT = "proposal", "questions", "unit/"
PORTAL_FIELDS = (
    "soal_id",
    "jawaban_unit",
    "jawaban_tpi",
    "catatan_unit",
    "bukti_dukung_unit",
    "catatan_tpi",
)
"""What the portal reads of an answer, in the order of its guide."""
_SENT_LAYERS = (Layer.UNIT, Layer.TPI)
"""The TPN's answers are never sent."""


class SoalPlace(NamedTuple):
    """A question of the portal: its number, our item, and which count of it; None for a whole item."""

    soal_id: int
    item_code: str
    key: str | None


_PARTS_ALONE = "PortalRB tidak menerima jumlah, hanya rinciannya"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a unit's worksheet holds when it is frozen: the newest answers by layer and item."""

    unit_id: str
    name: str
    edition: str
    rule_set: str
    version: int
    answers: Mapping[Layer, Mapping[str, AnswerVersion]]
    evidence: Mapping[Layer, Sequence[Evidence]]

    def answer(self, layer: Layer, item_code: str) -> Answer | None:
        """Return the answer of an item, None for a blank one."""
        found = self.answers.get(layer, {}).get(item_code)
        return None if found is None else found.draft.answer

    def all_of(self, layer: Layer) -> dict[str, Answer | None]:
        """Return the answers of a layer by item."""
        return {code: found.draft.answer for code, found in self.answers.get(layer, {}).items()}


@dataclass(frozen=True, slots=True)
class Package:
    """One frozen version. `parts` are the stored bytes by name; `sha256` is that of the manifest's bytes."""

    manifest: bytes
    parts: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        return sha256_of(self.manifest)

    def part(self, name: str) -> Any:
        """Return a part as JSON; `KeyError` for an unknown one."""
        return json.loads(self.parts[name])

    def document(self) -> bytes:
        """Return the whole package as one file in canonical JSON."""
        parts = b",".join(
            canonical_json(name) + b":" + content for name, content in sorted(self.parts.items())
        )
        sha256 = canonical_json(self.sha256)
        return b'{"manifest":' + self.manifest + b',"parts":{' + parts + b'},"sha256":' + sha256 + b"}"


@cache
def soal_places() -> tuple[SoalPlace, ...]:
    """Return the 127 questions of the portal in ascending order: options, counts, indexes."""
    found = []
    for question in lke_instrument().questions.values():
        places = [(question.place, None), *((entry.place, entry.key) for entry in question.inputs)]
        found += [
            SoalPlace(place.soal_id, question.code, key) for place, key in places if place.soal_id is not None
        ]
    return tuple(sorted(found))


def freeze(
    nomination: Nomination,
    sheets: Sequence[Sheet],
    eligible: Mapping[str, Eligibility],
    agency: Mapping[Predicate, bool],
    documents: Sequence[Document],
    *,
    reason: str | None,
    frozen_at: str,
    previous_sha256: str | None,
) -> Package:
    """Return the package of a proposal whose version was counted already.

    `sheets` and `eligible` cover every proposed unit, `agency` tells for which predicates its agency may
    propose; `documents` are the letter, the SPTJM, decrees and
    proofs it rests on; `frozen_at` is an instant as ISO 8601 text.
    """
    by_unit = {sheet.unit_id: sheet for sheet in sheets}
    parts: dict[str, Any] = {
        PROPOSAL: _proposal(nomination, by_unit, eligible, agency, documents, reason, frozen_at),
        QUESTIONS: [place._asdict() for place in soal_places()],
    }
    parts |= {f"{UNIT}{sheet.unit_id}": _unit_part(nomination.year, sheet) for sheet in sheets}
    stored = {name: canonical_json(content) for name, content in sorted(parts.items())}
    manifest = {
        "format": FORMAT,
        "nomination_id": str(nomination.nomination_id),
        "agency_id": nomination.agency_id,
        "tahun": nomination.year,
        "version": nomination.package_version,
        "reason": reason,
        "frozen_at": frozen_at,
        "previous_sha256": previous_sha256,
        "parts": [
            {"name": name, "sha256": sha256_of(content), "size_bytes": len(content)}
            for name, content in stored.items()
        ],
        "files": _files(documents, sheets),
    }
    return Package(canonical_json(manifest), stored)


def portal_units(package: Package, predicate: Predicate) -> dict[str, Any]:
    """Return what the portal asks of WBK or WBBM: the year and its units, none as an empty list."""
    proposal = package.part(PROPOSAL)
    return {
        "tahun": proposal["tahun"],
        "units": [
            {name: unit[name] for name in ("id", "nama", "kategori", "afirmasi")}
            for unit in proposal["units"]
            if unit["predicate"] == predicate
        ],
    }


def portal_answers(package: Package, unit_id: str) -> list[dict[str, Any]]:
    """Return the 127 answers of a unit as the portal reads them, every field, null where empty.

    `KeyError` for a unit that is not in the package.
    """
    answers = package.part(f"{UNIT}{unit_id}")["answers"]
    return [{name: answer[name] for name in PORTAL_FIELDS} for answer in answers]


def portal_unit(package: Package, unit_id: str) -> dict[str, Any]:
    """Return what the portal asks of a unit: its name, the year, its answers; raises as `portal_answers`."""
    part = package.part(f"{UNIT}{unit_id}")
    told = {name: part[name] for name in ("unit_id", "nama_unit", "tahun")}
    return told | {"answers": portal_answers(package, unit_id)}


def typed_totals(sheet: Sheet) -> list[str]:
    """Return a sentence for each total n0 that differs from its parts or lacks one.

    The portal has no question for it.
    """
    return total_faults({layer: sheet.all_of(layer) for layer in _SENT_LAYERS})


def packaged_totals(package: Package, unit_id: str) -> list[str]:
    """Return the sentences of `typed_totals` for a unit as it was frozen; raises as `portal_answers`."""
    part = package.part(f"{UNIT}{unit_id}")
    counts: dict[Layer, dict[str, dict[str, int]]] = {layer: {} for layer in _SENT_LAYERS}
    for code, totals in part["typed_totals"].items():
        of_item = [one for one in part["answers"] if one["item_code"] == code]
        for name, total in totals.items():
            told = {one["key"]: int(text) for one in of_item if (text := one[f"jawaban_{name}"]) is not None}
            counts[Layer(name)][code] = told | {_total_key(lke_instrument().questions[code]): total}
    return total_faults(
        {
            layer: {code: Answer(inputs=told) for code, told in found.items()}
            for layer, found in counts.items()
        }
    )


def total_faults(answers: Mapping[Layer, Mapping[str, Answer | None]]) -> list[str]:
    """Return what `typed_totals` does, of answers by layer and item."""
    found = [
        f"Lapis {layer.value}: {warning.message}; {_PARTS_ALONE}"
        for layer, of_layer in answers.items()
        for warning in answer_warnings(of_layer)
        if warning.reason == "total_unlike_parts"
    ]
    return found + [
        f"Lapis {layer.value}: {question.code}: jumlah diisi tanpa semua rinciannya; {_PARTS_ALONE}"
        for layer, of_layer in answers.items()
        for question in lke_instrument().questions.values()
        if question.optional_total is not None
        and (answer := of_layer.get(question.code)) is not None
        and answer.inputs is not None
        and question.optional_total.key in answer.inputs
        and not {entry.key for entry in question.inputs} <= answer.inputs.keys()
    ]


def faults_of(document: bytes, files: Mapping[str, bytes] | None = None) -> list[str]:
    """Check a downloaded package and return what does not hold, in English; an empty list when all does.

    Every sha256 is reckoned anew: of parts, of the manifest, of words and addresses within, and of `files`,
    contents by sha256 of their name, where they are given.
    """
    try:
        whole = json.loads(document)
        manifest, parts, sha256 = whole["manifest"], dict(whole["parts"]), whole["sha256"]
        listed = {entry["name"]: entry["sha256"] for entry in manifest["parts"]}
        named = {entry["sha256"]: entry for entry in manifest["files"]}
    except (ValueError, TypeError, KeyError, AttributeError):
        return ["this is no frozen package"]
    try:
        found = [] if canonical_json(whole) == document.strip() else ["it is not in canonical form"]
        found += [] if sha256_of(canonical_json(manifest)) == sha256 else ["manifest: sha256 differs"]
        found += [f"{name}: named by the manifest and not there" for name in listed.keys() - parts.keys()]
        found += [f"{name}: not named by the manifest" for name in parts.keys() - listed.keys()]
        found += [
            f"{name}: sha256 differs"
            for name in listed.keys() & parts.keys()
            if sha256_of(canonical_json(parts[name])) != listed[name]
        ]
    except TypeError:
        return ["this is no frozen package"]
    found += _faults_of_files(named, files)
    return sorted(found)


def _faults_of_files(
    named: Mapping[str, Mapping[str, Any]], files: Mapping[str, bytes] | None
) -> Iterable[str]:
    for sha256, entry in named.items():
        shown = f"file {entry.get('file_name')} ({sha256[:12]})"
        body = entry.get("body")
        if body is not None:
            if sha256_of(str(body).encode()) != sha256:
                yield f"{shown}: sha256 differs"
        elif files is not None and sha256 not in files:
            yield f"{shown}: not there"
        elif files is not None and sha256_of(files[sha256]) != sha256:
            yield f"{shown}: sha256 differs"


def _proposal(
    nomination: Nomination,
    sheets: Mapping[str, Sheet],
    eligible: Mapping[str, Eligibility],
    agency: Mapping[Predicate, bool],
    documents: Sequence[Document],
    reason: str | None,
    frozen_at: str,
) -> dict[str, Any]:
    by_id = {document.document_id: document for document in documents}
    letter, sptjm = (by_id[id_] for id_ in (nomination.letter_id, nomination.sptjm_id) if id_ is not None)
    return {
        "nomination_id": str(nomination.nomination_id),
        "agency_id": nomination.agency_id,
        "tahun": nomination.year,
        "version": nomination.package_version,
        "reason": reason,
        "frozen_at": frozen_at,
        "eligibility": dict(agency),
        "letter": _document(letter),
        "sptjm": _document(sptjm),
        "documents": [_document(document) for document in documents],
        "kawasan": [
            {
                "name": group.name,
                "integration": None if group.integration is None else format(group.integration, "f"),
                "units": [unit.unit_id for unit in nomination.units if unit.kawasan == group.name],
            }
            for group in nomination.kawasan
        ],
        "units": [_proposed(unit, sheets[unit.unit_id], eligible[unit.unit_id]) for unit in nomination.units],
    }


def _proposed(unit: ProposedUnit, sheet: Sheet, found: Eligibility) -> dict[str, Any]:
    return {
        "id": unit.unit_id,
        "nama": sheet.name,
        "kategori": unit.category.value,
        "afirmasi": unit.category.value == "WBK-AFIRMASI",
        "predicate": unit.category.predicate,
        "kawasan": unit.kawasan,
        "edition": sheet.edition,
        "rule_set": sheet.rule_set,
        "rules": found.rules.id,
        "worksheet_version": sheet.version,
        "preconditions": [
            {
                "code": standing.precondition.code,
                "required": standing.required,
                "value": standing.told.value,
                "state": standing.state.value,
                "is_deferred": standing.is_deferred,
                "document_ids": [str(id_) for id_ in standing.told.document_ids],
            }
            for standing in found.standings
        ],
    }


def _unit_part(year: int, sheet: Sheet) -> dict[str, Any]:
    proofs = {
        layer: {proof.evidence_id: proof for proof in sheet.evidence.get(layer, ())} for layer in _SENT_LAYERS
    }

    def cited(layer: Layer, code: str) -> list[Evidence]:
        found = sheet.answers.get(layer, {}).get(code)
        ids = () if found is None else found.draft.evidence_ids
        return [proofs[layer][id_] for id_ in ids if id_ in proofs[layer]]

    def note(layer: Layer, code: str) -> str | None:
        found = sheet.answers.get(layer, {}).get(code)
        return (found.draft.note or None) if found is not None else None

    return {
        "unit_id": sheet.unit_id,
        "nama_unit": sheet.name,
        "tahun": year,
        "edition": sheet.edition,
        "worksheet_version": sheet.version,
        "answers": [
            {
                "soal_id": place.soal_id,
                "item_code": place.item_code,
                "key": place.key,
                "jawaban_unit": _text(sheet.answer(Layer.UNIT, place.item_code), place.key),
                "jawaban_tpi": _text(sheet.answer(Layer.TPI, place.item_code), place.key),
                "catatan_unit": note(Layer.UNIT, place.item_code),
                "catatan_tpi": note(Layer.TPI, place.item_code),
                "bukti_dukung_unit": _proof_text(cited(Layer.UNIT, place.item_code)),
            }
            for place in soal_places()
        ],
        "typed_totals": {
            question.code: totals
            for question in lke_instrument().questions.values()
            if question.optional_total is not None and (totals := _totals(sheet, question))
        },
        "evidence": {
            layer.value: {
                code: [_evidence(proof) for proof in found]
                for code in sorted(sheet.answers.get(layer, {}))
                if (found := cited(layer, code))
            }
            for layer in _SENT_LAYERS
        },
    }


def _total_key(question: Question) -> str:
    return question.optional_total.key if question.optional_total else ""


def _totals(sheet: Sheet, question: Question) -> dict[str, int]:
    key = _total_key(question)
    counts = {layer.value: sheet.answer(layer, question.code) for layer in _SENT_LAYERS}
    return {
        layer: answer.inputs[key]
        for layer, answer in counts.items()
        if answer is not None and answer.inputs is not None and key in answer.inputs
    }


def _text(answer: Answer | None, key: str | None) -> str | None:
    """Return an answer as the portal writes it: letter, `Ya`/`Tidak`, plain decimal; None without one."""
    if answer is None:
        return None
    if key is None:
        return answer.letter if answer.letter is not None else answer.index_text
    count = (answer.inputs or {}).get(key)
    return None if count is None else str(count)


def _proof_text(proofs: Sequence[Evidence]) -> str | None:
    """Return addresses and words as they are, files by title and name, one a line; None without any."""
    lines = [
        f"{proof.title} ({proof.content.file_name})" if proof.content.body is None else proof.content.body
        for proof in proofs
    ]
    return "\n".join(lines) or None


def _evidence(proof: Evidence) -> dict[str, Any]:
    return {
        "evidence_id": str(proof.evidence_id),
        "revision": proof.revision,
        "title": proof.title,
        "form": proof.content.form.value,
        "sha256": proof.content.sha256,
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "document_id": str(document.document_id),
        "kind": document.kind.value,
        "number": document.number,
        "dated_on": document.dated_on.isoformat() if document.dated_on else None,
        "signatory": document.signatory,
        "sha256": document.sha256,
    }


def _files(documents: Iterable[Document], sheets: Iterable[Sheet]) -> list[dict[str, Any]]:
    """Return every file, word and address by sha256, once each."""
    found: dict[str, dict[str, Any]] = {
        document.sha256: {
            "sha256": document.sha256,
            "size_bytes": document.size_bytes,
            "media_type": document.media_type,
            "file_name": document.file_name,
            "body": None,
        }
        for document in documents
    }
    cited = [proof for sheet in sheets for layer in _SENT_LAYERS for proof in sheet.evidence.get(layer, ())]
    for proof in cited:
        content = proof.content
        found.setdefault(
            content.sha256,
            {
                "sha256": content.sha256,
                "size_bytes": content.size_bytes,
                "media_type": content.media_type,
                "file_name": content.file_name,
                "body": content.body,
            },
        )
    return [found[sha256] for sha256 in sorted(found)]
