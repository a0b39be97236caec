"""Errors as RFC 9457 problem details, as an Indonesian page for a browser, or as a foreign API has them."""

import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.db import DatabaseAwayError
from shared.db.faults import DatabaseBusyError, StaleStatementError, StorageFullError
from shared.http.crosssite import TOKEN_FIELD, is_named_own, is_own_site, shown_token
from shared.http.paths import to_login
from shared.http.state import state_of
from shared.http.typed import Typed, typed_in
from shared.kernel import DomainError
from shared.observability.metrics import HTTP_REFUSED
from shared.process.disk import is_disk_full
from shared.process.line import BusyError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = (2, 8)
"""Drawn from this range: a crowd that was refused together must not come back together."""
FULL_RETRY_SECONDS = (30, 90)
LANE = "zi.lane"
"""Where the overload control notes a request's lane in its scope."""
SAFE_TO_REPEAT = frozenset({"GET", "HEAD"})

STATUS: Mapping[str, int] = {
    "not_found": 404,
    "stale_version": 412,
    "unauthenticated": 401,
    "token_invalid": 401,
    "second_factor_required": 401,
    "login_failed": 400,
    "forbidden": 403,
    "cross_site": 403,
    "form_outdated": 403,
    "issuer_away": 503,
    "busy": 503,
    "too_slow": 503,
    "storage_full": 507,
    "rate_limited": 429,
    "wait_first": 429,
    "idempotency_key_invalid": 400,
    "idempotency_key_reused": 422,
    "if_match_invalid": 400,
    "precondition_required": 428,
    "cursor_invalid": 422,
    "charset_unsupported": 415,
    "body_slow": 408,
    "body_too_large": 413,
}
"""Statuses of the shared refusals; a service adds its own codes by `error_status`."""
DEFAULT_STATUS = 422

TITLES: Mapping[int, str] = {
    400: "Permintaan tidak sah",
    401: "Perlu masuk",
    403: "Tidak diizinkan",
    404: "Tidak ditemukan",
    405: "Metode tidak didukung",
    408: "Permintaan terlalu lama",
    409: "Bertentangan dengan keadaan data",
    410: "Sudah tidak berlaku",
    412: "Data sudah berubah",
    413: "Kiriman terlalu besar",
    415: "Jenis berkas tidak didukung",
    422: "Isian tidak sah",
    428: "Versi data wajib disebut",
    429: "Terlalu banyak permintaan",
    500: "Kesalahan pada sistem",
    503: "Layanan sedang tidak tersedia",
    507: "Ruang penyimpanan penuh",
}
_CODE_TITLES: Mapping[str, str] = {"form_outdated": "Formulir ini belum terkirim"}
_CODES: Mapping[int, str] = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
_DETAILS: Mapping[int, str] = {
    404: "Alamat yang diminta tidak ada.",
    405: "Alamat ini tidak menerima metode tersebut.",
    413: "Kiriman melebihi batas ukuran.",
    500: "Terjadi kesalahan yang tidak terduga. Kesalahan ini sudah tercatat.",
    503: "Layanan belum dapat memproses permintaan. Coba lagi beberapa saat lagi.",
    507: "Ruang penyimpanan sistem penuh, sehingga tidak ada yang tersimpan. Coba lagi nanti.",
}


