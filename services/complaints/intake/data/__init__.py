"""Intake as data: its limits, read once."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from shared.http.limits.waiting import Allowance, Wait


@dataclass(frozen=True, slots=True)
class MissLimits:
    """Wrong receipts in windows of `minutes`: of one source, of a site (IPv4 address or /48), of all.

    Above its number a source waits. Above that of a site, or of all, every source there waits that has missed
    `first` times; above the number `for_anybody` all do.
    """

    minutes: int
    per_source: int
    per_site: int
    per_site_for_anybody: int
    overall: int
    overall_for_anybody: int
    first: int


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """Limits of receiving complaints; counts per hour are per source.

    `receipt_burst` is how many receipts a source may show to one process, right ones too ("60/minute"), and
    `receipt_burst_of_site` the same of an IPv6 /48. `receipt_session_burst` is how many requests a receipt
    session may make to one process.
    """

    text_min: int
    text_max: int
    privacy_notice: str
    backdate_without_reason_working_days: int
    reports_per_hour: Allowance
    reports_per_unit_and_hour: Allowance
    wait: Wait
    receipt_burst: str
    receipt_burst_of_site: str
    receipt_misses: MissLimits
    receipt_session_minutes: int
    receipt_session_burst: str


@cache
def intake_rules() -> IntakeRules:
    """Return the limits of receiving complaints."""
    values = dict(_read("intake.json"))
    values.pop("source")
    for name, shape in (
        ("reports_per_hour", Allowance),
        ("reports_per_unit_and_hour", Allowance),
        ("wait", Wait),
        ("receipt_misses", MissLimits),
    ):
        values[name] = shape(**values[name])
    return IntakeRules(**values)


def _read(name: str) -> Any:
    return json.loads((files(__package__) / name).read_text(encoding="utf-8"))
