"""What the journal keeps of an answer comes back as it was told, in every form that ever was written."""

from typing import Any

import orjson
import pytest

from services.scoring.domain.answers import is_same, pack, unpack
from shared.instruments.lke import Answer
from tests.support.scoring import answered, received

ITEM = "A.I.1.i.a"
FORMS: list[dict[str, Any]] = [
    {},
    {"writer_id": "5c0ffee5c0ffee00"},
    {"origin": "import", "cell": "K6"},
    {"origin": "import", "cell": "K6", "writer_id": "5c0ffee5c0ffee00"},
    {"evidence_ids": ["e-1"], "writer_id": "5c0ffee5c0ffee00"},
]


def kept(extra: dict[str, Any], answer: Answer | str | None = "Ya") -> Any:
    return orjson.loads(orjson.dumps(pack(received(answered("u", 7, ITEM, answer, **extra)))))


@pytest.mark.parametrize("extra", FORMS)
def test_a_packed_answer_is_unpacked_as_it_was_told(extra: dict[str, Any]) -> None:
    told = answered("u", 7, ITEM, "Ya", **extra)
    found = unpack(kept(extra)).fact
    for name in ("version", "layer", "item_code", "letter", "index", "inputs", "origin", "cell", "writer_id"):
        assert getattr(found, name) == getattr(told, name)
    assert list(found.evidence_ids) == told.evidence_ids


def test_what_was_packed_before_writers_were_told_has_none() -> None:
    assert [len(kept(extra)) for extra in FORMS] == [6, 7, 11, 12, 12]
    assert unpack(kept({})).fact.writer_id is None
    assert unpack(kept({"origin": "import", "cell": "K6"})).fact.writer_id is None


def test_an_answer_kept_without_its_writer_is_no_other_one() -> None:
    named, full = FORMS[1], FORMS[3]
    assert is_same(kept({}), kept(named))
    assert is_same(kept(FORMS[2]), kept(full))
    assert not is_same(kept(named), kept(full))
    assert not is_same(kept(named), kept(named, "Tidak"))
