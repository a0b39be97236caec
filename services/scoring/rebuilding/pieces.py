"""Pieces of a rebuild: what one process can do by itself, and what comes of it."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from services.scoring.domain.sheets import UnitYear
from services.scoring.rebuilding.kept import Moved
from services.scoring.rebuilding.logs import Logs, size
from services.scoring.rebuilding.shard import Gathered
from shared.instruments.lke import CaseCounts

Tell = Callable[[int], None]
"""Takes how much more is done: records or unit years."""


class Fold(msgspec.Struct, tag=True):
    """Fold these logs and write what is left of them."""

    logs: Logs

    def size(self) -> int:
        return size(self.logs)


class Count(msgspec.Struct, tag=True):
    """Count these unit years; `moved` and `counts` are of those with cases."""

    unit_years: Sequence[UnitYear]
    moved: dict[UnitYear, Moved]
    counts: dict[UnitYear, CaseCounts]

    def size(self) -> int:
        return len(self.unit_years)


Piece = Fold | Count


class Hand(Protocol):
    """Does pieces one after the other."""

    async def do(self, piece: Piece, tell: Tell) -> Gathered: ...
