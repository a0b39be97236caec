"""Deadlines in words for pages: how long a rule runs, and what comes after a report was sent."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote, urlencode

from services.complaints.deadlines.domain.policy import LengthUnit, PolicyBook, Rule
from shared.http.addresses import CASE_RULES
from shared.indonesian import day

UNITS = {
    LengthUnit.WORKING_DAY: "hari kerja",
    LengthUnit.CALENDAR_DAY: "hari",
    LengthUnit.WORKING_HOUR: "jam kerja",
    LengthUnit.CLOCK_HOUR: "jam",
    LengthUnit.MONTH: "bulan",
}


def length(rule: Rule, counted: int | None = None) -> str:
    """Write how long a rule runs, or a deadline of it that was given another length: `5 hari kerja`."""
    return f"{rule.length if counted is None else counted} {UNITS[rule.unit]}"


def validity(rule: Rule) -> str:
    """Write for which starting days a version holds: `mulai 20 Januari 2026`."""
    first = "sejak awal" if rule.valid_from == date.min else f"mulai {day(rule.valid_from)}"
    return first if rule.valid_to == date.max else f"{first} sampai {day(rule.valid_to)}"


def rule_page(rule: Rule, kind: str = "") -> str:
    """Return where a version of a policy is explained, among those of a kind of case that it is for."""
    kinds = {"jenis": kind if kind in rule.kinds else min(rule.kinds)}
    return f"{CASE_RULES}?{urlencode(kinds)}#{quote(rule.version, safe='')}"


def path(policies: PolicyBook, kind: str) -> list[tuple[str, str]]:
    """Return what the reporter of a case of a kind waits for in turn, in words, each with its longest time.

    By the national rules; what begins only when somebody asks is left out.
    """
    by_id: dict[str, list[Rule]] = {}
    for rule in policies.rules:
        if rule.scope_level == "national" and kind in rule.kinds and "requested" not in rule.starts:
            by_id.setdefault(rule.id, []).append(rule)
    steps: dict[str, list[str]] = {}
    for rules in by_id.values():
        steps.setdefault(rules[0].step, []).append(_span(rules))
    return [(", paling lama ".join(spans), step) for step, spans in steps.items()]


def _span(rules: Sequence[Rule]) -> str:
    shortest, longest = min(rules, key=_days), max(rules, key=_days)
    if shortest.length == longest.length:
        return length(longest)
    return f"{shortest.length} sampai {length(longest)}"


def _days(rule: Rule) -> int:
    return rule.length
