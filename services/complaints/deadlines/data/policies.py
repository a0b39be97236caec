"""Policies as files: what an entry may say, and the book made of all of them.

Every refusal names the entry, the field and what is wrong with it. Source: complaints.md section 5.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from services.complaints.deadlines.domain.policy import (
    DECLARANT,
    REPORTER,
    CaseClass,
    DueEnd,
    DueWork,
    Ladder,
    LengthUnit,
    PolicyBook,
    PolicyError,
    Rule,
    RungPlan,
    ScopeLevel,
)
from shared.security.roles import CASE_OFFICERS, DUTY_OFFICERS, INTEGRITY_OFFICERS

SHORT_BELOW_WORKING_DAYS = 3
"""Deadlines shorter than this, and deadlines in hours, take a ladder without late reminders (section 5)."""
AS_NATIONAL = ("start", "met_by", "cancelled_by", "on_due", "step", "title")
"""What an entry for one agency or unit leaves out is as in the national entry of its id."""

STEP_OF = {True: "Menunggu Anda", False: "Menunggu petugas"}
"""Whom the reporter's page waits for where an entry does not say it in words of its own."""

ROLES = CASE_OFFICERS | INTEGRITY_OFFICERS | DUTY_OFFICERS | {REPORTER, DECLARANT}
"""Whom a deadline may concern."""
ADDRESSEES = ROLES | {"holder", "breach_to", "superior", "escalate_to"}
"""Whom a rung may tell: a role, or what the policy says of it."""


def _one_of(known: frozenset[str]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"unknown; known are {', '.join(sorted(known))}")
        return name

    return AfterValidator(check)


Role = Annotated[str, _one_of(ROLES)]
Addressee = Annotated[str, _one_of(ADDRESSEES)]
Words = Annotated[str, Field(min_length=1)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rung(_Read):
    code: Words
    to: tuple[Addressee, ...]
    percent: Annotated[StrictInt, Field(gt=0, lt=100)] | None = None
    working_days: StrictInt | None = None
    is_due: StrictBool = False

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.percent is not None) + (self.working_days is not None) + self.is_due != 1:
            raise ValueError("exactly one of percent, working_days, is_due")
        return self


class _Ladder(_Read):
    rungs: tuple[_Rung, ...]
    repeat_days: Annotated[StrictInt, Field(ge=0)] = 0
    repeat_to: tuple[Addressee, ...] = ()

    @model_validator(mode="after")
    def _is_climbed_once(self) -> Self:
        if len({rung.code for rung in self.rungs}) != len(self.rungs):
            raise ValueError("a rung code is used twice")
        if sum(rung.is_due for rung in self.rungs) != 1:
            raise ValueError("exactly one rung must be the due time")
        return self


class _Ladders(_Read):
    source: Words
    superiors: dict[str, Role]
    class_fallback: dict[str, CaseClass]
    ladders: dict[str, _Ladder]

    @model_validator(mode="after")
    def _falls_back_to_an_end(self) -> Self:
        for name in self.class_fallback:
            passed, now = {name}, self.class_fallback.get(name)
            while now is not None and now not in passed:
                passed.add(now)
                now = self.class_fallback.get(now)
            if now is not None:
                raise ValueError(f"class_fallback: {name} falls back in a circle")
        return self


class _Pauses(_Read):
    source: Words
    pause_cap_days: Annotated[StrictInt, Field(gt=0)]
    second_person_after_percent: Annotated[StrictInt, Field(gt=0, lt=100)]


class _Scope(_Read):
    level: ScopeLevel
    id: Words | None = None

    @model_validator(mode="after")
    def _is_named_unless_national(self) -> Self:
        if (self.level == "national") != (self.id is None):
            raise ValueError("a national policy has no scope id, any other has one")
        return self


class Policy(_Read):
    """One entry as it stands in a file; `source`, `note` and `confirmed` are for people."""

    id: Words
    version: Words
    kinds: Annotated[frozenset[Words], Field(min_length=1)]
    case_class: CaseClass | None = Field(alias="class")
    scope: _Scope
    start: Annotated[tuple[Words, ...], Field(min_length=1)]
    met_by: frozenset[str]
    cancelled_by: frozenset[str] = frozenset()
    pausable: StrictBool = False
    on_due: DueWork | None = None
    step: Words | None = None
    title: Words | None = None
    length: Annotated[StrictInt, Field(gt=0)]
    unit: LengthUnit
    extension: Annotated[StrictInt, Field(ge=0)] = 0
    roll: StrictBool = False
    due: DueEnd = "day_end"
    ladder: str
    holder: Role
    breach_to: tuple[Role, ...]
    escalate_to: tuple[Role, ...]
    source: Words
    note: str | None = None
    valid_from: date | None
    valid_to: date | None = None
    confirmed: StrictBool

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.valid_to or date.max) < (self.valid_from or date.min):
            raise ValueError("valid_to lies before valid_from")
        if self.pausable and self.unit not in (LengthUnit.WORKING_DAY, LengthUnit.WORKING_HOUR):
            raise ValueError("only deadlines in working time can be paused")
        if self.unit is LengthUnit.CLOCK_HOUR and (self.roll or self.due != "day_end"):
            raise ValueError("clock hours end at their instant: neither roll nor another end of the day")
        is_short = self.unit is LengthUnit.WORKING_DAY and self.length < SHORT_BELOW_WORKING_DAYS
        if (self.unit.is_hours or is_short) and self.ladder == "std":
            raise ValueError("too short for the ladder std")
        return self


