"""The form of preconditions: one row each, of which only those that were changed are told.

A row carries what its page had shown, so that what somebody else told meanwhile is no change of ours.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import UploadFile

from services.planning.nomination.domain.rules import NO, YES, Precondition, Subject, rules_for
from services.planning.nomination.schemas import FactIn
from services.planning.nomination.usecases.preconditions import (
    Preconditions,
    PreconditionsRefusedError,
    Row,
    SentWord,
)
from services.planning.pages.nomination.words import STATES
from shared.http.fields import Digits
from shared.http.once import KEY_PATTERN
from shared.http.problem import sentence
from shared.indonesian import moment
from shared.kernel import Zone

_VERSION = TypeAdapter[int](Digits)


@dataclass(slots=True)
class TellForm:
    """A form as filled in: `typed` by code for rows that were changed, `words` what they tell.

    `values` holds the key that lets the form be done once.
    """

    version: int = 0
    values: dict[str, str] = field(default_factory=dict)
    typed: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    words: list[SentWord] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""

    def fingerprint(self) -> bytes:
        """Return what tells this form from another with the same key."""
        told = [(word.code, word.value, [str(id_) for id_ in word.document_ids]) for word in self.words]
        return json.dumps([self.version, told]).encode()

    def refuse_rows(self, refused: PreconditionsRefusedError) -> None:
        """Show each fault at the field of its row."""
        for entry in refused.details["errors"]:
            _, place, part = entry["field"].split(".")
            name = "proof" if part == "document_ids" else "value"
            self.errors[f"{name}-{self.words[int(place)].code}"] = entry["message"]


@dataclass(frozen=True, slots=True)
class RowView:
    """A precondition as its row shows it: what is asked, what stands, and what the fields hold."""

    code: str
    title: str
    required: Sequence[tuple[str, str]]
    marks: Sequence[tuple[str, tuple[str, str]]]
    value: str
    choices: Sequence[tuple[str, str]]
    hint: str
    proofs: Sequence[UUID]
    picked: Sequence[str]
    shown: str
    told: str

    def offered(
        self, papers: Mapping[UUID, str], newest: Sequence[tuple[UUID, str]]
    ) -> list[tuple[UUID, str]]:
        """Return what may be chosen as its proof: what is linked or was picked first, then the newest."""
        own = {id_: words for id_, words in papers.items() if id_ in self.proofs or str(id_) in self.picked}
        return list((own | dict(newest)).items())


async def read_tell_form(request: Request, subject: Subject, year: int) -> TellForm:
    """Read the rows that differ from what the page had shown."""
    sent = await request.form()
    form = TellForm()
    if re.fullmatch(KEY_PATTERN, key := _text(sent.get("key"))):
        form.values["key"] = key
    try:
        form.version = _VERSION.validate_python(_text(sent.get("version")))
    except ValidationError:
        form.message = "Formulir ini tidak utuh. Muat ulang halaman lalu kirim lagi."
    for asked in rules_for(year).of(subject):
        if f"shown-{asked.code}" not in sent or f"value-{asked.code}" not in sent:
            continue
        value = _text(sent.get(f"value-{asked.code}"))
        proofs = tuple(text for one in sent.getlist(f"proof-{asked.code}") if (text := _text(one)))
        if _shown(value, proofs) == _text(sent.get(f"shown-{asked.code}")):
            continue
        form.typed[asked.code] = value, proofs
        try:
            fact = FactIn(code=asked.code, value=value or None, document_ids=proofs)
        except ValidationError as error:
            for item in error.errors():
                name = "value" if item["loc"][:1] == ("value",) else "proof"
                form.errors[f"{name}-{asked.code}"] = sentence(dict(item))
            continue
        form.words.append(fact.sent())
    return form


def views_of(found: Preconditions, form: TellForm, reader: str, zone: Zone) -> list[RowView]:
    """Return the rows: typed where somebody changed them, else as they stand."""
    asked = rules_for(found.year).preconditions
    return [_view(row, asked[row.code], form.typed.get(row.code), reader, zone) for row in found.rows]


def told_words(asked: Precondition, value: str | None) -> str:
    """Return what was told as people write it, "" for nothing."""
    return (value or "") if asked.most is None else (value or "").replace(".", ",")


def _view(
    row: Row, asked: Precondition, typed: tuple[str, tuple[str, ...]] | None, reader: str, zone: Zone
) -> RowView:
    stands = told_words(asked, row.value), tuple(map(str, row.document_ids))
    value, picked = stands if typed is None else typed
    options = asked.scale or ((YES, NO) if asked.most is None else ())
    told = ""
    if row.told_at is not None:
        who = "Anda" if row.told_by == reader else f"akun {row.told_by}"
        told = f"oleh {who}, {moment(row.told_at, zone)}"
    return RowView(
        code=row.code,
        title=row.title,
        required=[(predicate, asked.words_of(predicate)) for predicate in row.required],
        marks=[(predicate, STATES[state]) for predicate, state in row.states.items()],
        value=value,
        choices=[(one, one) for one in options],
        hint="" if options else f"Angka 0 sampai {asked.most}; desimal dengan koma atau titik.",
        proofs=row.document_ids,
        picked=picked,
        shown=_shown(*stands),
        told=told,
    )


def _shown(value: str, proofs: Sequence[str]) -> str:
    return "|".join((value, *sorted(proofs)))


def _text(sent: UploadFile | str | None) -> str:
    return sent.strip() if isinstance(sent, str) else ""
