"""Deadline policies as data: what each deadline's length, ladder and addressees are, and since when.

Source: complaints.md section 5. Every refusal names the entry and what is wrong with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, ClassVar, Literal, get_args
from uuid import UUID

from shared.kernel import DomainError

StartFact = Literal["received", "requested", "verified", "disposed", "file_complete", "answered"]
ScopeLevel = Literal["unit", "agency", "national"]
DueEnd = Literal["day_end", "service_end"]
Kind = Literal["pengaduan"]
CaseClass = Literal["ringan", "normatif", "tidak_berkadar", "berkadar_pengawasan"]

KINDS: frozenset[str] = frozenset(get_args(Kind))
CLASSES: frozenset[str] = frozenset(get_args(CaseClass))
SCOPE_ORDER: tuple[ScopeLevel, ...] = ("unit", "agency", "national")
ADDRESSEES = ("holder", "breach_to", "superior", "escalate_to")
SHORT_BELOW_WORKING_DAYS = 3
"""Deadlines shorter than this, and deadlines in hours, take a ladder without late reminders (section 5)."""


class LengthUnit(StrEnum):
    """What a length counts: working or calendar days, working or clock hours, months."""

    WORKING_DAY = "wd"
    CALENDAR_DAY = "cd"
    WORKING_HOUR = "wh"
    CLOCK_HOUR = "ch"
    MONTH = "month"

    @property
    def is_hours(self) -> bool:
        return self in (LengthUnit.WORKING_HOUR, LengthUnit.CLOCK_HOUR)


class PolicyError(ValueError):
    """The policy data cannot be used; the text says which entry and why."""


class PolicyLostError(DomainError):
    """A deadline runs under a policy version that the data no longer hold: an operator must bring it back."""

    code: ClassVar[str] = "policy_lost"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a deadline is about: all that deadlines know of a case."""

    case_ref: UUID
    unit_id: str | None
    agency_id: str
    kind: str
    case_class: str | None


@dataclass(frozen=True, slots=True)
class RungPlan:
    """One rung of a ladder: where it lies (exactly one of the three) and whom it tells."""

    code: str
    to: tuple[str, ...]
    percent: int | None = None
    working_days: int | None = None
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in their order; after the last one the deadline repeats every `repeat_days` (0: never)."""

    id: str
    rungs: tuple[RungPlan, ...]
    repeat_days: int
    repeat_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one deadline for one class and scope. `valid_to` is the last day; None means open."""

    id: str
    version: str
    kinds: frozenset[str]
    case_class: str | None
    scope_level: ScopeLevel
    scope_id: str | None
    start: StartFact
    length: int
    unit: LengthUnit
    is_rolling: bool
    due_end: DueEnd
    is_pausable: bool
    ladder: Ladder
    holder: str
    breach_to: tuple[str, ...]
    escalate_to: tuple[str, ...]
    source: str
    valid_from: date
    valid_to: date
    is_confirmed: bool

    def addressees(self, names: Iterable[str], superiors: Mapping[str, str]) -> tuple[str, ...]:
        """Return the roles behind a rung's addressees, without repeats, in order."""
        roles: list[str] = []
        for name in names:
            if name == "holder":
                roles.append(self.holder)
            elif name == "superior":
                roles.append(superiors[self.holder])
            elif name == "breach_to":
                roles.extend(self.breach_to)
            elif name == "escalate_to":
                roles.extend(self.escalate_to)
            else:
                roles.append(name)
        return tuple(dict.fromkeys(roles))


