"""Forms of pages: what was typed, what is wrong with it, and the model when nothing is.

form = await read_form(request, ComplaintForm)
if form.data is None:
    return PAGES.page(request, "intake.html", form=form, status=422)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from shared.http.crosssite import TOKEN_FIELD
from shared.http.problem import sentence
from shared.kernel import DomainError, StaleVersionError

M = TypeVar("M", bound=BaseModel)
AS_NAMED: Mapping[str, str] = MappingProxyType({})
"""Where a form names its fields as refusals do."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
STALE = (
    "Data sudah diubah orang lain sejak halaman ini Anda buka. Isian Anda masih ada; bandingkan dengan yang "
    "tercatat sekarang, lalu kirim sekali lagi bila masih perlu."
)
"""Above a form whose thing was changed meanwhile: sent once more, it is meant for what is there now."""


def message_of(entry: Mapping[str, Any]) -> str:
    """Return what one entry of a refusal says."""
    return str(entry["message"])


@dataclass(slots=True)
class Form(Generic[M]):
    """A form as filled in: `values` by field name, `errors` by field name, `message` for the whole.

    `fields` are the names at which a refusal may stand. `present` is what somebody else wrote meanwhile, by
    the fields that hold something else.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    data: M | None = None
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""
    fields: frozenset[str] = frozenset()
    present: Mapping[str, Any] = field(default_factory=dict)

    def refuse(
        self,
        error: DomainError,
        at: Mapping[str, str] = AS_NAMED,
        say: Callable[[Mapping[str, Any]], str] = message_of,
        *,
        present: Mapping[str, Any] = NOTHING,
    ) -> None:
        """Show a refusal of the use case at the fields that it names, and above the form what has no field.

        `at` gives this form's field for a code of the refusal, for what it names otherwise, or for the
        entries of a list that it names (`units.*`); `say` words an entry. Where somebody changed the thing
        meanwhile, `present` is what its fields hold now, and the form takes the version that its page shows.
        """
        if isinstance(error, StaleVersionError):
            self._compare(error, present)
            return
        whole = {"field": error.details.get("field"), "code": error.code, "message": error.message}
        entries = error.details.get("errors") or (whole,)
        placed: dict[str | None, dict[str, None]] = {}
        for entry in entries:
            placed.setdefault(self._field_of(entry, at), {})[say(entry)] = None
        above = placed.pop(None, {})
        if above:
            # Beside what stands at fields the sentence alone would not say which part has none.
            untold = [said for said in above if placed and said not in error.message]
            self.message = " ".join((error.message, *untold))
        self.errors |= {str(name): " ".join(said) for name, said in placed.items()}

    def _compare(self, stale: StaleVersionError, present: Mapping[str, Any]) -> None:
        self.message = STALE if stale.message == StaleVersionError().message else stale.message
        self.values = {name: value for name, value in self.values.items() if name != "version"}
        self.present = {
            name: now for name, now in present.items() if _shown(now) != _shown(self.values.get(name))
        }

    def _field_of(self, entry: Mapping[str, Any], at: Mapping[str, str]) -> str | None:
        named = str(entry.get("field"))
        meant = at.get(str(entry.get("code"))) or at.get(named) or at.get(f"{named.partition('.')[0]}.*")
        return meant or (named if named in self.fields else None)


def _shown(value: Any) -> str:
    """Return a value as a field sends it: nothing and no alike, and lines however a browser ends them."""
    if value in (None, False):
        return ""
    return str(value).lower() if value is True else str(value).replace("\r\n", "\n")


async def read_form(request: Request, model: type[M]) -> Form[M]:
    """Read a form into a model; nothing typed is lost. An empty field counts as not given.

    Fields that are lists in the model may be sent several times. Uploads are left to the route.
    """
    sent = await request.form()
    values: dict[str, Any] = {}
    for name in sent:
        given = [value.strip() for value in sent.getlist(name) if not isinstance(value, UploadFile)]
        if name == TOKEN_FIELD or not any(given):
            continue
        values[name] = given if _is_list(model, name) else given[0]
    return filled_in(values, model)


def filled_in(values: Mapping[str, Any], model: type[M]) -> Form[M]:
    """Return a form with these values: its model, or what is wrong with each field."""
    fields = frozenset(model.model_fields)
    try:
        return Form(values, model.model_validate(values), fields=fields)
    except ValidationError as error:
        errors: dict[str, str] = {}
        for item in error.errors():
            errors.setdefault(".".join(map(str, item["loc"][:1])) or "", sentence(item))
        message = errors.pop("", "")
        return Form(values, None, errors, message, fields)


def _is_list(model: type[BaseModel], name: str) -> bool:
    info = model.model_fields.get(name)
    return info is not None and "list" in str(info.annotation)
