"""What a process for one stranger's file does before and for its work; `running` starts it."""

import json
import os
import resource
import stat
import sys
from typing import Any


def given_order() -> dict[str, Any]:
    """Return the order of this process."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    return order


def confine(memory_bytes: int, seconds: int) -> None:
    """Limit this process before it looks at anything."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def given_file() -> bytes:
    """Return the file, read without moving the place where its owner reads."""
    file = sys.stdin.fileno()
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode):
        return sys.stdin.buffer.read()
    content = bytearray()
    while part := os.pread(file, about.st_size - len(content), len(content)):
        content += part
    return bytes(content)
