"""Run the reading process: a stranger's file never meets a parser inside the service."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.planning.spreadsheets.grid import Grid
from services.planning.spreadsheets.limits import Limits
from shared.files.confinement.running import TooHeavyError, run_confined
from shared.files.inspection.package import RefusedPackageError

_CHILD = "services.planning.spreadsheets.child"


def read_grid(content: bytes, sheet: str | Mapping[str, int], limits: Limits) -> Grid:
    """Return the grid of a sheet, read in a process limited in memory and time. Blocks: call from a thread.

    `sheet` may name several, as for `extract`.

    Raises `RefusedPackageError`: what `extract` refuses, and `too_heavy` when the process hits its limits.
    """
    return read_by(_CHILD, content, {"sheet": sheet, "limits": asdict(limits)}, limits)


def read_by(module: str, content: bytes, order: Mapping[str, Any], limits: Limits) -> Grid:
    """Return the grid that a reading process of this module makes of a file; as `read_grid`."""
    if len(content) > limits.packed_bytes:
        raise RefusedPackageError(
            "too_large", f"Berkas lebih besar dari {limits.packed_bytes // (1024 * 1024)} MiB."
        )
    try:
        told = run_confined(module, order, content, seconds=limits.seconds)
    except TooHeavyError as heavy:
        raise RefusedPackageError("too_heavy", str(heavy)) from heavy
    answer = json.loads(told)
    if "reason" in answer:
        raise RefusedPackageError(**answer)
    return Grid.of(answer)
