"""A process of its own for a stranger's file, limited in memory and time, away from the service."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

import structlog

from shared.held import refuse_while_holding

log = structlog.get_logger(__name__)


class TooHeavyError(Exception):
    """The process hit one of its limits; the text is one Indonesian sentence."""


def run_confined(module: str, order: Mapping[str, Any], content: bytes | BinaryIO, *, seconds: int) -> bytes:
    """Run `module` on a file and return what it wrote. Blocks: call from a thread.

    The module finds the order and the file as `inside` says. A file on disk is handed over as it
    is and never read here. Raises `TooHeavyError` when the process takes longer than `seconds` or fails.
    """
    refuse_while_holding("a process that reads a file")
    given: dict[str, Any] = {"input": content}
    if not isinstance(content, bytes):
        given = {"stdin": content.fileno()}  # first of all: it may put the file on disk
        content.flush()
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, json.dumps(order)],
            capture_output=True,
            timeout=seconds,
            check=False,
            env={
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONDONTWRITEBYTECODE": "1",
                "LC_ALL": "C.UTF-8",
            },
            **given,
        )
    except subprocess.TimeoutExpired as expired:
        raise TooHeavyError("Berkas terlalu lama dibaca.") from expired
    if done.returncode != 0:
        # Out of memory, or a fault of ours: the operator sees which, without any value of the file.
        fault = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        log.warning("reading_process_failed", module=module, code=done.returncode, fault=fault)
        raise TooHeavyError("Berkas terlalu berat untuk dibaca.")
    told: bytes = done.stdout
    return told
