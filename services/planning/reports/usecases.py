"""Read what a report tells, all of one moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence import store as files
from services.planning.evidence.domain import Evidence
from services.planning.layers import Layer
from services.planning.nomination.domain.eligibility import Facts, eligibility
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.store import documents, preconditions
from services.planning.nomination.usecases.candidates import facts_of
from services.planning.nomination.usecases.packaged import FrozenUnit, frozen_unit
from services.planning.plan.domain import Programme
from services.planning.plan.usecases import get_programme
from services.planning.reports import store
from services.planning.reports.domain import (
    JudgedLayer,
    PackageLine,
    PreconditionLine,
    ReportFacts,
    Step,
    told_awards,
)
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.rounds import Round
from services.planning.stages.domain.stage import DECIDED
from services.planning.stages.domain.writing import is_in_hand
from services.planning.stages.store import assessments, rounds
from services.planning.stages.usecases.reading import standing_of
from services.planning.units.domain import Unit
from services.planning.units.usecases import get_unit
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class _Preconditions:
    """How preconditions stand, and when the newest word of them was told."""

    lines: Sequence[PreconditionLine]
    moments: Sequence[datetime]


async def read_facts(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> ReportFacts:
    """Return what is known of a unit's year; raises `NotFoundError`, `ProgrammeMissingError`."""
    unit = await get_unit(session, actor, unit_id)
    programme = await get_programme(session, actor, unit_id, year)
    assessment = (await standing_of(session, unit_id, year)).assessment
    handed_in = {one.layer: one for one in await rounds.all_of(session, unit_id, year)}
    layers = {layer: await _judged(session, assessment, layer, handed_in.get(layer)) for layer in Layer}
    evidence = await _evidence(session, unit_id, layers)
    steps = [
        Step(move.moved_at, move.source, move.target, move.reason)
        for move in await assessments.moves(session, unit_id, year)
    ]
    frozen = await frozen_unit(session, unit_id, year)
    known = (await facts_of(session, [unit], year))[unit_id]
    told = _packaged(frozen) if frozen is not None else await _present(session, unit, programme, known)
    return ReportFacts(
        unit=unit,
        programme=programme,
        assessment=assessment,
        worksheet_version=await rounds.worksheet_version(session, unit_id, year),
        layers=layers,
        evidence=evidence,
        preconditions=told.lines,
        package=None if frozen is None else _package(frozen),
        awards=told_awards(known.awards, year, is_final=assessment.stage in DECIDED),
        steps=steps,
        told_at=max(
            [
                await store.opened_at(session, unit_id, year),
                *_moments(layers.values(), evidence),
                *(step.at for step in steps),
                *told.moments,
            ]
        ),
    )


async def _judged(
    session: AsyncSession, assessment: Assessment, layer: Layer, last: Round | None
) -> JudgedLayer:
    """Return a layer as it was handed in last; as it stands now while it is with its writers.

    It stands so too, but after a decree, where somebody wrote since: in a round that never ended.
    """
    key = (assessment.unit_id, assessment.year, layer)
    answers = await rounds.answers(session, *key)
    if last is not None and any(one.version > last.cut for one in answers):
        if assessment.stage in DECIDED:
            answers = await rounds.answers(session, *key, last.cut)
        else:
            last = None
    is_open = is_in_hand(assessment, layer)
    return JudgedLayer(layer, {one.item_code: one for one in answers}, None if is_open else last)


async def _evidence(
    session: AsyncSession, unit_id: str, layers: Mapping[Layer, JudgedLayer]
) -> Mapping[Layer, Sequence[Evidence]]:
    """Return what each layer cites, in the revision that stood when it was handed in, in order of upload."""
    cited = {layer: {id_ for one in judged.answers.values() for id_ in one.evidence_ids}
             for layer, judged in layers.items()}  # fmt: skip
    ids: set[UUID] = set().union(*cited.values())
    if not ids:
        return dict.fromkeys(Layer, ())
    own = await files.evidence_of_units(session, [unit_id], ids)
    kept = {id_: number for judged in layers.values() if judged.round is not None
            for id_, number in judged.round.revisions.items()}  # fmt: skip
    found = await files.at_revisions(session, own, kept)
    return {
        layer: [one for one in found if one.layer is layer and one.evidence_id in cited[layer]]
        for layer in Layer
    }


def _moments(
    layers: Iterable[JudgedLayer], evidence: Mapping[Layer, Sequence[Evidence]]
) -> Iterator[datetime]:
    for judged in layers:
        yield from (one.written_at for one in judged.answers.values())
        if judged.round is not None:
            yield judged.round.frozen_at
    for found in evidence.values():
        yield from (one.content.uploaded_at for one in found)


def _packaged(frozen: FrozenUnit) -> _Preconditions:
    lines = [
        PreconditionLine(
            subject=one.precondition.subject,
            title=one.precondition.title,
            required=one.precondition.words_of(frozen.unit.category.predicate),
            value=one.told.value,
            state=one.state,
            is_deferred=one.is_deferred,
            proofs=tuple(frozen.papers[id_] for id_ in one.told.document_ids if id_ in frozen.papers),
        )
        for one in frozen.standings
    ]
    return _Preconditions(lines, [frozen.frozen_at])


async def _present(session: AsyncSession, unit: Unit, programme: Programme, known: Facts) -> _Preconditions:
    """Return how preconditions stand before a package, for what the programme aims at."""
    standings = eligibility(unit, Category(programme.target.value), known, programme.year).standings
    linked = {id_ for one in standings for id_ in one.told.document_ids}
    papers = await documents.of_agency(session, unit.agency_id, linked) if linked else {}
    lines = [
        PreconditionLine(
            subject=one.precondition.subject,
            title=one.precondition.title,
            required=one.words,
            value=one.told.value,
            state=one.state,
            is_deferred=one.is_deferred,
            proofs=tuple(papers[id_].sha256 for id_ in one.told.document_ids if id_ in papers),
        )
        for one in standings
    ]
    words = [
        await preconditions.present(session, "agency", [unit.agency_id], programme.year),
        await preconditions.present(session, "unit", [unit.unit_id], programme.year),
    ]
    moments = [one.told_at for found in words for told in found.values() for one in told.values()]
    return _Preconditions(lines, moments)


def _package(frozen: FrozenUnit) -> PackageLine:
    return PackageLine(
        version=frozen.version,
        sha256=frozen.sha256,
        frozen_at=frozen.frozen_at,
        category=frozen.unit.category,
        kawasan=frozen.unit.kawasan,
    )
