"""Whatever was answered, the portal gets every proposed unit once and each of its 127 questions in order."""

import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from services.planning.nomination.domain.package import soal_places
from services.planning.nomination.domain.rules import Category
from services.planning.portal.domain.pulls import answers_body, units_body
from shared.instruments.lke import Answer, Question, lke_instrument
from tests.support.packages import package, sheet
from tests.support.portal import ANSWERS, UNITS

QUESTIONS = lke_instrument().questions
SOAL_IDS = [place.soal_id for place in soal_places()]
_ANSWERS, _UNITS = Draft202012Validator(ANSWERS), Draft202012Validator(UNITS)


def answer_to(question: Question) -> st.SearchStrategy[Answer | None]:
    """Return answers to a question, blank ones and sets that lack a count among them."""
    if question.scale is not None:
        return st.sampled_from([None, *(Answer(letter=letter) for letter in question.scale.values)])
    if question.inputs:
        keys = st.sets(st.sampled_from(question.input_keys), min_size=1)
        counts = keys.flatmap(lambda found: st.fixed_dictionaries(dict.fromkeys(found, st.integers(0, 999))))
        return st.none() | counts.map(lambda told: Answer(inputs=told))
    return st.none() | st.decimals("0", "4", places=2).map(lambda index: Answer(index=index))


def layers() -> st.SearchStrategy[Mapping[str, Answer | None]]:
    """Return what a layer holds: a few items, answered as they may be."""
    few = st.lists(st.sampled_from(sorted(QUESTIONS)), unique=True, max_size=8)
    return few.flatmap(
        lambda codes: st.fixed_dictionaries({code: answer_to(QUESTIONS[code]) for code in codes})
    )


@given(layers(), layers())
def test_every_question_is_sent_once_and_in_order(
    unit: Mapping[str, Answer | None], tpi: Mapping[str, Answer | None]
) -> None:
    made = package(sheet(unit, tpi))
    raw = answers_body(made, "u-1")
    body = json.loads(raw)
    _ANSWERS.validate(body)
    assert [one["soal_id"] for one in body["answers"]] == SOAL_IDS == list(range(1, 128))
    blank = {code for code in QUESTIONS if unit.get(code) is None}
    values = {one["soal_id"]: one["jawaban_unit"] for one in body["answers"]}
    assert all(values[place.soal_id] is None for place in soal_places() if place.item_code in blank)
    assert answers_body(package(sheet(unit, tpi)), "u-1") == raw, "the same bytes of the same answers"


@given(st.lists(st.sampled_from(Category), max_size=5))
def test_the_lists_hold_every_unit_once(categories: list[Category]) -> None:
    sheets = [sheet({}, unit_id=f"u-{number}") for number in range(len(categories))]
    made = package(*sheets, categories=tuple(categories))
    body = json.loads(units_body(made, "WBK"))
    _UNITS.validate(body)
    wbk = [
        one.unit_id for one, category in zip(sheets, categories, strict=True) if category is not Category.WBBM
    ]
    assert [one["id"] for one in body["units"]] == wbk
    assert all(one["afirmasi"] is (one["kategori"] == "WBK-AFIRMASI") for one in body["units"])
