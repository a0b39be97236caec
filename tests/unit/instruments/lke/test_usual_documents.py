"""Every item names documents that an assessor expects beside it, and a faulty list of them is not loaded."""

import copy
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.planning.fields import Kind
from shared.instruments.lke import (
    InvalidInstrumentError,
    lke_instrument,
    missing_documents,
    usual_documents,
)
from shared.instruments.lke.load import read
from shared.instruments.lke.usual_documents import load_documents

ITEM = "A.I.1.i.a"


@pytest.fixture
def data() -> Any:
    return copy.deepcopy(read("usual_documents.json"))


def test_each_of_the_113_items_has_a_document_at_least() -> None:
    named = {code: usual_documents(code) for code in lke_instrument().questions}
    assert len(named) == 113
    assert all(named.values())
    assert usual_documents(ITEM)[0].text == "SK tim pembangunan ZI di unit"


def test_the_key_of_a_document_can_be_the_kind_of_an_evidence() -> None:
    kind: TypeAdapter[str] = TypeAdapter(Kind)
    keys = {document.key for code in lke_instrument().questions for document in usual_documents(code)}
    assert {kind.validate_python(key) for key in keys} == keys


def test_missing_is_what_no_evidence_of_its_kind_stands_for() -> None:
    every = [document.key for document in usual_documents(ITEM)]
    assert [one.key for one in missing_documents(ITEM, ())] == every
    assert [one.key for one in missing_documents(ITEM, {every[0], "rujukan"})] == every[1:]
    assert missing_documents(ITEM, every) == ()


def test_a_code_that_is_no_item_has_no_documents() -> None:
    with pytest.raises(KeyError, match=r"A\.I\.1"):
        usual_documents("A.I.1")


def test_one_document_serves_several_items_under_one_key() -> None:
    agents = {"A.I.1.iv.b", "A.II.1.i.a"}
    assert all("sk_agen_perubahan" in [document.key for document in usual_documents(code)] for code in agents)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda d: d["items"].pop(ITEM), r"items without a usual document: A\.I\.1\.i\.a"),
        (lambda d: d["items"].update({ITEM: []}), r"items without a usual document: A\.I\.1\.i\.a"),
        (lambda d: d["items"].update({"A.I.9.i.a": ["sk_tim_zi"]}), r"A\.I\.9\.i\.a: no such item"),
        (lambda d: d["items"][ITEM].append("sk_tim_zi"), "one stands there twice"),
        (lambda d: d["items"][ITEM].append("sk_lain"), "sk_lain is not described"),
        (lambda d: d["documents"]["sk_tim_zi"].update(text=" "), "document sk_tim_zi: the text"),
        (lambda d: d["documents"]["sk_tim_zi"].update(text="SK\ntim"), "document sk_tim_zi: the text"),
        (
            lambda d: d["documents"]["sk_tim_zi"].update(text=d["documents"]["sk_upg"]["text"]),
            "two documents have one text",
        ),
        (lambda d: d["documents"]["sk_tim_zi"].update(source="katanya"), "document sk_tim_zi: no source"),
        (lambda d: d["documents"].update({"SK": {"text": "SK", "source": "R-030"}}), "no kind of evidence"),
        (
            lambda d: d["documents"].update({"sk_lain": {"text": "SK lain", "source": "R-030"}}),
            "documents of no item: sk_lain",
        ),
    ],
)
def test_a_list_that_contradicts_itself_is_not_loaded(data: Any, fault: Any, said: str) -> None:
    fault(data)
    with pytest.raises(InvalidInstrumentError, match=said):
        load_documents(data)
