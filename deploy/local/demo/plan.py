"""The work plan of a unit: steps taken from the first seed, tied to the LKE's indicators."""

import json
import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from deploy.local.demo.situations import Situation

PLAN = Path(__file__).parent / "data" / "plan.json"
HASIL = {"H1.a": "B.I.a", "H1.b": "B.I.b", "H2": "B.II.a"}
HALF = {"P": "A.I", "R": "A.II"}


@dataclass(frozen=True)
class Step:
    """One activity of a plan; a completed one has a file for each of its `kinds`."""

    indicator: str
    title: str
    kinds: tuple[str, ...]
    due_on: date
    is_done: bool


def indicator_of(template: str) -> str:
    """Return the LKE code behind a plan template: `P{a}.{i}`, `R{a}.{i}` or a hasil. Source: lke.md 2."""
    if template in HASIL:
        return HASIL[template]
    parts = re.fullmatch(r"([PR])(\d)\.([ivx]+)", template)
    if parts is None:
        raise ValueError(f"{template} is no plan template")
    return f"{HALF[parts[1]]}.{parts[2]}.{parts[3]}"


def steps(seed: str, situation: Situation, year: int) -> list[Step]:
    """Return a unit's plan in the order of the sheet; the steps due first are the ones done."""
    rng = random.Random(seed)
    rows: list[Any] = json.loads(PLAN.read_text())["activities"]
    chosen = sorted(rng.sample(range(len(rows)), situation.planned))
    by_due = sorted(chosen, key=lambda place: (rows[place][1], place))
    done = set(by_due[: situation.done])
    return [
        Step(indicator_of(template), title, tuple(kinds), _due(year, month, rng), place in done)
        for place in chosen
        for template, month, title, kinds in [rows[place]]
    ]


def _due(year: int, month: int, rng: random.Random) -> date:
    """Return a day in the second half of a month."""
    return date(year, month, 15) + timedelta(days=rng.randint(0, 13))