@dataclass(frozen=True)
class PolicyBook:
    """All policies in force or past, and the questions asked of them."""

    rules: tuple[Rule, ...]
    superiors: Mapping[str, str]
    class_fallback: Mapping[str, str]

    def version(self, version: str) -> Rule:
        """Return the rule a running deadline was armed with; `PolicyLostError` when the data lost it."""
        for rule in self.rules:
            if rule.version == version:
                return rule
        raise PolicyLostError(
            f"Kebijakan tenggat {version} tidak ditemukan. Hubungi pengelola sistem.", policy=version
        )

    @property
    def ids(self) -> list[str]:
        """Return what the deadlines are called, in the order of the data."""
        return list(dict.fromkeys(rule.id for rule in self.rules))

    @property
    def versions(self) -> list[str]:
        return [rule.version for rule in self.rules]

    def in_force(self, rule_id: str, matter: Matter, on: date) -> Rule:
        """Return the rule for a deadline that starts on local date `on`: unit before agency before national.

        A class without an entry of its own takes its fallback's (section 16). Raises `KeyError` when none
        is in force.
        """
        scopes = {"unit": matter.unit_id, "agency": matter.agency_id, "national": None}
        wanted = matter.case_class
        while True:
            for level in SCOPE_ORDER:
                for rule in self.rules:
                    if (
                        rule.id == rule_id
                        and matter.kind in rule.kinds
                        and rule.case_class in (None, wanted)
                        and (rule.scope_level, rule.scope_id) == (level, scopes[level])
                        and rule.valid_from <= on <= rule.valid_to
                    ):
                        return rule
            if wanted is None or wanted not in self.class_fallback:
                raise KeyError(f"no policy {rule_id} for {matter.kind}/{matter.case_class} on {on}")
            wanted = self.class_fallback[wanted]


def parse(
    documents: Sequence[Mapping[str, Any]], ladders: Mapping[str, Any], roles: frozenset[str]
) -> PolicyBook:
    """Build the book from the decoded files; raises `PolicyError` for anything that is not sound.

    Refused: overlap or gap in time per id, class and scope; length below one; unknown names; no source;
    a version used twice; a pausable deadline that counts calendar time; a ladder that does not fit the
    length.
    """
    known = {name: _ladder(name, entry, roles) for name, entry in ladders["ladders"].items()}
    rules = tuple(_rule(entry, known, roles) for document in documents for entry in document["policies"])
    versions = [rule.version for rule in rules]
    for version in versions:
        if versions.count(version) > 1:
            raise PolicyError(f"{version}: version used twice")
    _check_validity(rules)
    superiors: Mapping[str, str] = ladders["superiors"]
    for rule in rules:
        if rule.holder not in superiors:
            raise PolicyError(f"{rule.version}: holder {rule.holder} has no superior")
    return PolicyBook(rules, superiors, ladders["class_fallback"])


def _ladder(name: str, entry: Mapping[str, Any], roles: frozenset[str]) -> Ladder:
    rungs = tuple(
        RungPlan(
            code=rung["code"],
            to=tuple(rung["to"]),
            percent=rung.get("percent"),
            working_days=rung.get("working_days"),
            is_due=rung.get("is_due", False),
        )
        for rung in entry["rungs"]
    )
    codes = [rung.code for rung in rungs]
    if len(set(codes)) != len(codes):
        raise PolicyError(f"ladder {name}: a rung code is used twice")
    if sum(rung.is_due for rung in rungs) != 1:
        raise PolicyError(f"ladder {name}: exactly one rung must be the due time")
    for rung in rungs:
        places = (rung.percent is not None) + (rung.working_days is not None) + rung.is_due
        if places != 1:
            raise PolicyError(f"ladder {name}, {rung.code}: exactly one of percent, working_days, is_due")
        if rung.percent is not None and not 0 < rung.percent < 100:  # noqa: PLR2004 - per cent
            raise PolicyError(f"ladder {name}, {rung.code}: percent must lie between 0 and 100")
        _known(f"ladder {name}, {rung.code}", rung.to, (*ADDRESSEES, *roles))
    repeat_to = tuple(entry.get("repeat_to", ()))
    _known(f"ladder {name}", repeat_to, (*ADDRESSEES, *roles))
    return Ladder(name, rungs, entry.get("repeat_days", 0), repeat_to)


