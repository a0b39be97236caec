"""What a refused form held and the page that answers does not: it is shown below, so that nothing is lost.

A page gives back what was typed in the fields of its own form. It cannot where that form is not there any
more, or not those fields: the worksheet was closed meanwhile, the finding answered, the award revoked. Then
the whole form stands below the page, to be sent again, or beside the page's own form what that has no field
for, to be copied. No page has to think of it: `Pages.page` looks at each refusal.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from shared.http.typed import Typed

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CHOICES = frozenset({"radio", "checkbox"})


class Field(NamedTuple):
    """A field to be sent again; `label` is "" for one that no person reads."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the page has no field for; `is_whole` when its form is not there, so that this is all of it."""

    fields: tuple[Field, ...]
    is_whole: bool


def fields_of(typed: Typed, label_of: Callable[[str], str]) -> tuple[Field, ...]:
    """Return what was typed with its labels; an id that was chosen is sent again, but not shown."""
    return tuple(
        Field(name, "" if _ID.fullmatch(value) else label_of(name), value) for name, value in typed.fields
    )


def kept_beside(page: str, path: str, typed: Typed, label_of: Callable[[str], str]) -> Kept | None:
    """Return what of a form that was sent to `path` the page gives nobody back; None when nothing is lost.

    Of several forms of the page that send there, the one that holds most of it is meant. What the page's form
    offers as a choice is none of it: it can be chosen again, and an option that is gone cannot be sent.
    """
    fields = fields_of(typed, label_of)
    told = [one for one in fields if one.label and one.value.strip()]
    if not told:
        return None
    reader = _Forms(path)
    reader.feed(page)
    if not reader.forms:
        return Kept(fields, is_whole=True)
    lost = min(([one for one in told if not form.holds(one)] for form in reader.forms), key=len)
    return Kept(tuple(lost), is_whole=False) if lost else None


@dataclass(slots=True)
class _Form:
    """A form as a browser would send it, and the names that it offers to choose."""

    values: dict[str, list[str]] = field(default_factory=dict)
    choices: set[str] = field(default_factory=set)

    def put(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)

    def holds(self, one: Field) -> bool:
        return one.name in self.choices or any(
            value.split() == one.value.split() for value in self.values.get(one.name, ())
        )


class _Forms(HTMLParser):
    """Collects the forms of a page that send to one path."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._path = path
        self._form: _Form | None = None
        self._text: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_meant = has.get("method") == "post" and unquote(urlsplit(has["action"]).path) == self._path
            self._form = _Form() if is_meant else None
            if self._form is not None:
                self.forms.append(self._form)
        form, name = self._form, has.get("name", "")
        if form is None or not name:
            return
        if tag == "select" or has.get("type") in _CHOICES:
            form.choices.add(name)
        elif tag == "input":
            form.put(name, has.get("value", ""))
        elif tag == "textarea":
            self._text = (name, [])

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None and self._form is not None:
            name, parts = self._text
            self._form.put(name, "".join(parts))
            self._text = None
        elif tag == "form":
            self._form = None
