"""No contract has room for a person: neither by a field's name nor by a text that could hold anything."""

from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BaseModel, Field, create_model

from shared.contracts.base import Code, EventData, Id
from tests.contracts.personal_data import ALLOWED, findings
from tests.contracts.registry import CONTRACTS


class Seeded(EventData):
    """A contract to be spoiled."""

    event_type: ClassVar[str] = "id.zi.test.thing.happened.v1"
    topic: ClassVar[str] = "zi.test.thing.v1"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_has_no_room_for_a_person(contract: type[EventData]) -> None:
    assert findings(contract) == []


class Entry(BaseModel):
    """An entry of a list, with room for a person."""

    nik: Code


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("entries", list[Entry]),
        ("reporter_id", Id),
        ("contact_phone", Code),
        ("nik", Code),
        ("file_name", Code),
        ("note", Code),
        ("name", Code),
        ("outcome", str),
        ("outcome", str | None),
        ("outcome", Annotated[str, Field(max_length=60)]),
        ("outcome", Annotated[str, Field(pattern=r"^[A-Za-z ]+$")]),
        ("flags", list[str]),
        ("inputs", dict[str, int]),
        ("inputs", dict[Code, str]),
        ("score", float),
        ("extra", Any),
    ],
)
def test_a_seeded_field_is_found(field: str, kind: Any) -> None:
    fields: dict[str, Any] = {field: (kind, ...)}
    spoiled = create_model("Spoiled", __base__=Seeded, **fields)
    assert len(findings(spoiled)) >= 1
    assert all(field in finding for finding in findings(spoiled))


@pytest.mark.parametrize("kind", [Id, Code, Code | None, list[Id], int, bool])
def test_ids_codes_and_numbers_pass(kind: Any) -> None:
    assert findings(create_model("Plain", __base__=Seeded, thing=(kind, ...))) == []


def test_every_exception_is_used_and_says_why() -> None:
    for field, (prefix, reason) in ALLOWED.items():
        users = [c for c in CONTRACTS if c.event_type.startswith(prefix) and field in c.model_fields]
        assert users, field
        assert len(reason) > 20, field
