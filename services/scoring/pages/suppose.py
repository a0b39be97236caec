"""What if: a copy of the worksheet with some answers changed, counted at once; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from services.scoring.domain.supposing import missing_counts
from services.scoring.domain.way import items_of
from services.scoring.pages.board import PageYear
from services.scoring.pages.compare import nodes
from services.scoring.pages.frame import PAGES, UNPROCESSABLE
from services.scoring.pages.places import SUPPOSE, parts_of
from services.scoring.usecases.advice import Supposed, supposed_of
from services.scoring.usecases.reading import known_year, visible_years
from shared.http.authorization import PageCaller
from shared.http.pages.forms import Form
from shared.http.state import state_of
from shared.indonesian import number
from shared.instruments.lke import (
    PREDICATES,
    Answer,
    InvalidAnswerError,
    Predicate,
    Question,
    QuestionType,
    lke_instrument,
    measure,
    parse_answer,
)
from shared.kernel import places_apart

router = APIRouter()
BLANK = "kosong"
PREFIX = "j."


@dataclass(frozen=True, slots=True)
class Field:
    """An item as the form asks for it: its options, or the keys and labels of its counts, or one number."""

    code: str
    text: str
    now: str
    options: Sequence[tuple[str, str]]
    counts: Sequence[tuple[str, str]]


@router.get("/nilai/{unit_id}/andai", operation_id="page_suppose")
async def suppose_page(
    request: Request,
    caller: PageCaller,
    unit_id: str,
    butir: Annotated[
        list[Annotated[str, Query(max_length=40)]], Query(default_factory=list, description="Items to change")
    ],
    year: PageYear = None,
    predicate: Predicate | Literal[""] | None = None,
) -> HTMLResponse:
    """Show a form of items, and what their changed answers would do to the layer that counts."""
    async with state_of(request.app).db.reading() as session:
        year = year or (await visible_years(session, caller, unit_id))[1]
        found = await known_year(session, caller, unit_id, year)
    codes = asked_items(request.query_params, butir)
    answers = found.answers.get("effective", {})
    form, changes = read(request.query_params, codes, answers)
    told = supposed_of(found, "effective", predicate or found.target or "WBK", changes)
    fields = [field_of(code, answers) for code in codes]
    return PAGES.page(
        request,
        "suppose.html",
        status=UNPROCESSABLE if form.errors else 200,
        unit=found.unit,
        year=year,
        parts=parts_of(unit_id, year, SUPPOSE),
        told=told,
        form=form,
        labels={name: label for one in fields for name, label in names_of(one).items()},
        fields=fields,
        sentence=sentence(told),
        nodes=[row for row in nodes(told.comparison) if row[4] != "sama"],
        gates=[gate_words(told, place) for place in range(len(told.gates)) if told.gates[place].is_flipped],
        others=[
            (code, f"{code} {question.text[:60]}")
            for code, question in lke_instrument().questions.items()
            if code not in codes
        ],
        predicates=[(one, one) for one in PREDICATES],
    )


def asked_items(query: QueryParams, added: Sequence[str]) -> list[str]:
    """Return the items that an address names, in the order of the sheet; unknown codes are left out."""
    named = {name.removeprefix(PREFIX) for name in query if name.startswith(PREFIX)}
    known = lke_instrument().questions
    codes = {code if code in known else code.rpartition(".")[0] for code in named | {*added}}
    return items_of(code for code in codes if code in known)


def read(
    query: QueryParams, codes: Sequence[str], now: Mapping[str, Answer]
) -> tuple[Form[Any], dict[str, Answer | None]]:
    """Return the form as filled in, and by item the answers that can be counted.

    What is empty is unchanged, also a count beside others of its item, which is then that of `now`.
    """
    form = Form[Any](values={name: value for name, value in query.items() if name.startswith(PREFIX)})
    changes: dict[str, Answer | None] = {}
    for code in codes:
        question = lke_instrument().questions[code]
        raw = _raw(question, query, now.get(code))
        if raw is None:
            continue
        try:
            is_blanked = raw == BLANK and question.scale is not None
            changes[code] = None if is_blanked else parse_answer(code, raw)
            for key in missing_counts(code, changes[code]):
                form.errors[f"{PREFIX}{code}.{key}"] = "Isi juga angka ini; tanpa itu butir tidak dihitung."
                changes.pop(code, None)
        except InvalidAnswerError as refused:
            for finding in refused.findings:
                name = PREFIX + (code if finding.field is None else f"{code}.{finding.field}")
                form.errors.setdefault(name, finding.said)
    return form, changes


def _raw(question: Question, query: QueryParams, now: Answer | None) -> object:
    """Return what was typed for an item, counts beside those that stand; None for nothing."""
    if question.type is not QuestionType.PERCENT:
        return query.get(PREFIX + question.code, "").strip() or None
    counts = {key: query.get(f"{PREFIX}{question.code}.{key}", "").strip() for key in question.input_keys}
    typed: dict[str, object] = {key: count for key, count in counts.items() if count}
    return {**(now.inputs or {} if now is not None else {}), **typed} if typed else None


def field_of(code: str, answers: Mapping[str, Answer]) -> Field:
    """Return an item as the form asks for it."""
    question = lke_instrument().questions[code]
    now = answers.get(code)
    scale = () if question.scale is None else question.scale.values
    options = [("", "tidak diubah"), *((letter, letter) for letter in scale), (BLANK, "dikosongkan")]
    totals = (question.optional_total,) if question.optional_total else ()
    return Field(
        code,
        question.text,
        "belum diisi" if now is None else str(now),
        options if scale else (),
        [(entry.key, entry.label) for entry in (*totals, *question.inputs)],
    )


def names_of(field: Field) -> dict[str, str]:
    """Return the names of an item's fields with what they are called."""
    if field.counts:
        return {f"{PREFIX}{field.code}.{key}": f"{field.code} {key}" for key, _ in field.counts}
    return {PREFIX + field.code: field.code}


def sentence(told: Supposed) -> str:
    """Say what the changes do to the total and to the gates."""
    total = told.comparison.total
    if not told.changes:
        return "Pilih butir dan jawabannya untuk melihat apa yang terjadi."
    places = places_apart(total.before, total.after)
    before, after = number(total.before, places), number(total.after, places)
    now = sum(gate.before.is_met for gate in told.gates)
    then = sum(gate.after.is_met for gate in told.gates)
    gates = f"syarat {told.predicate} {then} dari {len(told.gates)}"
    gates += "" if now == then else f" (sekarang {now})"
    if not total.delta:
        return f"Nilai tetap {after}; {gates}."
    return f"Nilai {before} menjadi {after}; {gates}."


def gate_words(told: Supposed, place: int) -> tuple[str, str, str]:
    """Return kind, name and words of a gate that flips."""
    after = told.gates[place].after
    shown = measure(after)
    value, floor = number(shown.value, shown.places), number(shown.floor, shown.places)
    kind, word = ("good", "terpenuhi") if after.is_met else ("bad", "tidak lagi terpenuhi")
    return kind, after.gate.name, f"{word}: {value} dari {floor}"
