"""Write and read worksheets."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.evidence import store as files
from services.planning.layers import Layer, check_writer
from services.planning.plan.usecases import no_programme
from services.planning.stages.usecases.writing import check_stage
from services.planning.units.usecases import get_working_unit
from services.planning.worksheets import store as worksheets
from services.planning.worksheets.domain import (
    MOST_EVIDENCE,
    AnswersRefusedError,
    AnswerVersion,
    Draft,
    EvidenceFullError,
    Origin,
    SentAnswer,
    Worksheet,
    Written,
    check_answers,
    without_reason,
)
from services.planning.worksheets.events import worksheet_answered
from services.planning.worksheets.metrics import ANSWERS
from shared.db import on_commit
from shared.instruments.lke import AnswerFinding, companions, lke_instrument, typed_warnings
from shared.kernel import NotFoundError, StaleVersionError
from shared.recording import record
from shared.security import Principal


async def answer_items(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str,
    year: int,
    layer: Layer,
    sent: Sequence[SentAnswer],
    seen: int | None,
) -> Written:
    """Write answers of one layer, all or none, and return the worksheet with its new version and warnings.

    `seen` is the worksheet version the writer has read: items of the layer written after it are refused as
    stale, other people's items are not. None overwrites whatever stands there.
    Raises what `check_may_write` raises, `AnswersRefusedError`, `StaleVersionError`.
    """
    worksheet = await check_may_write(session, actor, unit_id, year, layer, lock=True)
    drafts = check_answers(sent, await _unanswered(session, worksheet, layer, without_reason(sent)))
    await _check_evidence(session, worksheet, layer, drafts)
    await check_seen(session, worksheet, layer, [draft.item_code for draft in drafts], seen)
    after = await write(session, actor, worksheet, layer, drafts, operation="answer_worksheet")
    return Written(after, await _warnings(session, after, layer, drafts))


async def attach_evidence(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str,
    year: int,
    layer: Layer,
    item_code: str,
    evidence_ids: Sequence[UUID],
) -> Worksheet:
    """Link evidence to an item beside what it has; value and note stay as they stand, so nothing is stale.

    Raises what `check_may_write` raises, `NotFoundError` for an unknown item, `EvidenceFullError`,
    and `AnswersRefusedError` for evidence that the layer did not bring.
    """
    if item_code not in lke_instrument().questions:
        raise NotFoundError("Butir ini tidak ada di LKE.")
    worksheet = await check_may_write(session, actor, unit_id, year, layer, lock=True)
    present = await worksheets.present_answers(session, unit_id, year, layer, item_codes=[item_code])
    stands = present[0].draft if present else Draft(item_code, None)
    linked = tuple(dict.fromkeys((*stands.evidence_ids, *evidence_ids)))
    if len(linked) > MOST_EVIDENCE:
        raise EvidenceFullError(
            f"Butir ini sudah punya {MOST_EVIDENCE} bukti; lepas dahulu yang tidak perlu."
        )
    draft = replace(stands, evidence_ids=linked, reason=None, origin=Origin.TYPED, cell=None)
    await _check_evidence(session, worksheet, layer, [draft])
    if linked == stands.evidence_ids:
        return worksheet
    return await write(session, actor, worksheet, layer, [draft], operation="answer_worksheet")


async def _unanswered(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, item_codes: Collection[str]
) -> frozenset[str]:
    """Return which of the items have no value as they stand; no item asks nothing."""
    if not item_codes:
        return frozenset()
    present = await worksheets.present_answers(
        session, worksheet.unit_id, worksheet.year, layer, item_codes=item_codes
    )
    answered = {version.draft.item_code for version in present if version.draft.answer is not None}
    return frozenset(item_codes) - answered


async def _warnings(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, drafts: Sequence[Draft]
) -> tuple[AnswerFinding, ...]:
    """Return the warnings about these answers; the layer is asked for what they are checked with alone."""
    answers = {draft.item_code: draft.answer for draft in drafts}
    codes = frozenset(answers)
    if others := companions(codes):
        present = await worksheets.present_answers(
            session, worksheet.unit_id, worksheet.year, layer, item_codes=others
        )
        answers |= {version.draft.item_code: version.draft.answer for version in present}
    return typed_warnings(codes, answers)


async def check_may_write(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, layer: Layer, *, lock: bool = False
) -> Worksheet:
    """Return the worksheet when the caller may write this layer of it, its row locked when asked.

    Raises `WrongLayerError`, `NotFoundError`, `ProgrammeMissingError`, `UnitMergedError`,
    `OwnAssessmentError` for an assessor who wrote any answer of the unit, and for a writer of the unit who
    assessed it, whatever year, and what `check_stage` raises for stage, window and assignment.
    """
    check_writer(actor.roles, layer)
    if lock:
        worksheet = await _taken(session, actor, unit_id, year)
    else:
        worksheet = await _existing(session, actor, unit_id, year)
        await get_working_unit(session, actor, unit_id, hold=False)
    # Asked when all locks are held: one person's first writes to two years must not miss each other.
    await check_stage(session, actor, unit_id, year, layer)
    return worksheet


async def check_seen(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, item_codes: Sequence[str], seen: int | None
) -> None:
    """Raise `StaleVersionError` naming the items that somebody wrote after the version `seen`."""
    if seen is None or seen == worksheet.version:
        return
    stale = await worksheets.changed_since(session, worksheet, layer, item_codes, seen)
    if stale or seen > worksheet.version:
        raise StaleVersionError(items=stale, version=worksheet.version)


async def write(
    session: AsyncSession,
    actor: Principal,
    worksheet: Worksheet,
    layer: Layer,
    drafts: Sequence[Draft],
    *,
    operation: str,
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> Worksheet:
    """Write drafts as the next versions, publish them, and return the worksheet after them.

    `beside` is noted in the audit log with them.
    """
    writer_id = None
    if drafts:
        writer_id = await worksheets.append(session, worksheet, layer, drafts, actor.subject)
    facts = [
        worksheet_answered(worksheet, version, layer, draft, writer_id)
        for version, draft in enumerate(drafts, worksheet.version + 1)
    ]
    after = replace(worksheet, version=worksheet.version + len(drafts))
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="worksheet",
        entity_id=worksheet.worksheet_id,
        version=after.version,
        facts=facts,
        changes={"layer": layer.value, "items": [draft.item_code for draft in drafts], **beside},
    )
    on_commit(session, partial(_count, layer, drafts))
    return after


def _count(layer: Layer, drafts: Sequence[Draft]) -> None:
    for origin, number in Counter(draft.origin for draft in drafts).items():
        ANSWERS.labels(layer.value, origin.value).inc(number)


async def read_worksheet(
    session: AsyncSession, actor: Principal, unit_id: str, year: int
) -> tuple[Worksheet, list[AnswerVersion]]:
    """Return the worksheet and the present answers of all layers.

    Raises `NotFoundError`, `ProgrammeMissingError`.
    """
    worksheet = await _existing(session, actor, unit_id, year)
    return worksheet, await worksheets.present_answers(session, unit_id, year)


async def read_history(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str,
    year: int,
    layer: Layer,
    item_code: str,
    before: int,
    limit: int,
) -> list[AnswerVersion]:
    """Return versions of one item of a layer, newest first; raises as `read_worksheet`."""
    await _existing(session, actor, unit_id, year)
    return await worksheets.answer_history(
        session, unit_id, year, layer, item_code, before=before, limit=limit
    )


async def _existing(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> Worksheet:
    found = await worksheets.get(session, actor.scope, unit_id, year)
    if found is None:
        raise await no_programme(session, actor, unit_id, year)
    return found


async def _taken(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> Worksheet:
    found = await worksheets.take(session, actor.scope, unit_id, year, actor.subject)
    if found is None:
        raise await no_programme(session, actor, unit_id, year)
    if found.merged_into is not None:
        await get_working_unit(session, actor, unit_id)  # raises, naming the unit that works now
    return found.worksheet


async def _check_evidence(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, drafts: Sequence[Draft]
) -> None:
    """Refuse evidence that this layer of the unit did not bring, naming every answer that links it."""
    linked: set[UUID] = {id_ for draft in drafts for id_ in draft.evidence_ids}
    if not linked:
        return
    known = await files.evidence_of_layer(session, worksheet.unit_id, layer, linked)
    unknown = linked - {item.evidence_id for item in known}
    errors = [
        {
            "field": f"answers.{place}.evidence_ids",
            "code": "evidence_unknown",
            "message": f"{draft.item_code}: bukti dukung {id_} tidak dikenal",
        }
        for place, draft in enumerate(drafts)
        for id_ in draft.evidence_ids
        if id_ in unknown
    ]
    if errors:
        raise AnswersRefusedError("Ada bukti dukung yang tidak dikenal.", errors=errors)
