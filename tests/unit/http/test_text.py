"""Free text is measured by what a reader sees."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.http.problem import sentence
from shared.http.text import BEARABLE, FreeText, visible_length

TEXT = TypeAdapter[str](Annotated[str, FreeText(5, 20)])


def refusal(text: str) -> tuple[str, str]:
    """Return code and sentence of the refusal of a text."""
    with pytest.raises(ValidationError) as raised:
        TEXT.validate_python(text)
    (item,) = raised.value.errors()
    return item["type"], sentence(item)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", 0),
        ("abc", 3),
        ("dua kata", 8),
        ("a\r\nb", 3),
        ("a\r\n\r\n  \t b", 3),
        (" a ", 1),
        ("e\u0301te\u0301", 3),
        ("\u0301\u0301\u0301", 0),
        ("a\u200b\u200d\u2060b", 2),
        ("\u202eabc\u202c", 3),
        ("so\u00adal", 4),
        ("\u00a0\u2003\u3000", 0),
        ("a\u00a0\u00a0\u00a0b", 3),
        ("\u3164\u115f\u2800", 0),
        ("\ue000\U000e0041\x7f\x85", 0),
        ("a \u200b b", 3),
        ("\U0001f44d\U0001f3fd", 2),
        ("\ua9b2\ua9a4\ua995\ua9ab", 4),
    ],
)
def test_a_text_is_as_long_as_what_is_seen_of_it(text: str, seen: int) -> None:
    assert visible_length(text) == seen


def test_a_short_text_is_refused_with_how_much_of_it_is_seen() -> None:
    assert refusal("ab\u200b\u200b\u200b\u200b") == (
        "string_too_short",
        "Minimal 5 karakter; yang terlihat baru 2.",
    )


def test_a_long_text_is_refused_with_how_much_of_it_is_seen() -> None:
    assert refusal("abc " * 6) == ("string_too_long", "Maksimal 20 karakter; yang terlihat 23.")


def test_signs_that_nobody_sees_take_no_room_from_those_that_are_seen() -> None:
    text = "\u00ad".join("a" * 20)
    assert TEXT.validate_python(text) == text


def test_text_that_hides_more_than_it_shows_is_refused() -> None:
    code, told = refusal("abcde" + "\u200b" * (BEARABLE * 20))
    assert code == "string_too_hidden"
    assert told == "Terlalu banyak karakter yang tidak terlihat; yang terlihat 5."


@pytest.mark.parametrize("sent", ["satu\r\ndua", "satu\rdua", "satu\ndua"])
def test_every_line_end_is_kept_as_one_sign(sent: str) -> None:
    assert TEXT.validate_python(f"  {sent}\r\n") == "satu\ndua"


def test_control_characters_are_refused_but_tab_and_line_ends() -> None:
    assert refusal("abc\x00def") == ("value_error", "Tidak boleh memuat karakter kendali.")
    assert TEXT.validate_python("abc\tdef") == "abc\tdef"


def test_the_bounds_stand_in_the_documents() -> None:
    assert TEXT.json_schema() == {"type": "string", "minLength": 5, "maxLength": 20}
