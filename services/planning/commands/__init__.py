"""The commands of `zi` that are clients of planning's HTTP API."""

from services.planning.commands import reports  # noqa: F401 - adds to `lke`
from services.planning.commands.assessors import agency, assessor
from services.planning.commands.evidence import evidence
from services.planning.commands.exports import lke
from services.planning.commands.instrument import instrument
from services.planning.commands.nomination import nomination, predicate
from services.planning.commands.people import person
from services.planning.commands.plans import activity, programme
from services.planning.commands.portal import portal
from services.planning.commands.stages import finding, stage, window
from services.planning.commands.units import unit

__all__ = [
    "activity",
    "agency",
    "assessor",
    "evidence",
    "finding",
    "instrument",
    "lke",
    "nomination",
    "person",
    "portal",
    "predicate",
    "programme",
    "stage",
    "unit",
    "window",
]