def _rule(entry: Mapping[str, Any], ladders: Mapping[str, Ladder], roles: frozenset[str]) -> Rule:
    name = str(entry.get("version", entry.get("id")))
    missing = sorted(_REQUIRED - entry.keys())
    unknown = sorted(entry.keys() - _REQUIRED - _OPTIONAL)
    if missing or unknown:
        raise PolicyError(f"{name}: missing {missing}, unknown {unknown}")
    if not entry["source"]:
        raise PolicyError(f"{name}: no source")
    scope = entry["scope"]
    _known(name, [scope["level"]], SCOPE_ORDER)
    if (scope["level"] == "national") != (scope.get("id") is None):
        raise PolicyError(f"{name}: a national policy has no scope id, any other has one")
    _known(name, entry["kinds"], KINDS)
    _known(name, [entry["class"]] if entry["class"] else [], CLASSES)
    _known(name, [entry["start"]], get_args(StartFact))
    _known(name, [entry["unit"]], list(LengthUnit))
    _known(name, [entry.get("due", "day_end")], get_args(DueEnd))
    _known(name, [entry["ladder"]], ladders)
    _known(name, [entry["holder"], *entry["breach_to"], *entry["escalate_to"]], roles)
    rule = Rule(
        id=entry["id"],
        version=name,
        kinds=frozenset(entry["kinds"]),
        case_class=entry["class"],
        scope_level=scope["level"],
        scope_id=scope.get("id"),
        start=entry["start"],
        length=entry["length"],
        unit=LengthUnit(entry["unit"]),
        is_rolling=entry.get("roll", False),
        due_end=entry.get("due", "day_end"),
        is_pausable=entry.get("pausable", False),
        ladder=ladders[entry["ladder"]],
        holder=entry["holder"],
        breach_to=tuple(entry["breach_to"]),
        escalate_to=tuple(entry["escalate_to"]),
        source=entry["source"],
        valid_from=date.fromisoformat(entry["valid_from"]) if entry["valid_from"] else date.min,
        valid_to=date.fromisoformat(entry["valid_to"]) if entry.get("valid_to") else date.max,
        is_confirmed=entry["confirmed"],
    )
    _check_rule(rule)
    return rule


def _check_rule(rule: Rule) -> None:
    if isinstance(rule.length, bool) or not isinstance(rule.length, int) or rule.length <= 0:
        raise PolicyError(f"{rule.version}: length must be a whole number above 0")
    if rule.valid_to < rule.valid_from:
        raise PolicyError(f"{rule.version}: valid_to lies before valid_from")
    if rule.is_pausable and rule.unit not in (LengthUnit.WORKING_DAY, LengthUnit.WORKING_HOUR):
        raise PolicyError(f"{rule.version}: only deadlines in working time can be paused")
    is_short = rule.unit.is_hours or (
        rule.unit is LengthUnit.WORKING_DAY and rule.length < SHORT_BELOW_WORKING_DAYS
    )
    if is_short and rule.ladder.id == "std":
        raise PolicyError(f"{rule.version}: too short for the ladder std")


def _check_validity(rules: Sequence[Rule]) -> None:
    series: dict[tuple[str, str, str | None, str, str | None], list[Rule]] = defaultdict(list)
    for rule in rules:
        for kind in rule.kinds:
            series[rule.id, kind, rule.case_class, rule.scope_level, rule.scope_id].append(rule)
    for versions in series.values():
        versions.sort(key=lambda rule: rule.valid_from)
        for earlier, later in pairwise(versions):
            if later.valid_from <= earlier.valid_to:
                raise PolicyError(f"{later.version}: overlaps {earlier.version}")
            if later.valid_from > earlier.valid_to + timedelta(days=1):
                raise PolicyError(f"{later.version}: leaves a gap after {earlier.version}")


def _known(name: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise PolicyError(f"{name}: unknown {', '.join(unknown)}")


_REQUIRED = frozenset(
    (
        "id",
        "version",
        "kinds",
        "class",
        "scope",
        "start",
        "length",
        "unit",
        "ladder",
        "holder",
        "breach_to",
        "escalate_to",
        "source",
        "valid_from",
        "confirmed",
    )
)
_OPTIONAL = frozenset(("roll", "due", "pausable", "valid_to", "note"))
