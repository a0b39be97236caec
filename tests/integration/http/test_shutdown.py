"""How a process ends: at once when asked, and not for a worker that ends before minutes of it."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from deploy.local.process import Program, free_ports, is_listening
from shared.server.serving import EXIT_WORKER_DIED
from tests.support.polling import until
from tests.support.servers import wait_for

GRACE_SECONDS = 5


def test_open_streams_do_not_hold_up_the_end(tmp_path: Path) -> None:
    port, ops_port = free_ports(2)
    argv = [sys.executable, "-m", "tests.support.http_process", str(port), str(ops_port)]
    child = Program("toy", argv, tmp_path / "log").start()
    try:
        wait_for(child, lambda: is_listening(port))
        with (
            httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=GRACE_SECONDS) as client,
            client.stream("GET", "/live") as stream,
        ):
            lines = stream.iter_lines()
            assert next(lines) == "event: patch"
            started = time.monotonic()
            child.ask_to_stop()
            assert any(line == "id: 3" for line in lines)  # the stream ends in order, with all it had
        child.stop(GRACE_SECONDS)
        assert time.monotonic() - started < GRACE_SECONDS
        assert child.exit_code() in {0, 143, -15}
    finally:
        child.kill()
    logged = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {line["level"] for line in logged} == {"info"}
    assert any(line.get("route") == "/live" for line in logged)


async def test_a_worker_that_ends_again_and_again_leaves_the_api_of_its_process_up(tmp_path: Path) -> None:
    port, ops_port = free_ports(2)
    argv = [sys.executable, "-m", "tests.support.http_process", str(port), str(ops_port), "0.05", "300"]
    child = Program("toy", argv, tmp_path / "log").start()
    try:
        wait_for(child, lambda: is_listening(port))
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{ops_port}", timeout=10) as client:

            async def is_down() -> bool:
                answer = await client.get("/readyz/worker")
                said = answer.json()["checks"]["mortal"]
                return bool(answer.status_code == 503 and said == "is started again: RuntimeError")

            async def was_started_thrice() -> bool:
                text = (await client.get("/metrics")).text
                return 'zi_jobs_worker_restarts_total{worker="mortal"} 3.0' in text

            await until(is_down, seconds=30)
            await until(was_started_thrice, seconds=30)
            assert (await client.get("/livez")).status_code == 200
            page = await client.get(f"http://127.0.0.1:{port}/")
            assert page.status_code == 200, "the public page stays up"
        assert child.exit_code() is None
    finally:
        child.kill()


async def test_a_worker_that_nothing_helps_ends_the_process_in_order_with_a_code_of_its_own(
    tmp_path: Path,
) -> None:
    port, ops_port = free_ports(2)
    argv = [sys.executable, "-m", "tests.support.http_process", str(port), str(ops_port), "0.05", "1"]
    child = Program("toy", argv, tmp_path / "log").start()

    async def has_ended() -> bool:
        return child.exit_code() is not None

    try:
        await until(has_ended, seconds=30)
        assert child.exit_code() == EXIT_WORKER_DIED
    finally:
        child.kill()
    events = [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()]
    assert "worker_ended" in events
    assert "worker_died" in events


def test_ports_that_are_taken_are_one_sentence_that_names_them_all(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        ports = [str(taken.getsockname()[1]) for taken in (first, second)]
        argv = [sys.executable, "-m", "tests.support.http_process", *ports]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"refusing to start: cannot listen at 127.0.0.1 port {ports[0]} (PORT): Address already in use; "
        f"127.0.0.1 port {ports[1]} (OPS_PORT): Address already in use\n"
    )


def test_probes_and_metrics_are_answered_on_their_own_port_only_and_nothing_else_is(tmp_path: Path) -> None:
    port, ops_port = free_ports(2)
    argv = [sys.executable, "-m", "tests.support.http_process", str(port), str(ops_port)]
    child = Program("toy", argv, tmp_path / "log").start()
    probes = ("/livez", "/startupz", "/metrics")
    try:
        wait_for(child, lambda: is_listening(port))
        found = {path: httpx2.get(f"http://127.0.0.1:{ops_port}{path}").status_code for path in probes}
        public = {path: httpx2.get(f"http://127.0.0.1:{port}{path}").status_code for path in probes}
        assert httpx2.get(f"http://127.0.0.1:{ops_port}/hello").status_code == 404
    finally:
        child.kill()
    assert set(found.values()) == {200}
    assert set(public.values()) == {404}
