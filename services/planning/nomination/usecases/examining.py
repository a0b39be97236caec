"""Look a proposal over: everything that would be frozen, with all refusals and warnings at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.nomination.domain.eligibility import (
    Eligibility,
    Facts,
    KawasanProposal,
    agency_eligibility,
    eligibility,
    kawasan_reasons,
)
from services.planning.nomination.domain.gates import failed_gates, said_of
from services.planning.nomination.domain.nominations import (
    Candidacy,
    Document,
    DocumentKind,
    Nomination,
    NominationState,
    ProposedUnit,
)
from services.planning.nomination.domain.package import Sheet, typed_totals
from services.planning.nomination.domain.rules import Subject, rules_for
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import candidates, documents, preconditions
from services.planning.nomination.store import sheets as stored
from services.planning.nomination.usecases.candidates import facts_of
from services.planning.plan.domain import Programme
from services.planning.units.domain import Unit
from shared.instruments.lke import lke_instrument, pinned_policies
from shared.kernel import Predicate


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands in the way of a proposal, or looks wrong in it; `field` is the place in what was sent."""

    field: str
    code: str
    message: str
    unit_id: str | None = None

    def as_error(self) -> dict[str, str]:
        """Return the entry of a refusal's `errors`."""
        named = {} if self.unit_id is None else {"unit_id": self.unit_id}
        return {"field": self.field, "code": self.code, "message": self.message, **named}


@dataclass(frozen=True, slots=True)
class Members:
    """The units of a proposal as the register has them, with what is known of each."""

    units: Mapping[str, Unit]
    facts: Mapping[str, Facts]
    eligible: Mapping[str, Eligibility]
    programmes: Mapping[str, Programme]


@dataclass(frozen=True, slots=True)
class Survey:
    """A proposal as its page tells it: what stands in its way, and what looks wrong beside its worksheets."""

    refusals: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    members: Members
    papers: Mapping[UUID, Document]


@dataclass(frozen=True, slots=True)
class Examination:
    """What would be frozen; nothing may be while there are refusals."""

    refusals: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    members: Members
    sheets: tuple[Sheet, ...]
    agency: Mapping[Predicate, bool]
    documents: tuple[Document, ...]


async def members_of(session: AsyncSession, nomination: Nomination) -> Members:
    """Return what is known of a proposal's units; those outside its agency are left out."""
    ids = [unit.unit_id for unit in nomination.units]
    found = {
        unit_id: unit
        for unit_id, unit in (await candidates.units(session, ids)).items()
        if unit.agency_id == nomination.agency_id
    }
    facts = await facts_of(session, list(found.values()), nomination.year)
    chosen = {unit.unit_id: unit.category for unit in nomination.units}
    eligible = {
        unit_id: eligibility(unit, chosen[unit_id], facts[unit_id], nomination.year)
        for unit_id, unit in found.items()
    }
    programmes = await candidates.programmes(session, ids, nomination.year)
    return Members(found, facts, eligible, programmes)


def refusals_of(nomination: Nomination, members: Members) -> Iterator[Finding]:
    """Yield what stands in the way of the units and groups themselves."""
    seen: set[str] = set()
    groups = {group.name for group in nomination.kawasan}
    for place, unit in enumerate(nomination.units):
        field = f"units.{place}"
        if unit.unit_id in seen:
            yield Finding(
                f"{field}.unit_id", "duplicate", "Unit ini diusulkan lebih dari sekali.", unit.unit_id
            )
        seen.add(unit.unit_id)
        if unit.unit_id not in members.units:
            yield Finding(f"{field}.unit_id", "unit_unknown", "Unit ini tidak ada di instansi.", unit.unit_id)
            continue
        if unit.kawasan is not None and unit.kawasan not in groups:
            yield Finding(f"{field}.kawasan", "kawasan_unknown", "Kawasan ini tidak disebut.", unit.unit_id)
        for reason in members.eligible[unit.unit_id].reasons:
            yield Finding(field, reason.code, reason.said, unit.unit_id)
    rules = rules_for(nomination.year)
    for place, group in enumerate(nomination.kawasan):
        together = tuple(unit.category for unit in nomination.units if unit.kawasan == group.name)
        for reason in kawasan_reasons(KawasanProposal(group.name, group.integration, together), rules):
            yield Finding(f"kawasan.{place}", reason.code, reason.said)


