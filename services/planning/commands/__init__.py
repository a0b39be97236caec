"""The commands of `zi` that are clients of planning's HTTP API."""

from services.planning.commands.evidence import evidence
from services.planning.commands.instrument import instrument
from services.planning.commands.plans import activity, lke, programme
from services.planning.commands.units import unit

__all__ = ["activity", "evidence", "instrument", "lke", "programme", "unit"]
