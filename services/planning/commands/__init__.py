"""The commands of `zi` that are clients of planning's HTTP API."""

from services.planning.commands.nomination import nomination, predicate
from services.planning.commands.plans import activity, lke, programme
from services.planning.commands.units import unit

__all__ = ["activity", "lke", "nomination", "predicate", "programme", "unit"]