async def survey(
    session: AsyncSession, nomination: Nomination, proposed: Mapping[str, Candidacy], stages: Stages
) -> Survey:
    """Return what stands in a proposal's way, without a look into its worksheets.

    `proposed` are the places of its units so far.
    """
    return await _looked_over(session, nomination, await members_of(session, nomination), proposed, stages)


async def examine(
    session: AsyncSession,
    nomination: Nomination,
    proposed: Mapping[str, Candidacy],
    stages: Stages,
    *,
    hold: bool = False,
) -> Examination:
    """Return everything a package of this proposal would rest on now.

    `proposed` are the places of its units so far; with `hold` nobody writes into their worksheets until the
    transaction ends.
    """
    members = await members_of(session, nomination)
    sheets = await _sheets(session, nomination, members, hold=hold)
    looked = await _looked_over(session, nomination, members, proposed, stages)
    told = (await preconditions.present(session, "agency", [nomination.agency_id], nomination.year)).get(
        nomination.agency_id, {}
    )
    types = await candidates.agency_types(session, [nomination.agency_id])
    agency = agency_eligibility(
        {code: word.told for code, word in told.items()},
        types.get(nomination.agency_id),
        rules_for(nomination.year),
    )
    return Examination(
        looked.refusals,
        (*looked.warnings, *_sheet_warnings(nomination, members, sheets)),
        members,
        tuple(sheets),
        agency,
        tuple(looked.papers.values()),
    )


async def _looked_over(
    session: AsyncSession,
    nomination: Nomination,
    members: Members,
    proposed: Mapping[str, Candidacy],
    stages: Stages,
) -> Survey:
    papers = await _papers(session, nomination, members)
    refusals = [
        *_of_state(nomination),
        *refusals_of(nomination, members),
        *examine_papers(nomination, papers),
    ]
    for place, unit in enumerate(nomination.units):
        was = proposed.get(unit.unit_id)
        is_proposed = was is not None and was.package_version > 0
        refusals += [
            Finding(f"units.{place}", reason.code, reason.said, unit.unit_id)
            for reason in await stages.obstacles(
                session, unit.unit_id, nomination.year, is_proposed=is_proposed
            )
        ]
    return Survey(tuple(refusals), tuple(_warnings(nomination, members, papers)), members, papers)


def _of_state(nomination: Nomination) -> Iterator[Finding]:
    if nomination.state is NominationState.WITHDRAWN:
        yield Finding("state", "nomination_withdrawn", "Usulan ini sudah ditarik.")


async def _sheets(
    session: AsyncSession, nomination: Nomination, members: Members, *, hold: bool
) -> list[Sheet]:
    """Return the worksheets of the units that have one; a few statements for any number of them."""
    year = nomination.year
    ids = [one.unit_id for one in nomination.units if one.unit_id in members.programmes]
    versions = await candidates.worksheet_versions(session, ids, year, hold=hold)
    there = [unit_id for unit_id in dict.fromkeys(ids) if unit_id in members.units and unit_id in versions]
    answers = await stored.answers(session, there, year)
    cited = {
        of: {id_ for one in given.values() for id_ in one.draft.evidence_ids} for of, given in answers.items()
    }
    evidence = await stored.evidence(session, year, cited)
    return [
        Sheet(
            unit_id=unit_id,
            name=members.units[unit_id].name,
            edition=members.programmes[unit_id].edition,
            rule_set=members.programmes[unit_id].rule_set,
            version=versions[unit_id],
            answers={layer: answers.get((unit_id, layer), {}) for layer in stored.LAYERS},
            evidence={layer: evidence.get((unit_id, layer), []) for layer in stored.LAYERS},
        )
        for unit_id in there
    ]


async def _papers(session: AsyncSession, nomination: Nomination, members: Members) -> dict[UUID, Document]:
    """Return letter, SPTJM, declarations, and what proves preconditions and predicates, by id."""
    wanted = {id_ for id_ in (nomination.letter_id, nomination.sptjm_id) if id_ is not None}
    for facts in members.facts.values():
        wanted |= {id_ for told in facts.told.values() for id_ in told.document_ids}
        wanted |= {award.decree.document_id for award in facts.awards if award.decree.document_id}
    found = await documents.of_agency(session, nomination.agency_id, wanted)
    declared = await documents.declarations(session, nomination.agency_id)
    return found | {document.document_id: document for document in declared}


