"""Commands: one transaction, and one answer per Idempotency-Key.

    @router.post("/units", operation_id="create_unit", status_code=201, response_model=UnitOut)
    async def create_unit(body: UnitIn, cmd: Commands) -> Response:
        work = lambda session: usecases.create_unit(session, cmd.actor, body)
        return await cmd.run(work, status=201, reply=UnitOut)

The key's row, the use case's changes and the answer are one transaction. A repeated key gets the first
answer, also when the first caller never heard it. The stored answer is sealed with a key made of the
Idempotency-Key, so that only its sender reads it: it may hold an invitation token or a name. What may not
even be stored so is made anew for each answer (`unstored`).

A key belongs to its caller and lives 72 hours: the same text from another caller, or later, is another
command. So nothing may be derived from a key alone.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar, cast

import orjson
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from shared.db import Database
from shared.db.database import InTransaction, repeated
from shared.db.hot import Hot
from shared.http.authorization import current_principal
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import Principal
from shared.security.sealing import derive_key, seal, token_hash, unseal

KEEP_HOURS = 72
MIN_KEY = 16
MAX_KEY = 200

T = TypeVar("T")
Reply = type[BaseModel] | Callable[[Any], BaseModel | Mapping[str, Any] | None] | None
Unstored = Callable[[Mapping[str, Any]], Mapping[str, Any]] | None
"""Gives, from an answer's stored body, the members that are shown each time and kept nowhere."""

_CLAIM = Hot(f"""
    INSERT INTO idempotency (principal, key_hash, operation, request_hash)
    VALUES (:principal, :key_hash, :operation, :request_hash)
    ON CONFLICT (principal, key_hash) DO UPDATE
        SET operation = excluded.operation, request_hash = excluded.request_hash,
            status = NULL, answer = NULL, created_at = now()
        WHERE idempotency.created_at < now() - interval '{KEEP_HOURS} hours'
    RETURNING true
""")  # noqa: S608 - the only inserted text is our own number
_FIRST = Hot(f"""
    SELECT operation, request_hash, status, answer FROM idempotency
    WHERE principal = :principal AND key_hash = :key_hash
        AND created_at >= now() - interval '{KEEP_HOURS} hours'
""")  # noqa: S608 - as above
_KEEP = Hot("""
    UPDATE idempotency SET status = :status, answer = :answer
    WHERE principal = :principal AND key_hash = :key_hash
""")


class KeyInvalidError(DomainError):
    """The Idempotency-Key is too short, too long or not printable ASCII (400)."""

    code: ClassVar[str] = "idempotency_key_invalid"


class KeyReusedError(DomainError):
    """The key was used for another request (422)."""

    code: ClassVar[str] = "idempotency_key_reused"


class Command:
    """One state-changing request: `actor` calls, `run` does it once."""

    def __init__(
        self, request: Request, db: Database, actor: Principal, key: str | None, *, caller: str | None = None
    ) -> None:
        self.actor = actor
        self.key = key
        self._request = request
        self._db = db
        self._caller = actor.subject if caller is None else caller

    def of(self, caller: str) -> "Command":
        """Return this command as that of a caller whom the log-in does not know, e.g. who holds a receipt."""
        return Command(self._request, self._db, self.actor, self.key, caller=caller)

    async def first(
        self, session: AsyncSession, *, fingerprint: bytes | None = None, unstored: Unstored = None
    ) -> Response | None:
        """Return the answer that this key has had already, None when it is new or there is no key.

        For what must not be done or counted again before `run`. Raises `KeyReusedError`.
        """
        if self.key is None:
            return None
        once = _Once(self._caller, self.key, self._operation)
        first = await once.read(session, await self._request_hash(fingerprint))
        return None if first is None else first.response(unstored, is_replay=True)

    async def run(
        self,
        work: InTransaction[T],
        *,
        status: int = 200,
        reply: Reply = None,
        location: Callable[[T], str] | None = None,
        fingerprint: bytes | None = None,
        unstored: Unstored = None,
    ) -> Response:
        """Run `work` in one transaction and return its answer as JSON, with an ETag when it has a `version`.

        `reply` makes the body of the result: a model class, read from the result's attributes, or a function;
        without it the result is the body itself, and None means an empty 204. `work` may run again after a
        deadlock or a migration, so it changes nothing but the database; `DatabaseAwayError` when that never
        ends.
        `fingerprint` stands for the body in the comparison of repeated requests; give it for uploads, whose
        body is gone when it has been read. `unstored` adds what no table may hold, the same each time.
        """
        return await repeated(lambda: self._once(work, status, reply, location, fingerprint, unstored))

    async def _once(
        self,
        work: InTransaction[T],
        status: int,
        reply: Reply,
        location: Callable[[T], str] | None,
        fingerprint: bytes | None,
        unstored: Unstored,
    ) -> Response:
        once = None if self.key is None else _Once(self._caller, self.key, self._operation)
        request_hash = b"" if once is None else await self._request_hash(fingerprint)
        async with self._db.transaction() as session:
            if once is not None and (first := await once.claim(session, request_hash)) is not None:
                return first.response(unstored, is_replay=True)
            result = await work(session)
            body = _body(result, reply)
            headers = {} if location is None else {"Location": location(result)}
            if body is not None and isinstance(version := body.get("version"), int):
                headers["ETag"] = f'"{version}"'
            answer = _Answer(204 if body is None else status, headers, body)
            if once is not None:
                await once.keep(session, answer)
        return answer.response(unstored)

    @property
    def _operation(self) -> str:
        return str(self._request.scope["route"].operation_id)

    async def _request_hash(self, fingerprint: bytes | None) -> bytes:
        """Return a hash over what makes two requests the same: target, expected version and body."""
        request = self._request
        digest = hashlib.sha256()
        for part in (request.method, request.scope["path"], request.headers.get("if-match", "")):
            digest.update(part.encode() + b"\0")
        digest.update(request.scope["query_string"] + b"\0")
        if fingerprint is not None:
            digest.update(fingerprint)
        elif request.headers.get("content-type", "").startswith(_FORM_TYPES):
            for name, value in (await request.form()).multi_items():
                shown = f"{value.filename}:{value.size}" if isinstance(value, UploadFile) else value
                digest.update(f"{name}={shown}".encode() + b"\0")
        else:
            digest.update(await request.body())
        return digest.digest()


_FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")


class _Answer:
    """What is said about a command, the first time and every time after."""

    def __init__(self, status: int, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def response(self, unstored: Unstored = None, *, is_replay: bool = False) -> Response:
        headers = dict(self.headers) | ({"Idempotency-Replayed": "true"} if is_replay else {})
        if self.body is None:
            return Response(status_code=self.status, headers=headers)
        shown = {} if unstored is None else unstored(self.body)
        content = orjson.dumps({**shown, **self.body})
        return Response(content, self.status, headers=headers, media_type="application/json")


class _Once:
    """The row of one key of one caller."""

    def __init__(self, caller: str, key: str, operation: str) -> None:
        self._row = {"principal": caller, "key_hash": token_hash(f"idempotency:{key}")}
        self._operation = operation
        self._seal_key = derive_key(key, "idempotency-answer")

    async def claim(self, session: AsyncSession, request_hash: bytes) -> _Answer | None:
        """Take the key for this transaction and return None, or return the first answer.

        A second request with the same key waits here until the first has ended.
        """
        wanted = self._row | {"operation": self._operation, "request_hash": request_hash}
        if await _CLAIM.row(session, wanted) is not None:
            return None
        return await self.read(session, request_hash)

    async def read(self, session: AsyncSession, request_hash: bytes) -> _Answer | None:
        """Return the first answer, None while there is none; raises `KeyReusedError`."""
        first = await _FIRST.row(session, self._row)
        if first is None:
            return None
        if first["operation"] != self._operation or first["request_hash"] != request_hash:
            raise KeyReusedError("Idempotency-Key ini sudah dipakai untuk permintaan lain.")
        headers, body = orjson.loads(unseal(self._seal_key, first["answer"], self._operation))
        return _Answer(first["status"], headers, body)

    async def keep(self, session: AsyncSession, answer: _Answer) -> None:
        """Store the answer in the transaction that it tells about."""
        content = orjson.dumps([answer.headers, answer.body])
        sealed = seal(self._seal_key, content, self._operation)
        await _KEEP.rows(session, self._row | {"status": answer.status, "answer": sealed})


def _body(result: Any, reply: Reply) -> Mapping[str, Any] | None:
    if isinstance(reply, type):
        shaped: Any = cast("type[BaseModel]", reply).model_validate(result, from_attributes=True)
    else:
        shaped = result if reply is None else reply(result)
    if isinstance(shaped, BaseModel):
        return shaped.model_dump(mode="json")
    return None if shaped is None else dict(shaped)


async def command(
    request: Request,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="Own random text of 16-200 characters, same on a retry"),
    ] = None,
) -> Command:
    """Make the command of this request."""
    if key is not None and not (MIN_KEY <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise KeyInvalidError(f"Idempotency-Key harus {MIN_KEY} sampai {MAX_KEY} karakter ASCII.")
    return Command(request, state_of(request.app).db, await current_principal(request), key)


Commands = Annotated[Command, Depends(command)]
