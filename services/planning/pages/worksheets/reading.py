"""Reads what the worksheet's pages show: a statement for the sheet, one for the evidence of what is shown."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence.domain import EvidenceLine
from services.planning.evidence.store import lines_of_layer
from services.planning.layers import WRITER_ROLE, Layer
from services.planning.live.usecases import shown_live
from services.planning.pages.way.stage_words import stage_name
from services.planning.pages.way.timeline import present_of
from services.planning.pages.worksheets.facts import Beside, Official, SheetFacts, StageHead
from services.planning.plan.usecases import no_programme
from services.planning.stages.domain.acts import Side
from services.planning.stages.domain.writing import is_writable
from services.planning.stages.store import assessments, findings
from services.planning.stages.store.rounds import last_cut
from services.planning.wording.domain import Loaded, Wording, options
from services.planning.wording.usecases import read_wording
from services.planning.worksheets.whole import SheetHead, WholeSheet, whole_sheet
from shared.http.state import state_of
from shared.instruments.lke import usual_documents
from shared.security import Principal
from shared.security.sealing import keyed_hash

BesideReader = Callable[[AsyncSession, SheetHead], Awaitable[Beside]]
"""Reads what other subjects say beside the answers of a worksheet."""


async def told_beside(session: AsyncSession, head: SheetHead) -> Beside:
    """Return what facts answer, the usual documents, the official texts, and where the last submission was.

    Five small statements.
    """
    loaded, texts = await read_wording(session, head.edition)
    wording, letters = _official(loaded, texts)
    return Beside(
        live=await shown_live(session, head.unit_id, head.year),
        documents=usual_documents,
        wording=wording,
        letters=letters,
        submitted=await last_cut(session, head.unit_id, head.year),
    )


_KEPT: dict[str, tuple[Loaded, Mapping[str, Official], Mapping[str, Mapping[str, str]]]] = {}
"""The official texts of an edition as pages show them, by the loading they came from: some 0.1 MB."""


def _official(
    loaded: Loaded | None, texts: Mapping[str, Wording]
) -> tuple[Mapping[str, Official], Mapping[str, Mapping[str, str]]]:
    if loaded is None:
        return {}, {}
    kept = _KEPT.get(loaded.edition)
    if kept is None or kept[0] != loaded:
        wording = {code: Official(text.question, text.criteria) for code, text in texts.items()}
        letters = {code: options(code, text.criteria) for code, text in texts.items()}
        kept = _KEPT[loaded.edition] = loaded, wording, letters
    return kept[1:]


async def read_facts(
    session: AsyncSession,
    caller: Principal,
    unit_id: str,
    year: int,
    beside: BesideReader,
    *,
    shown: Collection[str] = (),
) -> SheetFacts:
    """Return a worksheet as the caller sees it, with the evidence of the items that are `shown`.

    Raises `NotFoundError` and `ProgrammeMissingError`.
    """
    whole = await whole_sheet(session, caller.scope, unit_id, year)
    if whole is None:
        raise await no_programme(session, caller, unit_id, year)
    told, hand = await assessments.standing(session, unit_id, year, caller.subject, Side.UNIT, Layer.UNIT)
    is_open = is_writable(told, Layer.UNIT) and not hand.was_opposite
    return SheetFacts(
        whole=whole,
        reader=caller.subject,
        may_write=may_fill(caller, whole) and is_open,
        evidence=await evidence_of(session, whole, shown),
        beside=await beside(session, whole),
        stage=StageHead(
            name=stage_name(told.assessment.stage),
            told=present_of(told)[1],
            open_findings=len(await findings.still_open(session, unit_id, year)),
        ),
    )


async def evidence_of(
    session: AsyncSession, whole: WholeSheet, shown: Collection[str]
) -> Mapping[UUID, EvidenceLine]:
    """Return the evidence that the unit links to these items, by its id; no statement where there is none."""
    linked = {
        evidence_id
        for version in whole.answers
        if version.layer is Layer.UNIT and version.draft.item_code in shown
        for evidence_id in version.draft.evidence_ids
    }
    lines = await lines_of_layer(session, whole.unit_id, Layer.UNIT, only=linked) if linked else []
    return {line.evidence_id: line for line in lines}


def drafts_of(request: Request, caller: Principal, unit_id: str, sheet: str) -> str:
    """Return how the browser's entries for what one person has typed into a sheet begin.

    It holds no name: others use the computer too.
    """
    person = keyed_hash(state_of(request.app).secret, "worksheet-drafts", caller.subject).hex()[:16]
    return f"zi-lembar/{person}/{unit_id}/{sheet}/"


def may_fill(caller: Principal, whole: WholeSheet) -> bool:
    """Tell whether the caller fills: the unit's own operator, while the unit works by itself."""
    return caller.has(WRITER_ROLE[Layer.UNIT]) and not whole.is_merged


def head_of(facts: SheetFacts) -> dict[str, Any]:
    """Return what every page of a worksheet says of it."""
    return {
        "unit_id": facts.whole.unit_id,
        "year": facts.whole.year,
        "unit_name": facts.whole.unit_name,
        "stage": facts.stage,
    }
