"""Forms that create something: sent twice, by a double click or from behind Back, they do it once.

    class FindingForm(OnceBody): ...                 its model
    {{ part.once(form) }}                            within the form
    await do_once(request, caller, form, work)       where else `db.run(work)` would stand
    told = await told_once(request, caller, form, work, reply)    where what it made is shown
    if await was_done(request, caller, form, fingerprint): ...    where the page is gone once it was done

The hidden key is used as an Idempotency-Key is (`shared.http.api.command`): the second sending waits for the
first, changes nothing, and gets the reply of one that was done. A refusal leaves the key unused.
"""

from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, Field

from shared.db.database import InTransaction
from shared.http.api.command import Command, KeyReusedError, Reply
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
    fingerprint = fingerprint or fingerprint_of(form)
    await _run(request, caller, form, work, lambda _: None, fingerprint)


async def told_once(
    request: Request,
    caller: Principal,
    form: Form[M],
    work: InTransaction[Any],
    reply: Reply,
    *,
    fingerprint: bytes | None = None,
) -> Any:
    """Do what a form asks as `do_once`, and return the JSON that `reply` makes of it, each time the same.

    It is kept sealed with the form's key, so that only whoever has the very form reads it again.
    """
    fingerprint = fingerprint or fingerprint_of(form)
    return orjson.loads((await _run(request, caller, form, work, reply, fingerprint)).body)


async def was_done(request: Request, caller: Principal, form: Form[Any], fingerprint: bytes) -> bool:
    """Tell whether this very form was done before; one of another text was not, and `do_once` refuses it.

    For what its own doing takes out of the caller's sight: they are to hear that it was done.
    """
    db = state_of(request.app).db
    command = Command(request, db, caller, form.values.get("key") or None)
    try:
        return await db.read(lambda session: command.first(session, fingerprint=fingerprint)) is not None
    except KeyReusedError:
        return False


def fingerprint_of(form: Form[Any]) -> bytes | None:
    """Return what makes two sendings of a form the same; None for one that is not filled in well."""
    return None if form.data is None else form.data.model_dump_json(exclude={"key"}).encode()


async def _run(
    request: Request,
    caller: Principal,
    form: Form[Any],
    work: InTransaction[Any],
    reply: Reply,
    fingerprint: bytes | None,
) -> Response:
    command = Command(request, state_of(request.app).db, caller, form.values.get("key") or None)
    try:
        return await command.run(work, reply=reply, fingerprint=fingerprint)
    except KeyReusedError as reused:
        form.values = {name: value for name, value in form.values.items() if name != "key"}
        told = "Formulir ini sudah pernah terkirim dengan isi lain. Bila isian ini baru, kirim sekali lagi."
        raise KeyReusedError(told) from reused
