"""Send requests over kept connections and tell how long each answer took: a process of its own.

    python -m tests.bench.http_load FILE      (JSON: host, port, connections, count, seconds, requests)

`requests` are sent in turn, each a method, a target, headers and a body; `FRESH` in them is random text, anew
each time. It ends after `count` answers, or after `seconds` when that is not 0. Written on bare streams: a
client library would take more of the two cores than what it measures. Prints one JSON line: milliseconds of
each answer, and how often each status came.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

FRESH = "fresh-key-of-this-one-request-00"
_FRESH = FRESH.encode()


async def load(plan: dict[str, Any]) -> dict[str, Any]:
    """Run a plan and return its figures."""
    requests = [encoded(plan["host"], one) for one in plan["requests"]]
    turns = cycle(requests)
    took: list[float] = []
    told: Counter[int] = Counter()
    left = iter(range(plan["count"])) if plan["count"] else iter(int, 1)
    ends = time.perf_counter() + (plan["seconds"] or float("inf"))

    async def caller() -> None:
        reader, writer = await asyncio.open_connection(plan["host"], plan["port"])
        for _ in left:
            if time.perf_counter() >= ends:
                break
            started = time.perf_counter()
            writer.write(anew(next(turns)))
            status = await answer(reader)
            took.append((time.perf_counter() - started) * 1000)
            told[status] += 1
        writer.close()

    await asyncio.gather(*(caller() for _ in range(plan["connections"])))
    return {"milliseconds": took, "told": dict(told)}


def anew(request: bytes) -> bytes:
    """Return a request with fresh text in the place of `FRESH`."""
    return request.replace(_FRESH, uuid4().hex.encode())


def encoded(host: str, request: dict[str, Any]) -> bytes:
    """Return a request as it goes over the wire."""
    body: bytes = request.get("body", "").encode()
    headers = {"Host": host, "Content-Length": str(len(body))} | request["headers"]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"{request['method']} {request['target']} HTTP/1.1\r\n{head}\r\n"
    return start.encode() + body


async def answer(reader: asyncio.StreamReader) -> int:
    """Read an answer to its end and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(_pairs(head[1:]))
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head[0].split()[1])


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(json.loads(Path(sys.argv[1]).read_text())))))
