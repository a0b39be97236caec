"""Rounds, ratios, spread and verdicts; CPU read from the kernel, not guessed."""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Literal, TypeVar

NOISY_SPREAD = 1.5
"""Spread of the rounds' ratios (largest over smallest) above which there is no verdict.

Source: performance.md section 5.
"""
SYNC_PROBES = 50
_TICKS = os.sysconf("SC_CLK_TCK")

T = TypeVar("T")
Verdict = Literal["holds", "misses", "noisy"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a run may take: rounds of each side, and whether everything is measured or the quick part.

    `share` of the usual amounts is measured: for a first look, or on a busy machine.
    """

    rounds: int
    is_full: bool
    share: float = 1.0

    def of(self, quick: int, full: int) -> int:
        """Return the amount that belongs to this effort."""
        return max(1, round((full if self.is_full else quick) * self.share))


@dataclass(frozen=True, slots=True)
class Round:
    """One measured round of one side: records, wall seconds and CPU seconds by part."""

    records: int
    wall_seconds: float
    cpu_seconds: dict[str, float]
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.records / self.wall_seconds

    def cpu_us(self, part: str = "client") -> float:
        """Return CPU microseconds per record of one part."""
        return self.cpu_seconds[part] * 1e6 / self.records

    def whole_us(self) -> float:
        """Return CPU microseconds per record of client, broker and database together."""
        return sum(self.cpu_us(part) for part in ("client", "broker", "database"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Something per round against a goal: a ratio of ours over theirs (or floor), or a figure with a unit."""

    name: str
    ratios: Sequence[float]
    goal: float
    is_lower_better: bool = False
    unit: str = "x"

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> float:
        least, most = min(self.ratios), max(self.ratios)
        return 1.0 if least == most else inf if least <= 0 else most / least

    @property
    def verdict(self) -> Verdict:
        """`noisy` when the rounds disagree too much to say anything, else whether the goal holds."""
        if self.spread > NOISY_SPREAD:
            return "noisy"
        holds = self.median <= self.goal if self.is_lower_better else self.median >= self.goal
        return "holds" if holds else "misses"

    def line(self) -> str:
        sign = "<=" if self.is_lower_better else ">="
        return (
            f"  {self.name}: {self.median:.2f}{self.unit} (rounds {min(self.ratios):.2f}-"
            f"{max(self.ratios):.2f}, goal {sign} {self.goal:g}{self.unit}): {self.verdict}"
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"median": self.median, "spread": self.spread, "verdict": self.verdict}


class Added(Comparison):
    """A difference, which may be about nothing: its rounds have no ratio to each other."""

    @property
    def spread(self) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the plot: a side's values of all rounds; bars of one `panel` share a scale."""

    panel: str
    label: str
    values: Sequence[float]


def report(
    name: str,
    what: str,
    comparisons: Sequence[Comparison],
    lines: Sequence[str],
    *,
    bars: Sequence[Bar] = (),
    **detail: Any,
) -> dict[str, Any]:
    """Return what one benchmark tells, as text lines and as JSON."""
    return {
        "id": name,
        "what": what,
        "comparisons": [comparison.as_json() for comparison in comparisons],
        "lines": [*(comparison.line() for comparison in comparisons), *lines],
        "bars": [asdict(bar) for bar in bars],
    } | detail


def ratios(ours: Sequence[Round], theirs: Sequence[Round], of: Callable[[Round], float]) -> list[float]:
    """Return ours over theirs, round by round."""
    return [of(a) / of(b) for a, b in zip(ours, theirs, strict=True)]


def summary(values: Sequence[float]) -> str:
    """Return median, minimum and maximum as text."""
    return f"median {statistics.median(values):,.1f} (min {min(values):,.1f}, max {max(values):,.1f})"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` in 0..1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def alternate(sides: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run A,B,.. then ..,B,A and so on: what the machine does meanwhile hits all sides alike."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 == 0 else reversed(list(sides)):
            found[name].append(sides[name]())
    return found


def cpu_of_tree(pid: int) -> float:
    """Return user and system CPU seconds of a process with its live and reaped children."""
    total = 0.0
    todo = [pid]
    while todo:
        current = todo.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{current}/task/{current}/children").read_text().split()
        except FileNotFoundError:
            continue
        total += sum(int(value) for value in fields[11:15]) / _TICKS
        todo += map(int, children)
    return total


def memory_mb(pid: int) -> float:
    """Return the resident memory of one process in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def sync_probe_ms(folder: Path) -> float:
    """Return the median milliseconds of one small write with fsync: how slow the disk is just now."""
    times = []
    with (folder / "sync-probe").open("wb", buffering=0) as file:
        for _ in range(SYNC_PROBES):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
