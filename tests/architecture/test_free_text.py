"""What people fill is counted in one way wherever they fill it: as a reader sees it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.http.fields import Body
from shared.http.text import FreeText
from tests.architecture.test_defined_once import ROOT

CODES = frozenset({
    "agency_type", "case", "channel", "cursor", "excluded_items", "index", "inputs", "key", "letter",
    "period", "policies", "privacy_notice", "receipt", "regime", "scores", "search", "told", "text_version",
    "token", "wait", "website",
})  # fmt: skip
"""Fields of text that nobody words: codes, keys, and what is looked for. All others have a pattern."""
HIDDEN = ("\u200b", "\u202e", "\u00ad", "\u2060", "\ufeff", "\u0301", "\u3164", "\u00a0", "\u3000")


def models() -> list[type[Body]]:
    """Return what callers send, over the API or by a form."""
    for path in (ROOT / "services").rglob("*.py"):
        if "migrations" not in path.parts and "class " in path.read_text() and path.stem != "__main__":
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    found: dict[type[Body], None] = {}
    waiting: list[type[Body]] = [Body]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            found[kind] = None
            waiting.append(kind)
    return [kind for kind in found if kind.__module__.startswith("services.")]


def texts(kind: Any, around: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield what is said of each `str` that a type is made of."""
    if get_origin(kind) is Annotated:
        inner, *said = get_args(kind)
        yield from texts(inner, (*around, *said))
    elif get_args(kind):
        is_inside = get_origin(kind) in (list, dict)
        for part in get_args(kind):
            yield from texts(part, () if is_inside else around)
    elif kind is str:
        yield around


FIELDS = [
    (f"{model.__module__}.{model.__name__}.{name}", name, said)
    for model in models()
    for name, info in model.model_fields.items()
    for said in texts(info.annotation, tuple(info.metadata))
]
WORDED = {
    place: (said, next(one for one in said if isinstance(one, FreeText)))
    for place, _, said in FIELDS
    if any(isinstance(one, FreeText) for one in said)
}


def takes(said: tuple[Any, ...], text: str) -> bool:
    try:
        TypeAdapter(Annotated[str, *said]).validate_python(text)
    except ValidationError:
        return False
    return True


def test_no_text_that_people_word_is_counted_in_another_way() -> None:
    assert len(WORDED) > 60
    loose = [
        place
        for place, name, said in FIELDS
        if place not in WORDED and name not in CODES and "pattern" not in repr(said)
    ]
    assert loose == []


@pytest.mark.parametrize("place", WORDED)
def test_signs_that_nobody_sees_fill_no_field(place: str) -> None:
    said, free = WORDED[place]
    if free.least:
        assert [sign for sign in HIDDEN if takes(said, sign * (free.least + 1))] == []


@pytest.mark.parametrize("place", [place for place, (said, _) in WORDED.items() if len(said) == 1])
def test_a_line_end_counts_once_in_every_field(place: str) -> None:
    said, free = WORDED[place]
    text = "x\r\n" * (free.most // 2)
    assert takes(said, text)
    assert TypeAdapter(Annotated[str, *said]).validate_python("a\r\nbcdefghijklmnopqrstuvw") == (
        "a\nbcdefghijklmnopqrstuvw"
    )
    assert not takes(said, text + "xy")


def test_the_words_of_people_are_bounded_in_one_place() -> None:
    """Who says `StringConstraints(min_length=...)` counts signs that nobody sees."""
    for path in (ROOT / "services").rglob("*.py"):
        for line in path.read_text().splitlines():
            assert "strip_whitespace" not in line, path
