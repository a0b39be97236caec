"""The practice of stages as data, read and checked once."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from services.planning.stages.domain.assessors import AssessorRole
from services.planning.stages.domain.practice import Practice
from services.planning.stages.domain.stage import Window

_PLAIN_YEAR = 2023


class PracticeDataError(ValueError):
    """The data cannot be used; the text says where and why."""


@cache
def practice() -> Practice:
    """Return the shipped practice; raises `PracticeDataError`."""
    return parse(json.loads(files(__package__).joinpath("data/practice.json").read_text("utf-8")))


def parse(data: Mapping[str, Any]) -> Practice:
    """Return the practice that the data says; raises `PracticeDataError` for what makes no sense."""
    for name in ("agency_types", "tpi_rounds", "limits", "last_days"):
        if not data.get(name, {}).get("source"):
            raise PracticeDataError(f"{name}: names no source")
    types = data["agency_types"]
    if unknown := set(types["preliminary"]) - set(types["values"]):
        raise PracticeDataError(f"agency_types.preliminary: {sorted(unknown)} are no types")
    rounds = tuple(frozenset(map(_role, names)) for names in data["tpi_rounds"]["finished_by"])
    if not rounds or not all(rounds):
        raise PracticeDataError("tpi_rounds.finished_by: every round needs somebody who ends it")
    limits = data["limits"]
    if min(limits["team_units"], limits["unit_minutes"]) < 1:
        raise PracticeDataError("limits: must be at least 1")
    days = {name: text for name, text in data["last_days"].items() if name != "source"}
    return Practice(
        tpi_rounds=rounds,
        team_units=limits["team_units"],
        unit_minutes=limits["unit_minutes"],
        agency_types=tuple(types["values"]),
        preliminary_types=frozenset(types["preliminary"]),
        last_days=MappingProxyType({_window(name): _month_and_day(text) for name, text in days.items()}),
    )


def _role(name: str) -> AssessorRole:
    try:
        return AssessorRole(name)
    except ValueError:
        raise PracticeDataError(f"tpi_rounds.finished_by: {name} is no role of an assessor") from None


def _window(name: str) -> Window:
    try:
        return Window(name)
    except ValueError:
        raise PracticeDataError(f"last_days: {name} is no window") from None


def _month_and_day(text: str) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"{_PLAIN_YEAR}-{text}")
    except ValueError:
        raise PracticeDataError(f"last_days: {text} is no month and day") from None
    return day.month, day.day
