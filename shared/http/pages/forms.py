"""Forms of pages: what was typed, what is wrong with it, and the model when nothing is.

form = await read_form(request, ComplaintForm)
if form.data is None:
    return PAGES.page(request, "intake.html", form=form, status=422)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from shared.http.crosssite import TOKEN_FIELD
from shared.http.problem import sentence
from shared.kernel import DomainError

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Form(Generic[M]):
    """A form as filled in: `values` by field name, `errors` by field name, `message` for the whole."""

    values: Mapping[str, Any] = field(default_factory=dict)
    data: M | None = None
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of the use case: at its `field`, when its details name one."""
        name = error.details.get("field")
        if isinstance(name, str):
            self.errors[name] = error.message
        else:
            self.message = error.message


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
    try:
        return Form(values, model.model_validate(values))
    except ValidationError as error:
        errors: dict[str, str] = {}
        for item in error.errors():
            errors.setdefault(".".join(map(str, item["loc"][:1])) or "", sentence(item))
        message = errors.pop("", "")
        return Form(values, None, errors, message)


def _is_list(model: type[BaseModel], name: str) -> bool:
    info = model.model_fields.get(name)
    return info is not None and "list" in str(info.annotation)
