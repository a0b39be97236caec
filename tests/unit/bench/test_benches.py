"""The small arithmetic of single benchmarks, and what tells them what happened."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.bench import commits, http_load
from tests.bench.__main__ import BENCHES, QUICK
from tests.bench.b10_rebuild import beyond, stage_line, year_minutes
from tests.bench.b11_shapes import fifth_cost
from tests.bench.measure import Round
from tests.bench.servers import Metered, Servers
from tests.bench.subject_rebuild import STAGES, Marks
from tests.bench.subject_scoring import FIFTHS, Progress
from tests.bench.workers import workers_for
from tests.bench.workload import BURSTS

SERVERS = Servers("postgresql://127.0.0.1:1/none", "127.0.0.1:1", 1, 1, Path())


def test_a_national_year_is_reckoned_by_events_and_unit_years() -> None:
    stages = {
        "fold": {"seconds": 1.0, "client": 0.5, "database": 0.0},
        "count": {"seconds": 0.3, "client": 0.06, "database": 0.0},
        "end": {"seconds": 0.2, "client": 0.1, "database": 0.0},
    }
    one = Round(100_000, 2.0, {}, {"stages": stages, "unit_years": 20})
    assert year_minutes(one) == pytest.approx((280 * 1.2 + 250 * 0.3) / 60)
    assert year_minutes(one, "client") == pytest.approx((280 * 0.6 + 250 * 0.06) / 60)
    assert stage_line("count", [one, one, one]).startswith(
        "count, ms/unit year: 15.00; CPU of the client 3.00"
    )


def test_the_stages_of_a_rebuild_end_where_the_next_begins_and_counting_at_its_last_unit_year() -> None:
    marks = Marks(0)
    for said in (("records", 0, 9), ("records", 9, 9), ("unit years", 0, 4), ("unit years", 2, 4)):
        marks.say(*said)
    marks.say("unit years", 4, 4)
    marks.mark()
    assert list(marks.stages()) == list(STAGES)
    assert marks.unit_years == 4


def test_a_rebuild_of_nothing_has_its_stages_too_and_is_taken_off() -> None:
    marks = Marks(0)
    marks.say("records", 0, 0)
    marks.say("unit years", 0, 0)
    marks.mark()
    nothing = {stage: {"seconds": 0.25} for stage in marks.stages()}
    spent = dict(zip(STAGES, (1.0, 0.5, 0.125), strict=True))
    found = beyond({stage: {"seconds": spent[stage]} for stage in STAGES}, nothing)
    assert [found[stage]["seconds"] for stage in STAGES] == [0.75, 0.25, 0.0]


@pytest.mark.parametrize(("per_second", "workers"), [(20_000, [1, 1, 3]), (400, [2, 13, 125])])
def test_a_burst_needs_whole_workers(per_second: float, workers: list[int]) -> None:
    assert [workers_for(burst, per_second) for burst in BURSTS.values()] == workers


def test_a_fifth_costs_what_client_and_database_spent() -> None:
    assert fifth_cost({"seconds": 9.0, "client": 1.5, "database": 0.5}) == 2.0


def test_fifths_are_marked_when_their_share_is_committed_and_the_end_once() -> None:
    progress = Progress(100, 0)
    progress.begin()
    progress.begin()
    for folded in (10, 45, 60, 99, 100, 120):
        progress.folded = folded
        progress.committed()
        assert progress.is_done.is_set() == (folded >= 100)
    assert len(progress.fifths()) == FIFTHS
    assert all(cost["seconds"] >= 0 for cost in progress.fifths())


def test_a_round_carries_what_the_servers_spent_beside_the_client() -> None:
    meter = Metered(SERVERS)
    meter.cpu_seconds = {"broker": 0.5, "database": 1.5}
    meter.wal_bytes = 4_000
    found: Round = meter.round(
        {"records": 1_000, "seconds": 2.0, "cpu_seconds": 1.0, "relay_cpu_seconds": 0.25, "max_rss_mb": 90}
    )
    assert found.whole_us() == pytest.approx(3_250)
    assert found.cpu_us("relay") == pytest.approx(250)
    assert found.detail["wal_bytes_per_record"] == 4


def test_the_quick_set_is_part_of_all() -> None:
    assert set(QUICK) < set(BENCHES)


def test_a_folder_is_compared_as_it_stands(tmp_path: Path) -> None:
    with commits.checkout(str(tmp_path)) as found:
        assert found == tmp_path


def test_a_revision_gets_a_worktree_that_goes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=x", "-c", "user.email=x@x.test")
        argv = ["git", *who, *arguments]
        return subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    for text in ("before", "now"):
        (tmp_path / "file").write_text(text)
        git("add", "file")
        git("commit", "--quiet", "--message", text)
    monkeypatch.setattr(commits, "HERE", tmp_path)
    with commits.checkout("HEAD~1") as found:
        assert (found / "file").read_text() == "before"
    assert not found.exists()
    assert git("worktree", "list").count("\n") == 1
    with pytest.raises(SystemExit, match="git worktree add"), commits.checkout("no-such-revision"):
        pass


async def test_the_load_sends_each_request_in_turn_and_counts_statuses() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            seen.append(line.split()[1] + b" " + await reader.readexactly(size))
            if line.startswith(b"GET"):
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            else:
                writer.write(b"HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\nno")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    plan = {
        "host": "127.0.0.1",
        "port": server.sockets[0].getsockname()[1],
        "connections": 1,
        "count": 5,
        "seconds": 0,
        "requests": [
            {"method": "GET", "target": "/a", "headers": {}},
            {"method": "POST", "target": "/b", "headers": {"X-Y": "z"}, "body": "hello"},
        ],
    }
    found = await http_load.load(plan)
    server.close()
    await server.wait_closed()
    assert seen == [b"/a ", b"/b hello", b"/a ", b"/b hello", b"/a "]
    assert found["told"] == {200: 3, 422: 2}
    assert len(found["milliseconds"]) == 5