M = TypeVar("M", bound=_Read)


def parse(
    documents: Sequence[Mapping[str, Any]], ladders: Mapping[str, Any], pauses: Mapping[str, Any]
) -> PolicyBook:
    """Build the book from the decoded files; raises `PolicyError` for anything that is not sound.

    Refused: overlap or gap in time per id, class and scope; length below one; unknown names; no source;
    a version used twice; a pausable deadline that counts calendar time; a ladder that does not fit the
    length; an id that is the reporter's own time, or owes work, in one entry and not in another.
    """
    known = _read(_Ladders, "ladders", ladders)
    capped = _read(_Pauses, "pauses", pauses)
    plans = {
        name: Ladder(
            name,
            tuple(RungPlan(**rung.model_dump()) for rung in ladder.rungs),
            ladder.repeat_days,
            ladder.repeat_to,
        )
        for name, ladder in known.ladders.items()
    }
    entries = [entry for document in documents for entry in document["policies"]]
    rules = tuple(_rule(entry, entries, plans, known) for entry in entries)
    _check_versions(rules)
    _check_ids(rules)
    return PolicyBook(
        rules,
        known.superiors,
        known.class_fallback,
        capped.pause_cap_days,
        capped.second_person_after_percent,
    )


def _read(model: type[M], name: str, values: Mapping[str, Any]) -> M:
    """Return the values as a model; the refusal names the entry and each field that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise PolicyError(f"{name}: {'; '.join(map(_told, error.errors()))}") from error


def _told(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return message
    return f"{'.'.join(map(str, error['loc']))}: {message}, not {error['input']!r}"


def _rule(
    entry: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    ladders: Mapping[str, Ladder],
    known: _Ladders,
) -> Rule:
    name = str(entry.get("version", entry.get("id")))
    nation = next((e for e in entries if e.get("id") == entry.get("id") and _is_national(e)), {})
    policy = _read(Policy, name, {**{key: nation[key] for key in AS_NATIONAL if key in nation}, **entry})
    if policy.ladder not in ladders:
        raise PolicyError(f"{name}: ladder: unknown {policy.ladder}")
    if policy.holder not in known.superiors:
        raise PolicyError(f"{name}: holder {policy.holder} has no superior")
    return Rule(
        id=policy.id,
        version=policy.version,
        kinds=policy.kinds,
        case_class=policy.case_class,
        scope_level=policy.scope.level,
        scope_id=policy.scope.id,
        starts=policy.start,
        met_by=policy.met_by,
        cancelled_by=policy.cancelled_by,
        is_pausable=policy.pausable,
        on_due=policy.on_due,
        step=policy.step or STEP_OF[policy.holder == REPORTER],
        title=policy.title or policy.id,
        length=policy.length,
        unit=policy.unit,
        extension=policy.extension,
        is_rolling=policy.roll,
        due_end=policy.due,
        ladder=ladders[policy.ladder],
        holder=policy.holder,
        breach_to=policy.breach_to,
        escalate_to=policy.escalate_to,
        source=policy.source,
        valid_from=policy.valid_from or date.min,
        valid_to=policy.valid_to or date.max,
        is_confirmed=policy.confirmed,
    )


def _is_national(entry: Mapping[str, Any]) -> bool:
    scope = entry.get("scope")
    return isinstance(scope, Mapping) and scope.get("level") == "national"


def _check_versions(rules: Sequence[Rule]) -> None:
    versions = [rule.version for rule in rules]
    for version in versions:
        if versions.count(version) > 1:
            raise PolicyError(f"{version}: version used twice")
    series: dict[tuple[str, str, str | None, str, str | None], list[Rule]] = defaultdict(list)
    for rule in rules:
        for kind in rule.kinds:
            series[rule.id, kind, rule.case_class, rule.scope_level, rule.scope_id].append(rule)
    for one in series.values():
        one.sort(key=lambda rule: rule.valid_from)
        for earlier, later in pairwise(one):
            if later.valid_from <= earlier.valid_to:
                raise PolicyError(f"{later.version}: overlaps {earlier.version}")
            if later.valid_from > earlier.valid_to + timedelta(days=1):
                raise PolicyError(f"{later.version}: leaves a gap after {earlier.version}")


def _check_ids(rules: Sequence[Rule]) -> None:
    """Refuse an id that means different things: lists of cases and restored rungs know it by id alone."""
    first: dict[str, Rule] = {}
    national = {rule.id for rule in rules if rule.scope_level == "national"}
    for rule in rules:
        one = first.setdefault(rule.id, rule)
        if (rule.holder == REPORTER) != (one.holder == REPORTER):
            raise PolicyError(
                f"{rule.version}: holder: the reporter's own time here or in {one.version} alone"
            )
        if set(rule.starts) != set(
            one.starts
        ):  # facts ask on days of their own: two rules of an id would run, or none
            raise PolicyError(f"{rule.version}: start: not as in {one.version}; take another id")
        if rule.on_due != one.on_due:
            raise PolicyError(f"{rule.version}: on_due: not as in {one.version}")
        if rule.on_due is not None and rule.id not in national:
            raise PolicyError(f"{rule.version}: on_due: only of ids that a national entry has")
