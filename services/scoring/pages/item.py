"""An item's page, or a node's: why it has its points, what each answer is worth, what it counts for."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.scoring.domain.sheets import Layer
from services.scoring.pages.board import PageYear
from services.scoring.pages.frame import PAGES
from services.scoring.pages.texts import LAYER_NAMES, status_of
from services.scoring.store import reading
from services.scoring.usecases.reading import (
    KnownYear,
    explained,
    known_year,
    visible_years,
)
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.indonesian import number, signed
from shared.instruments.lke import (
    TOTAL,
    Answer,
    Predicate,
    Question,
    QuestionExplanation,
    evaluate_gates,
    lke_instrument,
    measure,
)

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Option:
    """One answer an item may have: what it means, what it earns, and what it would change."""

    letter: str
    meaning: str
    points: Fraction
    change: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate of the target that an item counts for."""

    kind: str
    name: str
    words: str


@router.get("/nilai/{unit_id}/butir/{code}", operation_id="page_item")
async def item(
    request: Request,
    caller: PageCaller,
    unit_id: str,
    code: str,
    year: PageYear = None,
    layer: Layer = "effective",
) -> HTMLResponse:
    """Explain a node or an item in words: answer, formula with its numbers, what it earns and loses."""
    async with state_of(request.app).db.reading() as session:
        year = year or (await visible_years(session, caller, unit_id))[1]
        found = await known_year(session, caller, unit_id, year)
        why = await explained(session, caller, unit_id, year, layer, code)
        activities = await reading.activities_of(session, unit_id, year, plan_code(code))
    told, question = why.told, lke_instrument().questions.get(code)
    before, after = neighbours(code)
    answer = told.answer if isinstance(told, QuestionExplanation) else None
    return PAGES.page(
        request,
        "item.html",
        unit=found.unit,
        year=year,
        layer=layer,
        layer_names=LAYER_NAMES,
        question=question,
        told=told,
        is_item=question is not None,
        origins=[origin for _, origin in why.origins] if question is not None else (),
        counting=why.layers[code] if question is not None else None,
        fact=found.live.get(code),
        has_drift=found.drift(code),
        code=code,
        options=() if question is None else options(question, answer),
        counts=() if question is None else counts(question, answer),
        gates=gate_lines(found, code),
        activities=activities,
        plan_code=plan_code(code),
        before=before,
        after=after,
        above=above(code),
    )


def options(question: Question, answer: Answer | None) -> Sequence[Option]:
    """Return the options of an item, best first; none for a ratio or an index."""
    scale = {} if question.scale is None else question.scale.values
    current = None if answer is None else answer.letter
    now = scale.get(current or "", Fraction(0))
    return [
        Option(
            letter,
            question.option_facts.get(letter, ""),
            value * question.share,
            "" if letter == current else signed((value - now) * question.share),
            letter == current,
        )
        for letter, value in scale.items()
    ]


def counts(question: Question, answer: Answer | None) -> Sequence[tuple[str, str, str]]:
    """Return key, label and value of each count that a ratio is made of."""
    given = {} if answer is None or answer.inputs is None else answer.inputs
    entries = (*((question.optional_total,) if question.optional_total else ()), *question.inputs)
    return [
        (entry.key, entry.label, number(given[entry.key], 0) if entry.key in given else "belum diisi")
        for entry in entries
    ]


def gate_lines(found: KnownYear, code: str) -> Sequence[GateLine]:
    """Return the gates of the unit's target that a node or an item is measured in."""
    instrument = lke_instrument()
    mine = {question.code for question in instrument.questions_under(code)}
    target: Predicate = found.target or "WBK"
    lines = []
    for gate in evaluate_gates(found.score("effective"), found.rules, target):
        basis = {item.code for part in gate.gate.basis for item in instrument.questions_under(part)}
        if mine <= basis:
            kind, _, word = status_of(is_met=gate.is_met, is_reachable=gate.is_reachable)
            shown = measure(gate)
            value, floor = (number(exact, shown.places) for exact in (shown.value, shown.floor))
            lines.append(GateLine(kind, gate.gate.name, f"{value} dari {floor} ({target}), {word}"))
    return lines


def plan_code(code: str) -> str:
    """Return the code that activities serving an item name: its indicator, or a hasil item itself."""
    instrument = lke_instrument()
    question = instrument.questions.get(code)
    return code if question is None or instrument.is_plan_code(code) else question.parent


def neighbours(code: str) -> tuple[str | None, str | None]:
    """Return the items before and after an item of the sheet, or the nodes of the same level."""
    instrument = lke_instrument()
    if code == TOTAL:
        return None, None
    if code in instrument.questions:
        codes = list(instrument.questions)
    else:
        level = instrument.nodes[code].level
        codes = [node.code for node in instrument.nodes.values() if node.level == level]
    place = codes.index(code)
    return codes[place - 1] if place else None, codes[place + 1] if place + 1 < len(codes) else None


def above(code: str) -> str | None:
    """Return the node that an item or a node is part of; None for TOTAL."""
    instrument = lke_instrument()
    if code == TOTAL:
        return None
    if code in instrument.questions:
        return instrument.questions[code].parent
    parents = (node.code for node in instrument.nodes.values() if code in {one.code for one in node.children})
    return next(parents, TOTAL)
