"""JSON logs: one line per event, UTC, ids from context variables, never content or secrets.

How to log: `log = structlog.get_logger(__name__)`, then `log.info("snake_case_event", unit_id=..., count=3)`.
Values are ids, codes, counts and times. Never a body, a name, a contact, a token, or an exception's text:
such texts carry the values that caused them, so only the types and places of exceptions are written.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

from shared.kernel import DomainError

MAX_FRAMES = 12
QUIET_SECONDS = 10.0
QUIET_LINES = 5
MAX_WINDOWS = 1000
_CHATTY = ("aiokafka", "kafka")

_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that JSON may leave raw although they move a terminal's cursor, break or reorder a line."""

_TEXT_IS_SAFE = (DomainError, ImportError, AttributeError, NotImplementedError)

Fields = MutableMapping[str, Any]


def configure(*, service: str, version: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of this process, our own and the libraries', to standard output as JSON."""
    out = stream or sys.stdout

    def identify(_logger: Any, _method: str, fields: Fields) -> Fields:
        fields["service"] = service
        fields["version"] = version
        return fields

    common: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        identify,
        describe_exception,
    ]
    structlog.configure(
        processors=[*common, _render_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(out.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render_text],
        )
    )
    handler.addFilter(ChattyFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)


def describe_exception(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Replace `exc_info` by `exception`: the chain of types, each with its innermost places in code."""
    info = fields.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        fields["exception"] = _chain(error)
    return fields


def _chain(error: BaseException) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < MAX_FRAMES:
        frames = traceback.extract_tb(current.__traceback__)[-MAX_FRAMES:]
        link: dict[str, Any] = {
            "type": f"{type(current).__module__}.{type(current).__qualname__}",
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if isinstance(current, OSError) and current.errno is not None:
            link["errno"] = current.errno
        if (state := getattr(getattr(current, "orig", current), "sqlstate", None)) is not None:
            link["sqlstate"] = state
        if isinstance(current, _TEXT_IS_SAFE):
            link["text"] = str(current)
        chain.append(link)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


class ChattyFilter(logging.Filter):
    """Let a Kafka client say the same thing a few times per interval, then count instead of repeating.

    Reconnecting clients log several lines a second for as long as a broker is away.
    """

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_CHATTY):
            return True
        key = (record.name, str(record.msg))
        now = time.monotonic()
        if len(self._windows) > MAX_WINDOWS:
            self._windows.clear()
        started, count = self._windows.get(key, (now, 0))
        if now - started >= QUIET_SECONDS:
            if count > QUIET_LINES:
                record.msg = f"{record.msg} [{count - QUIET_LINES} like it were left out]"
            started, count = now, 0
        self._windows[key] = (started, count + 1)
        return count < QUIET_LINES


def _render_text(_logger: Any, _method: str, fields: Fields) -> str:
    line = orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    if _UNSAFE.search(line) is None:
        return line
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _render_bytes(logger: Any, method: str, fields: Fields) -> bytes:
    return _render_text(logger, method, fields).encode()
