"""One client's connection: how long it may be silent, and what it hears when its bytes are no request.

uvicorn's own protocol does the work. It waits for ever for a head, a body or a reader, and its parser (h11)
admits what `framing` does not; httptools, which uvicorn takes by itself when it is installed, admits more.
So the protocol is named and not looked for.
"""

import asyncio
import json
import random
from dataclasses import dataclass
from typing import Any, Literal

import h11
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from shared.http.problem import RETRY_SECONDS
from shared.observability.metrics import HTTP_BROKEN_OFF
from shared.server.entrance import Crowded, Entrance
from shared.server.framing import HEAD_BYTES, Framing, FramingError

log = structlog.get_logger(__name__)

LINGER_SECONDS = 2.0
"""How long what still comes is dropped, so that the answer is read and not lost to a reset."""

Reason = Literal["malformed", "head_too_long", "head_slow", "body_slow", "answer_unread"] | Crowded

_WORDS: dict[int, tuple[str, str, str]] = {
    400: ("Bad Request", "Permintaan tidak sah", "Permintaan ini tidak dapat dibaca sebagai HTTP."),
    408: ("Request Timeout", "Permintaan terlalu lama", "Permintaan ini tidak lengkap pada waktunya."),
    431: (
        "Request Header Fields Too Large",
        "Permintaan tidak sah",
        "Kepala permintaan ini terlalu panjang.",
    ),
    501: ("Not Implemented", "Permintaan tidak sah", "Pengodean kiriman ini tidak dikenal."),
    503: (
        "Service Unavailable",
        "Layanan sedang tidak tersedia",
        "Terlalu banyak sambungan sedang terbuka. Coba lagi beberapa saat lagi.",
    ),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take; seconds are counted while it is the client's turn."""

    head_seconds: float = 10.0
    """From the connection or the first byte to the end of the head."""
    idle_seconds: int = 30
    """Longest silence in a body, between two requests, and of a reader who takes nothing of the answer."""
    body_seconds: float = 130.0
    """From the head to the end of the body."""
    head_bytes: int = HEAD_BYTES


class _Flow(FlowControl):
    """Knows since when reading goes on: a client is not silent while nobody listens."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(transport)
        self._loop = loop
        self.resumed_at = 0.0

    def resume_reading(self) -> None:
        if self.read_paused:
            self.resumed_at = self._loop.time()
        super().resume_reading()


class Connection(H11Protocol):
    """uvicorn's protocol behind the entrance, the framing and the clocks of `Limits`."""

    flow: _Flow

    def __init__(
        self,
        limits: Limits,
        entrance: Entrance,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._entrance = entrance
        self._framing = Framing(limits.head_bytes)
        self._fault: tuple[Reason, int, str] | None = None
        self._is_over = False
        self._place: tuple[int, str] = (0, "head")
        self._since = self._heard_at = self.loop.time()
        self._alarm: asyncio.TimerHandle | None = None
        self._write_alarm: asyncio.TimerHandle | None = None
        self._unsent = 0
        self._left, self._taken_at = 0, self._since

    # -- reading ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport, self.loop)
        crowded = self._entrance.enter(self, self.client[0] if self.client else "")
        if crowded is None:
            self._set_alarm()
        else:
            self._turn_away(crowded)

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        self._entrance.leave(self)
        for alarm in (self._alarm, self._write_alarm):
            if alarm is not None:
                alarm.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on what may be parsed; whatever follows a fault is dropped unread."""
        if self._fault is not None or self._is_over:
            if self._fault is not None and self._framing.is_untouched:
                self._settle()  # a connection without a place has asked something
            return
        self._entrance.wake(self)
        self._unset_keepalive_if_required()
        self._heard_at = self.loop.time()
        try:
            for piece in self._framing.feed(data):
                is_closed = self.conn.their_state is h11.MUST_CLOSE or self.transport.is_closing()
                if is_closed or self._fault is not None:
                    return  # after `close`, and after a fault, nothing is a request
                self.conn.receive_data(piece)
                self.handle_events()
        except FramingError as error:
            reason: Reason = "head_too_long" if error.status == 431 else "malformed"  # noqa: PLR2004
            self._break_off(reason, error.status, error.reason)
            return
        self._set_alarm()

    def send_400_response(self, msg: str) -> None:
        """Break off what the parser refuses although the framing did not."""
        self._break_off("malformed", 400, msg)

    def on_response_complete(self) -> None:
        if self.cycle is not None:
            self.cycle.body = bytearray()  # what nobody asked for
        super().on_response_complete()
        if self._fault is not None:
            self._settle()
        elif self._is_at_rest:
            self._entrance.rest(self)
        self._left, self._taken_at = self.transport.get_write_buffer_size(), self.loop.time()
        self._set_write_alarm()

    def _should_upgrade(self) -> bool:
        return False

    def shutdown(self) -> None:
        if self._is_over:
            self.transport.abort()
        else:
            super().shutdown()

    def unread_seconds(self) -> float | None:
        """Return for how long the client has taken nothing of its answer, None when nothing waits for it."""
        waits = self.transport.get_write_buffer_size()
        if waits < self._left:
            self._left, self._taken_at = waits, self.loop.time()
        return self.loop.time() - self._taken_at if waits else None

    def give_way(self) -> None:
        """Close a connection at rest, whose place is another's by now."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # closing would wait for a reader
        else:
            self.transport.close()

    # -- ending ----------------------------------------------------------------------------------------

    def _turn_away(self, reason: Crowded) -> None:
        """Refuse a connection for which there is no place, as soon as it asks something.

        An answer before that would be taken for none by clients that keep connections for later.
        """
        self._fault = (reason, 503, "no place")
        HTTP_BROKEN_OFF.labels(reason).inc()
        if self._entrance.is_patient:
            self._alarm = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.abort()

    def _break_off(self, reason: Reason, status: int, detail: str) -> None:
        if self._fault is None:
            self._fault = (reason, status, detail)
            HTTP_BROKEN_OFF.labels(reason).inc()
            log.info("connection_broken_off", reason=reason, status=status, detail=detail)
            self._settle()

    def _settle(self) -> None:
        """Say what is wrong and close, as soon as all requests before the fault have their answers."""
        if self._is_over or self.transport.is_closing():
            return
        cycle = self.cycle
        is_in_body = (
            cycle is not None and cycle.more_body and self.conn.their_state in (h11.SEND_BODY, h11.ERROR)
        )
        if cycle is not None and not cycle.response_complete and not is_in_body:
            return
        self._is_over = True
        self._unset_keepalive_if_required()
        if is_in_body:
            cycle.disconnected = True
            cycle.message_event.set()
        if is_in_body and cycle.response_started:
            self.transport.close()  # a second answer would be taken for that of another request
            self._set_write_alarm()
            return
        self.transport.write(self._refusal())
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _refusal(self) -> bytes:
        assert self._fault is not None  # noqa: S101 - called after a fault only
        reason, status, _ = self._fault
        phrase, title, detail = _WORDS[status]
        code, retry = str(reason), ""
        if status == 503:  # noqa: PLR2004 - unavailable
            code = "busy"
            retry = f"Retry-After: {random.randint(*RETRY_SECONDS)}\r\n"  # noqa: S311 - spreads callers
        problem = {
            "type": f"urn:zona-integritas:problem:{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "errors": [],
            "instance": "urn:request:-",
        }
        body = json.dumps(problem).encode()
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/problem+json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
            f"{retry}Connection: close\r\n\r\n"
        )
        return head.encode() + body

    # -- clocks ----------------------------------------------------------------------------------------

    @property
    def _is_at_rest(self) -> bool:
        """Tell whether nothing was asked yet, or all that was has its answer."""
        if self._framing.is_untouched:
            return True
        return self._framing.phase == "idle" and self.cycle is not None and self.cycle.response_complete

    def _due(self) -> float | None:
        """Return when the client's present turn ends, None while it is ours or nobody's."""
        phase = self._framing.phase
        now = self.loop.time()
        place = (self._framing.heads, phase)
        if place != self._place:
            self._place, self._since = place, now
        if phase == "idle":
            return None  # a request is at work, or uvicorn's keep-alive clock goes
        listening_since = now if self.flow.read_paused else self.flow.resumed_at
        if phase == "head":
            return max(self._since, listening_since) + self._limits.head_seconds
        if self.cycle is not None and self.cycle.waiting_for_100_continue:
            listening_since = now
        silence_ends = max(self._heard_at, listening_since) + self._limits.idle_seconds
        return min(silence_ends, self._since + self._limits.body_seconds)

    def _set_alarm(self) -> None:
        due = self._due()
        if self._is_at_rest:
            self._entrance.rest(self)
        is_at_rest = due is None and self.cycle is not None and self.cycle.response_complete
        if is_at_rest and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )  # the rest of a body came after its answer, which had started this clock
        if self._alarm is not None and (due is None or due < self._alarm.when()):
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None and due is not None:
            self._alarm = self.loop.call_at(due, self._look)

    def _look(self) -> None:
        self._alarm = None
        if self._is_over or self._fault is not None:
            return
        due = self._due()
        if self._framing.is_untouched:
            self.transport.close()  # a browser's spare connection: nobody waits for a word
        elif due is not None and due <= self.loop.time():
            reason: Reason = "body_slow" if self._framing.phase == "body" else "head_slow"
            self._break_off(reason, 408, "not whole in time")
        else:
            self._set_alarm()

    # -- writing ---------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_write_alarm()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_alarm is not None:
            self._write_alarm.cancel()
            self._write_alarm = None

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._set_write_alarm()

    def _set_write_alarm(self) -> None:
        """Look, later, whether the client still takes what waits for it."""
        waits = self.transport.get_write_buffer_size()
        if self._write_alarm is None and waits and (self.flow.write_paused or self.transport.is_closing()):
            self._unsent = waits
            self._write_alarm = self.loop.call_later(self._limits.idle_seconds, self._look_at_reader)

    def _look_at_reader(self) -> None:
        self._write_alarm = None
        if self.transport.get_write_buffer_size() < self._unsent:
            self._set_write_alarm()
            return
        HTTP_BROKEN_OFF.labels("answer_unread").inc()
        log.info("connection_broken_off", reason="answer_unread")
        self.transport.abort()
