"""What a service says in its notices: sentences, rhythms and the frame of a mail, as its own data.

    CATALOGUE = Catalogue.load(Path(__file__).parent / "texts")

The folder holds `notices.json`, `mail.txt` and, if mails are to have an HTML part, `mail.html`. The sentences
are Jinja2 over what the service put into the notice; the frames get `subject` and `items` (each with
`happened`, `todo`, `link`). The HTML frame escapes everything.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined, Template, TemplateError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.kernel import printable
from shared.notices.rhythm import Rhythm

LONGEST_SUBJECT = 150
"""Characters; more is cut, for no list of mails shows them."""
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~%/?&=#-]*")

Data = Mapping[str, Any]
Line = Annotated[str, Field(min_length=1, max_length=500)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class CatalogueError(ValueError):
    """The texts of a service are not sound; names file and field."""


class UnrenderableError(Exception):
    """A notice does not fit its template, or there is no such template here; names the template alone."""


class _Rhythm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    gather_minutes: int = Field(default=0, ge=0, le=7 * 24 * 60)
    weekday: int | None = Field(default=None, ge=1, le=7)
    hour: time = time()
    quiet: tuple[time, time] | None = None
    refused_tries: int = Field(default=1, ge=1, le=10)

    @model_validator(mode="after")
    def _leaves_at_times(self) -> "_Rhythm":
        if self.quiet is not None and self.quiet[0] == self.quiet[1]:
            raise ValueError("quiet hours that begin when they end would never end")
        if self.weekday is None and self.hour != time():
            raise ValueError("an hour needs a weekday")
        return self


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rhythm: Name
    subject: Line
    happened: Line
    todo: Line
    path: Line


class _Texts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: Annotated[str, Field(min_length=1, max_length=60)]
    digest_subject: Line
    rhythms: dict[Name, _Rhythm] = Field(min_length=1)
    templates: dict[Name, _Text] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_rhythms(self) -> "_Texts":
        for name, text in self.templates.items():
            if text.rhythm not in self.rhythms:
                raise ValueError(f"templates.{name}.rhythm is none of {', '.join(sorted(self.rhythms))}")
        return self


class Item(NamedTuple):
    """One notice in a mail: what happened, what to do until when, and where."""

    happened: str
    todo: str
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words; `html` is None where the service has no such frame. `items` are what it tells."""

    subject: str
    text: str
    html: str | None
    items: Sequence[Item] = ()


class _Sentences(NamedTuple):
    subject: Template
    happened: Template
    todo: Template
    path: Template


class Catalogue:
    """Texts and rhythms of one service, checked when they are loaded."""

    def __init__(self, texts: _Texts, *, text: str, html: str | None) -> None:
        self.sender = printable(texts.sender)
        self.rhythms: Mapping[str, Rhythm] = {
            name: Rhythm(
                name,
                timedelta(minutes=one.gather_minutes),
                one.weekday,
                one.hour,
                one.quiet,
                one.refused_tries,
            )
            for name, one in texts.rhythms.items()
        }
        self._rhythm_of = {name: one.rhythm for name, one in texts.templates.items()}
        plain = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - text
        plain.filters["segment"] = _segment
        self._digest_subject = plain.from_string(texts.digest_subject)
        self._sentences = {
            name: _Sentences(*(plain.from_string(getattr(one, field)) for field in _Sentences._fields))
            for name, one in texts.templates.items()
        }
        escaping = Environment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True
        )
        self._text = plain.from_string(text)
        self._html = None if html is None else escaping.from_string(html)

    @classmethod
    def load(cls, folder: Path) -> "Catalogue":
        """Read a folder; raises `CatalogueError`."""
        place = folder / "notices.json"
        try:
            texts = _Texts.model_validate_json(place.read_bytes())
            html = folder / "mail.html"
            return cls(
                texts,
                text=(folder / "mail.txt").read_text(),
                html=html.read_text() if html.exists() else None,
            )
        except ValidationError as error:
            told = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors()
            )
            raise CatalogueError(f"{place.name}: {told}") from error
        except TemplateError as error:
            raise CatalogueError(f"{place.parent.name}: {error}") from error

    @property
    def templates(self) -> Sequence[str]:
        """Names of the templates."""
        return list(self._sentences)

    def rhythm_of(self, template: str) -> Rhythm:
        """Return the rhythm of a template; `KeyError` for one that there is not."""
        return self.rhythms[self._rhythm_of[template]]

    def letter(self, notices: Sequence[tuple[str, Data]], *, base_url: str) -> Letter:
        """Return the words of a mail that tells these notices (template and data), at least one.

        Their links lead below `base_url` and nowhere else. Raises `UnrenderableError`.
        """
        base = base_url.rstrip("/")
        told = [self._item(template, data, base) for template, data in notices]
        subjects, items = zip(*told, strict=True)
        subject = subjects[0]
        if len(items) > 1:
            subject = _one_line(self._digest_subject.render(count=len(items)))
        given = {"subject": subject, "items": items}
        html = None if self._html is None else self._html.render(given)
        return Letter(subject[:LONGEST_SUBJECT], self._text.render(given), html, items)

    def _item(self, template: str, data: Data, base: str) -> tuple[str, Item]:
        sentences = self._sentences.get(template)
        if sentences is None:
            raise UnrenderableError(template)
        try:
            subject, happened, todo, path = (_one_line(one.render(data)) for one in sentences)
        except (TemplateError, TypeError, ValueError) as error:
            raise UnrenderableError(template) from error
        if not _PATH.fullmatch(path) or ".." in path.split("/"):
            raise UnrenderableError(template)
        return subject, Item(happened, todo, base + path)


def _one_line(text: str) -> str:
    """Return a sentence without line breaks and what else no header may hold."""
    return printable(" ".join(text.split()))


def _segment(value: object) -> str:
    """Quote a value so that it stays one part of a path."""
    return quote(str(value), safe="")
