"""Forms that create something: sent twice, by a double click or from behind Back, they do it once.

    class FindingForm(OnceBody): ...                 its model
    {{ part.once(form) }}                            within the form
    await do_once(request, caller, form, work)       where else `db.run(work)` would stand

The hidden key is used as an Idempotency-Key is (`shared.http.api.command`): the second sending waits for the
first, changes nothing, and gets the reply of one that was done. A refusal leaves the key unused.
"""

from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, Field

from shared.db.database import InTransaction
from shared.http.api.command import Command, KeyReusedError
from shared.http.fields import Body
from shared.http.pages.forms import Form
from shared.http.state import state_of
from shared.security import Principal

KEY_PATTERN = r"^([A-Za-z0-9_-]{20,100})?$"

M = TypeVar("M", bound=BaseModel)


class OnceBody(Body):
    """A form with a key of its own; without one every sending counts."""

    key: Annotated[str, Field(pattern=KEY_PATTERN)] = ""


async def do_once(
    request: Request,
    caller: Principal,
    form: Form[M],
    work: InTransaction[Any],
    *,
    fingerprint: bytes | None = None,
) -> None:
    """Do what a form asks in one transaction, or nothing where its very form was sent and done before.

    `fingerprint` stands for what was sent where the model does not hold all of it.
    Raises `KeyReusedError` for another text in a form that was done; the form then gets a new key.
    """
    if fingerprint is None and form.data is not None:
        fingerprint = form.data.model_dump_json(exclude={"key"}).encode()
    command = Command(request, state_of(request.app).db, caller, form.values.get("key") or None)
    try:
        await command.run(work, reply=lambda _: None, fingerprint=fingerprint)
    except KeyReusedError as reused:
        form.values = {name: value for name, value in form.values.items() if name != "key"}
        told = "Formulir ini sudah pernah terkirim dengan isi lain. Bila isian ini baru, kirim sekali lagi."
        raise KeyReusedError(told) from reused
