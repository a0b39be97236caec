"""Where a process listens, and how long it waits."""

import asyncio
import resource
import socket

import pytest
from pydantic import ValidationError

from shared.http.bodies import READ_SECONDS
from shared.server.serving import addresses, allow_descriptors, limits_of
from tests.support.http import settings


def test_the_overload_control_speaks_before_the_connection_does() -> None:
    given = settings(waiting_seconds=5, request_seconds=10, file_seconds=200)
    assert limits_of(given).body_seconds > given.waiting_seconds + given.file_seconds
    given = settings(waiting_seconds=5, request_seconds=300, file_seconds=10)
    assert limits_of(given).body_seconds > given.waiting_seconds + given.request_seconds


def test_head_and_silence_are_settings() -> None:
    limits = limits_of(settings(head_seconds=3, idle_seconds=17))
    assert (limits.head_seconds, limits.idle_seconds) == (3, 17)


def test_a_small_body_is_told_late_before_the_connection_is_broken_off() -> None:
    faults = []
    for idle in range(1, 31):
        try:
            given = settings(idle_seconds=idle, waiting_seconds=1, request_seconds=1, file_seconds=1)
        except ValidationError:
            continue
        limits = limits_of(given)
        faults += [idle] if min(limits.idle_seconds, limits.body_seconds) <= READ_SECONDS else []
    assert faults == []


async def test_small_answers_leave_at_once() -> None:
    """Nagle's algorithm is off on accepted connections: it would hold back every small answer for 40 ms."""
    found = asyncio.get_running_loop().create_future()

    class Told(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            sock = transport.get_extra_info("socket")
            found.set_result(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    with addresses({"PORT": ("127.0.0.1", 0)}) as (bound,):
        server = await asyncio.get_running_loop().create_server(Told, sock=bound)
        _, writer = await asyncio.open_connection(*bound.getsockname())
        assert await asyncio.wait_for(found, 60)
        writer.close()
        server.close()


def test_nobody_is_let_in_before_the_application_is_wired() -> None:
    with (
        addresses({"PORT": ("127.0.0.1", 0)}) as (bound,),
        socket.socket() as caller,
        pytest.raises(ConnectionRefusedError),
    ):
        caller.connect(bound.getsockname())


def test_an_address_of_another_machine_is_named() -> None:
    wanted = {"PORT": ("127.0.0.1", 0), "OPS_PORT": ("192.0.2.1", 0)}
    said = r"^refusing to start: cannot listen at 192\.0\.2\.1 port 0 \(OPS_PORT\): .*assign"
    with pytest.raises(SystemExit, match=said), addresses(wanted):
        pass


@pytest.mark.parametrize(
    ("soft", "hard", "allowed"),
    [
        (1024, 4096, 1500),
        (1024, resource.RLIM_INFINITY, 1500),
        (1024, 1200, 1200),
        (2000, 4096, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_a_process_may_open_as_many_files_as_its_connections_need(
    soft: int, hard: int, allowed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    assert allow_descriptors(1500) == (allowed or 1500)
    assert asked == ([] if allowed is None else [(allowed, hard)])
