"""Run the reading process: a stranger's file never meets a parser inside the service."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import structlog

from services.planning.workbook.grid import Grid
from services.planning.workbook.limits import Limits, RefusedFileError

_CHILD = "services.planning.workbook.child"

log = structlog.get_logger(__name__)


def read_grid(content: bytes, sheet: str, limits: Limits) -> Grid:
    """Return the grid of a sheet, read in a process limited in memory and time. Blocks: call from a thread.

    Raises `RefusedFileError`: what `extract` refuses, and `too_heavy` when the process hits its limits.
    """
    if len(content) > limits.packed_bytes:
        raise RefusedFileError(
            "too_large", f"Berkas lebih besar dari {limits.packed_bytes // (1024 * 1024)} MiB."
        )
    order = json.dumps({"sheet": sheet, "limits": asdict(limits)}).encode() + b"\n"
    try:
        done = subprocess.run(
            [sys.executable, "-m", _CHILD],
            input=order + content,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            env={
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONDONTWRITEBYTECODE": "1",
                "LC_ALL": "C.UTF-8",
            },
        )
    except subprocess.TimeoutExpired as expired:
        raise RefusedFileError("too_heavy", "Berkas terlalu lama dibaca.") from expired
    if done.returncode != 0:
        # Out of memory, or a fault of ours: the operator sees which, without any value of the file.
        fault = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        log.warning("workbook_child_failed", code=done.returncode, fault=fault)
        raise RefusedFileError("too_heavy", "Berkas terlalu berat untuk dibaca.")
    answer = json.loads(done.stdout)
    if "reason" in answer:
        raise RefusedFileError(answer["reason"], answer["said"])
    return Grid.from_json(done.stdout)
