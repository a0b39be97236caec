import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
import structlog

from shared.kernel import NotFoundError
from shared.observability import logging as ours

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configure logging and give back what was written so far, line by line."""
    root, saved = logging.getLogger(), logging.getLogger().handlers[:]
    level, config = root.level, structlog.get_config()
    written = BytesIO()
    stream = TextIOWrapper(written, write_through=True, encoding="utf-8")
    ours.configure(service="toy", version="1.2", level="INFO", stream=stream)

    def read() -> list[dict[str, Any]]:
        content = written.getvalue().decode()
        assert not content or content.endswith("\n")
        return [json.loads(line) for line in content.splitlines()]

    yield read
    root.handlers[:] = saved
    root.setLevel(level)
    structlog.configure(**config)
    structlog.contextvars.clear_contextvars()


def test_a_line_is_json_with_time_level_service_and_fields(lines: Lines) -> None:
    structlog.get_logger("x").info("thing_done", unit_id="u1", count=3)
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "thing_done",
        "level": "info",
        "service": "toy",
        "version": "1.2",
        "unit_id": "u1",
        "count": 3,
    }


def test_ids_of_the_context_are_on_every_line(lines: Lines) -> None:
    structlog.contextvars.bind_contextvars(correlation_id="c1")
    structlog.get_logger().warning("one")
    logging.getLogger("any.library").warning("two %s", 2)
    assert [(line["event"], line["correlation_id"]) for line in lines()] == [("one", "c1"), ("two 2", "c1")]


def test_lines_of_libraries_have_the_same_shape(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").info("Started")
    logging.getLogger("other").info("below the level for libraries")
    (line,) = lines()
    assert (line["logger"], line["event"], line["service"]) == ("uvicorn.error", "Started", "toy")


@pytest.mark.parametrize(
    "text", ["a\nb", "\x1b[31mred", "\x7f\x9b31m", "x\u2028y", "\u202ereversed", "\u200bzero"]
)
def test_no_text_can_forge_or_colour_a_line(lines: Lines, text: str) -> None:
    structlog.get_logger().info("got", value=text)
    logging.getLogger("library").error("got %s", text)
    first, second = lines()
    assert first["value"] == text
    assert second["event"] == f"got {text}"
    rendered = ours._render_text(None, "info", {"value": text})
    assert all(character.isprintable() for character in rendered)


def test_an_exception_is_types_and_places_without_its_text(lines: Lines) -> None:
    try:
        try:
            int("0812-3456-7890")
        except ValueError as error:
            raise ConnectionRefusedError(111, "secret address") from error
    except OSError:
        structlog.get_logger().exception("failed")
        logging.getLogger("asyncio").exception("failed too")
    for line in lines():
        outer, inner = line["exception"]
        assert outer["type"] == "builtins.ConnectionRefusedError"
        assert outer["errno"] == 111
        assert inner["type"] == "builtins.ValueError"
        assert "test_logging.py" in inner["at"][0]
        assert "0812" not in str(line)
        assert "secret" not in str(line)


def test_a_refusal_of_ours_is_logged_with_its_sentence(lines: Lines) -> None:
    structlog.get_logger().error("refused", exc_info=NotFoundError())
    assert lines()[0]["exception"][0]["text"] == "Data tidak ditemukan."


def test_a_chain_of_causes_that_never_ends_is_cut(lines: Lines) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("loop", exc_info=first)
    assert len(lines()[0]["exception"]) == ours.MAX_FRAMES


def test_a_chatty_client_is_counted_instead_of_repeated(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("shared.observability.logging.time.monotonic", lambda: now[0])
    kafka, other = logging.getLogger("aiokafka.conn"), logging.getLogger("other")
    for _ in range(20):
        kafka.error("Unable connect to %s", "node")
        other.error("told each time")
    assert sum(line["logger"] == "aiokafka.conn" for line in lines()) == ours.QUIET_LINES
    assert sum(line["logger"] == "other" for line in lines()) == 20
    now[0] += ours.QUIET_SECONDS
    kafka.error("Unable connect to %s", "node")
    assert lines()[-1]["event"] == "Unable connect to node [15 like it were left out]"


def test_ever_new_messages_do_not_fill_the_memory(lines: Lines) -> None:
    quiet = ours.ChattyFilter()
    for number in range(ours.MAX_WINDOWS * 2):
        record = logging.LogRecord("aiokafka", logging.ERROR, "f", 1, f"message {number}", None, None)
        assert quiet.filter(record)
    assert len(quiet._windows) <= ours.MAX_WINDOWS + 1
    assert lines() == []


async def test_a_task_keeps_the_ids_it_was_started_with(lines: Lines) -> None:
    async def work() -> None:
        structlog.get_logger().info("inside")

    structlog.contextvars.bind_contextvars(correlation_id="c2")
    task = asyncio.create_task(work())
    structlog.contextvars.clear_contextvars()
    await task
    assert lines()[0]["correlation_id"] == "c2"