_PAPERS = (
    ("letter_id", DocumentKind.LETTER, "Surat usulan"),
    ("sptjm_id", DocumentKind.SPTJM, "SPTJM"),
)


def examine_papers(nomination: Nomination, papers: Mapping[UUID, Document]) -> Iterator[Finding]:
    """Yield what is wrong with letter and SPTJM: not there, of another kind, without number or date."""
    for field, kind, name in _PAPERS:
        id_: UUID | None = getattr(nomination, field)
        if id_ is None:
            yield Finding(field, "document_missing", f"{name} belum diserahkan.")
        elif id_ not in papers or papers[id_].kind is not kind:
            yield Finding(field, "document_unknown", f"{name} tidak ada di antara dokumen instansi.")
        elif papers[id_].number is None or papers[id_].dated_on is None:
            yield Finding(field, "document_undated", f"{name} belum bernomor atau bertanggal.")


def _warnings(nomination: Nomination, members: Members, papers: Mapping[UUID, Document]) -> Iterator[Finding]:
    if not any(paper.kind is DocumentKind.DECLARATION for paper in papers.values()):
        said = "Pencanangan Zona Integritas instansi belum didokumentasikan."
        yield Finding("agency_id", "declaration_missing", said)
    if members.eligible and (bare := _without_proof(members, "agency", min(members.eligible))):
        yield Finding("agency_id", "proof_missing", f"Tanpa bukti instansi: {'; '.join(bare)}.")
    for place, unit in enumerate(nomination.units):
        if unit.unit_id in members.units and unit.unit_id in members.programmes:
            for code, said in _unit_warnings(unit, members):
                yield Finding(f"units.{place}", code, said, unit.unit_id)


def _without_proof(members: Members, subject: Subject, unit_id: str) -> list[str]:
    """Return the preconditions of an agency, or of the unit itself, that were told without a proof."""
    return [
        one.precondition.title
        for one in members.eligible[unit_id].standings
        if one.precondition.subject == subject and one.told.value is not None and not one.told.document_ids
    ]


def _unit_warnings(unit: ProposedUnit, members: Members) -> Iterator[tuple[str, str]]:
    programme, facts = members.programmes[unit.unit_id], members.facts[unit.unit_id]
    if programme.target.value != unit.category.predicate:
        yield "target_differs", f"Program unit ini menuju {programme.target.value}."
    if bare := _without_proof(members, "unit", unit.unit_id):
        yield "proof_missing", f"Tanpa bukti: {'; '.join(bare)}."
    if unit.category.predicate == "WBBM" and not any(award.decree.document_id for award in facts.awards):
        yield "decree_without_file", "SK predikat WBK belum ada berkasnya."


def _sheet_warnings(nomination: Nomination, members: Members, sheets: Sequence[Sheet]) -> Iterator[Finding]:
    by_unit = {sheet.unit_id: sheet for sheet in sheets}
    for place, unit in enumerate(nomination.units):
        if unit.unit_id in by_unit:
            programme = members.programmes[unit.unit_id]
            for code, said in _of_sheet(unit, programme, by_unit[unit.unit_id]):
                yield Finding(f"units.{place}", code, said, unit.unit_id)


def _of_sheet(unit: ProposedUnit, programme: Programme, sheet: Sheet) -> Iterator[tuple[str, str]]:
    for layer in (Layer.UNIT, Layer.TPI):
        blank = [code for code in lke_instrument().questions if sheet.answer(layer, code) is None]
        if blank:
            yield "items_blank", f"Lapis {layer.value}: {len(blank)} butir kosong ({_first(blank)})."
    for said in typed_totals(sheet):
        yield "total_unlike_parts", f"{said}."
    policies = pinned_policies(programme.policies)
    for failed in failed_gates(
        sheet.all_of(Layer.TPI), unit.category.predicate, programme.rule_set, policies
    ):
        yield "gate_unmet", f"Nilai TPI belum memenuhi syarat: {said_of(failed)}."


_FEW = 5


def _first(codes: Sequence[str]) -> str:
    rest = f", dan {len(codes) - _FEW} lagi" if len(codes) > _FEW else ""
    return ", ".join(codes[:_FEW]) + rest