class FieldError(BaseModel):
    """One fault of one field; `field` is its dotted path. A refusal may say more, in members of its own."""

    field: str
    code: str
    message: str

    model_config = {"extra": "allow"}


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` is stable; `detail` is one Indonesian sentence for people."""

    type: str = Field(examples=["urn:zona-integritas:problem:not_found"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []
    instance: str = Field(description="The request's id, for the operator")

    model_config = {"extra": "allow"}


def problem_response(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the error as a page when a browser asks for one, else as problem details.

    Below the path of a foreign API it is what that one makes of it, whoever asks.
    """
    title = _CODE_TITLES.get(code) or TITLES.get(status, "Permintaan ditolak")
    state = state_of(request.app)
    if (foreign := state.foreign_at(request.scope["path"])) is not None:
        return foreign.refusal(status, code, detail, headers or {})
    if state.pages is not None and wants_page(request):
        return state.pages.error(
            request,
            status=status,
            title=title,
            detail=detail,
            headers=headers,
            typed=given_back(request),
            is_outdated=code == "form_outdated",
        )
    known = Problem.model_fields.keys()
    body = Problem(
        type=f"urn:zona-integritas:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        errors=list(errors),
        instance=f"urn:request:{getattr(request.state, 'request_id', '-')}",
        **{name: value for name, value in (details or {}).items() if name not in known},
    )
    return JSONResponse(
        body.model_dump(mode="json"), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def given_back(request: Request) -> Typed | None:
    """Return what the refused form held, ready to be sent again; None for what is no form of ours.

    None also where nobody typed or chose anything: one careless press must not do for another person, whose
    cookie came meanwhile, what a page of the first one asked.

    A new token is given only to whom the browser names as our own page; others get back the one they sent.
    """
    typed = typed_in(request)
    if typed is None or not is_own_site(request):
        return None
    token = dict(typed.fields).get(TOKEN_FIELD, "")
    if is_named_own(request):
        token = shown_token(getattr(request.state, "form_token", None)) or token
    fields = tuple((name, value) for name, value in typed.fields if name != TOKEN_FIELD)
    pages = state_of(request.app).pages
    carried = frozenset[str]() if pages is None else pages.carried
    if typed.is_kept and all(name in carried for name, _ in fields):
        return None
    return replace(typed, fields=fields, token=token)


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks, and not a program."""
    return "text/html" in request.headers.get("accept", "")


def wants_stream(request: Request) -> bool:
    """Tell whether a page asks for its stream, which no log-in could ever answer."""
    return "text/event-stream" in request.headers.get("accept", "")


def status_of(request: Request, code: str) -> int:
    """Return the HTTP status of an error code: the service's table first, then the shared one."""
    own = state_of(request.app).error_status
    return own.get(code, STATUS.get(code, DEFAULT_STATUS))


async def on_domain_error(request: Request, error: Exception) -> Response:
    """Answer a refusal by its code."""
    assert isinstance(error, DomainError)  # noqa: S101 - narrows the handler's declared type
    status = status_of(request, error.code)
    details = dict(error.details)
    headers = dict(details.pop("headers", {}))
    is_page = hasattr(request.state, "page_session")
    if status == 401 and is_page and wants_stream(request):  # noqa: PLR2004 - unauthorised
        return _reload()
    if status == 401 and is_page and request.method in SAFE_TO_REPEAT:  # noqa: PLR2004 - unauthorised
        return to_login(request)
    if status == 401 and not is_page:  # noqa: PLR2004 - unauthorised
        headers["WWW-Authenticate"] = _challenge(error.code)
    if status in (503, 507):
        headers.setdefault("Retry-After", _retry_after(status))
    found = details.pop("errors", ())
    errors = [item if isinstance(item, FieldError) else FieldError(**item) for item in found]
    return problem_response(
        request, status, error.code, error.message, errors=errors, details=details, headers=headers
    )


def _reload() -> Response:
    """Tell a live page whose session has ended to load itself anew, which leads to the log-in.

    A page cannot see the status of its stream: after a refusal it would try again for ever.
    """
    return Response(
        "event: reload\ndata: 1\n\n", media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def _challenge(code: str) -> str:
    match code:
        case "token_invalid":
            return 'Bearer error="invalid_token"'
        case "second_factor_required":
            return 'Bearer error="insufficient_user_authentication"'
        case _:
            return "Bearer"


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """Answer with every faulty field at once; what was sent is never echoed."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the handler's declared type
    errors = [
        FieldError(field=_path(item), code=item["type"], message=sentence(item)) for item in error.errors()
    ]
    return problem_response(request, 422, "validation_failed", "Ada isian yang belum benar.", errors=errors)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the handler's declared type
    if error.__cause__ is not None and is_disk_full(error.__cause__):
        return _storage_full(request)  # the framework calls a body that it cannot put aside unreadable
    if isinstance(error.__cause__, ClientDisconnect):
        raise error.__cause__  # and one whose sender went away
    status = error.status_code
    if status == 404 and wants_page(request):  # noqa: PLR2004 - no route, so nobody has asked who it is
        await _recognise(request)
    return problem_response(
        request,
        status,
        _CODES.get(status, "request_refused"),
        _DETAILS.get(status, "Permintaan tidak dapat dibaca."),
        headers=error.headers,
    )


async def _recognise(request: Request) -> None:
    """Find out who is lost, to offer them what they may open."""
    if not hasattr(request.state, "page_session"):
        with contextlib.suppress(DatabaseAwayError):
            request.state.page_session = await state_of(request.app).sessions.held(request)


async def on_database_away(request: Request, error: Exception) -> Response:
    """Answer 503 or 507: nothing is lost, the same request may be sent again with its key.

    A read that met a migration is raised again, for the overload control to repeat.
    """
    match error:
        case StaleStatementError() if request.method in SAFE_TO_REPEAT:
            raise error
        case DatabaseBusyError():
            if (lane := request.scope.get(LANE)) is not None:
                HTTP_REFUSED.labels(lane, "pool").inc()
            return await on_domain_error(request, BusyError("pool"))
        case StorageFullError():
            return _storage_full(request)
    return problem_response(
        request, 503, "database_away", _DETAILS[503], headers={"Retry-After": _retry_after(503)}
    )


async def on_os_error(request: Request, error: Exception) -> Response:
    """Answer 507 when a disk of ours is full; everything else is a fault."""
    if not is_disk_full(error):
        raise error
    return _storage_full(request)


def _storage_full(request: Request) -> Response:
    return problem_response(
        request, 507, "storage_full", _DETAILS[507], headers={"Retry-After": _retry_after(507)}
    )


def _retry_after(status: int) -> str:
    least, most = RETRY_SECONDS if status == 503 else FULL_RETRY_SECONDS  # noqa: PLR2004 - unavailable
    return str(random.randint(least, most))  # noqa: S311 - spreads callers, hides nothing


def internal_error(request: Request) -> Response:
    """Answer 500 without a word about the cause."""
    return problem_response(request, 500, "internal_error", _DETAILS[500])


HANDLERS: Mapping[int | type[Exception], Any] = {
    DomainError: on_domain_error,
    RequestValidationError: on_invalid_request,
    HTTPException: on_http_exception,
    DatabaseAwayError: on_database_away,
    OSError: on_os_error,
}

_SENTENCES: Mapping[str, str] = {
    "missing": "Wajib diisi.",
    "extra_forbidden": "Isian ini tidak dikenal.",
    "string_too_short": "Minimal {min_length} karakter.",
    "string_too_long": "Maksimal {max_length} karakter.",
    "string_pattern_mismatch": "Bentuknya tidak sesuai ketentuan.",
    "too_short": "Minimal {min_length} butir.",
    "too_long": "Maksimal {max_length} butir.",
    "greater_than_equal": "Minimal {ge}.",
    "greater_than": "Harus lebih dari {gt}.",
    "less_than_equal": "Maksimal {le}.",
    "less_than": "Harus kurang dari {lt}.",
    "literal_error": "Pilih salah satu dari: {expected}.",
    "enum": "Pilih salah satu dari: {expected}.",
    "int_parsing": "Harus bilangan bulat.",
    "int_type": "Harus bilangan bulat.",
    "int_from_float": "Harus bilangan bulat.",
    "bool_type": "Harus true atau false.",
    "string_type": "Harus teks.",
    "finite_number": "Harus bilangan yang terhingga.",
    "number_too_large": "Bilangannya terlalu besar.",
    "too_deep": "Susunannya terlalu dalam.",
    "unstorable": "Memuat karakter yang tidak dapat disimpan.",
    "out_of_time": "Harus di antara tahun 2000 dan 2099.",
    "decimal_parsing": "Harus bilangan desimal.",
    "bool_parsing": "Harus ya atau tidak.",
    "date_from_datetime_parsing": "Harus tanggal dalam bentuk TTTT-BB-HH.",
    "date_type": "Harus tanggal dalam bentuk TTTT-BB-HH.",
    "date_parsing": "Harus tanggal dalam bentuk TTTT-BB-HH.",
    "datetime_from_date_parsing": "Harus waktu menurut ISO 8601.",
    "datetime_type": "Harus waktu menurut ISO 8601.",
    "datetime_parsing": "Harus waktu menurut ISO 8601.",
    "timezone_aware": "Waktu harus menyebut zonanya.",
    "uuid_parsing": "Harus UUID.",
    "json_invalid": "Bukan JSON yang sah.",
}


_OF_FREE_TEXT: Mapping[str, str] = {
    "string_too_short": "Minimal {min_length} karakter; yang terlihat baru {visible_length}.",
    "string_too_long": "Maksimal {max_length} karakter; yang terlihat {visible_length}.",
    "string_too_hidden": "Terlalu banyak karakter yang tidak terlihat; yang terlihat {visible_length}.",
}
"""Where signs were counted as a reader sees them (`shared.http.text`)."""


def sentence(item: Mapping[str, Any]) -> str:
    """Return one Indonesian sentence for an item of pydantic's `errors()`.

    The text of a `ValueError` from a validator of ours is that sentence.
    """
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    is_counted = "visible_length" in item.get("ctx", {})
    pattern = (_OF_FREE_TEXT if is_counted else _SENTENCES).get(item["type"])
    if pattern is None:
        return "Nilainya tidak sah."
    return pattern.format(**item.get("ctx", {})).replace(" or ", " atau ")


def _path(item: Mapping[str, Any]) -> str:
    """Return `items.0.code` for a fault at ("body", "items", 0, "code"), `body` for one of the whole."""
    parts = [str(part) for part in item["loc"]]
    if item["type"] == "json_invalid" or len(parts) == 1:
        return parts[0]
    return ".".join(parts[1:])
