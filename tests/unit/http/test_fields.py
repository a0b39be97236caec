from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from shared.http.fields import MAX_DEPTH, Body, Day, Digits, Flag, Moment, Whole, Year, YearText
from shared.http.text import FreeText
from tests.support import odd


class Inner(Body):
    text: Annotated[str, FreeText(0, 100)]


class Outer(Body):
    inner: list[Inner] = Field(default_factory=list)
    anything: Any = None
    counts: dict[str, Any] = Field(default_factory=dict)


def faults(sent: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate(sent)
    return [(".".join(map(str, item["loc"])), item["type"]) for item in refused.value.errors()]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"inner": [{"text": "a\0b"}]}, [("inner.0.text", "unstorable")]),
        ({"inner": [{"text": "\ud800"}, {"text": "\udfff"}]},
         [("inner.0.text", "unstorable"), ("inner.1.text", "unstorable")]),
        ({"anything": [{"x": float("nan")}]}, [("anything.0.x", "finite_number")]),
        ({"anything": -(10**30)}, [("anything", "number_too_large")]),
        ({"counts": {"\ud800": 1, "\0": 2}}, [("counts.\\ud800", "unstorable"), ("counts.\\x00",
        "unstorable")]),
        ({"anything": odd.nested("x", 5000)}, [(".".join(["anything"] + ["0"] * (MAX_DEPTH - 1)),
        "too_deep")]),
        ({"more\0": 1}, [("more\\x00", "unstorable")]),
    ],
)  # fmt: skip
def test_what_no_table_holds_is_refused_where_it_stands(sent: Any, found: list[tuple[str, str]]) -> None:
    assert faults(sent) == found


def test_what_every_language_writes_is_taken() -> None:
    text = "Loket 3 🏛 – क्षेत्र, 𝟙\tdan\nbaris baru"
    assert Outer.model_validate({"inner": [{"text": text}], "anything": 2**63 - 1}).inner[0].text == text


def takes(kind: Any, value: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("value", odd.refused("date-time"), ids=repr)
def test_a_moment_is_a_text_of_our_years_with_its_zone(value: Any) -> None:
    assert not takes(Moment, value)


@pytest.mark.parametrize(
    "value",
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04+07:00", "2026-01-02 03:04:05.123456-0800",
    "2000-01-01T00:00:00+07:00",
     "2099-12-31T23:59:59.999999+09:00"],
)  # fmt: skip
def test_moments_of_our_years_are_taken(value: str) -> None:
    assert takes(Moment, value)


@pytest.mark.parametrize("value", ["1999-12-31T23:59:59+07:00", "2100-01-01T00:00:00+09:00"])
def test_our_years_end_where_a_zone_of_ours_leaves_them(value: str) -> None:
    assert not takes(Moment, value)


@pytest.mark.parametrize("value", odd.refused("date"), ids=repr)
def test_a_day_is_a_text_of_our_years(value: Any) -> None:
    assert not takes(Day, value)


@pytest.mark.parametrize("kind", [Whole, Year])
@pytest.mark.parametrize("value", [True, 2026.0, "2026", "२०२६", None], ids=repr)
def test_a_whole_number_in_json_is_a_number(kind: Any, value: Any) -> None:
    assert not takes(kind, value)
    assert takes(kind, 2026)


@pytest.mark.parametrize("value", [1, 0, "true", "yes", None], ids=repr)
def test_a_flag_is_true_or_false(value: Any) -> None:
    assert not takes(Flag, value)
    assert takes(Flag, value=False)


@pytest.mark.parametrize("kind", [Digits, YearText])
@pytest.mark.parametrize(
    "value", ["२०२६", "２０２６", "20२6", "2_026", "+2026", "2026.0", " 2026", "2e3", "1" * 30]
)
def test_a_number_in_an_address_is_written_in_ascii_digits(kind: Any, value: str) -> None:
    assert not takes(kind, value)
    assert takes(kind, "2026")
