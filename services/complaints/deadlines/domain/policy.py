"""Deadline policies: what arms, meets and stops each deadline, its length, ladder and addressees, since when.

Kinds, facts and acts are known by the names that each subject gives them: what deadlines are about is not
theirs to say. Source: complaints.md section 5.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import ClassVar, Literal, TypeVar, get_args
from uuid import UUID

from shared.calendar import reckoning
from shared.kernel import DomainError

A = TypeVar("A", bound=str)
StartFact = str
"""What happens to a matter that deadlines may start with, by the name its subject has for it."""
ScopeLevel = Literal["unit", "agency", "national"]
DueEnd = reckoning.DueEnd
LengthUnit = reckoning.LengthUnit
DueWork = Literal["resume_after_silence", "close_by_silence"]
CaseClass = Literal["ringan", "normatif", "tidak_berkadar", "berkadar_pengawasan"]

CLASSES: tuple[CaseClass, ...] = get_args(CaseClass)
SCOPE_ORDER: tuple[ScopeLevel, ...] = ("unit", "agency", "national")
REPORTER = "reporter"
"""Who holds a deadline of the reporter's own time."""
DECLARANT = "declarant"
"""Who holds a deadline of somebody of the unit who reports a gift or declares an interest."""


ANSWERING = frozenset({"approve"})
"""The act that delivers an answer."""


class PolicyError(ValueError):
    """The policy data cannot be used; the text says which entry and why."""


class PolicyLostError(DomainError):
    """A deadline runs under a policy version that the data no longer hold: an operator must bring it back."""

    code: ClassVar[str] = "policy_lost"


class KindUnknownError(DomainError):
    """No deadline is about this kind; `errors` names the field and the kinds that there are."""

    code: ClassVar[str] = "kind_unknown"

    def __init__(self, known: Iterable[str]) -> None:
        told = f"Jenis ini tidak dikenal; yang ada: {', '.join(known)}."
        super().__init__(told, errors=[{"field": "kind", "code": self.code, "message": told}])


@dataclass(frozen=True, slots=True)
class Matter:
    """What a deadline is about: all that deadlines know of a case, or of anything else that has some."""

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

    @property
    def reminders(self) -> int:
        """How many rungs come before the due time."""
        return sum(rung.percent is not None or (rung.working_days or 0) < 0 for rung in self.rungs)


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one deadline for one class and scope. `valid_to` is the last day.

    Each fact of `starts` arms it, and replaces one of this rule that still runs unbreached; the acts `met_by`
    meet it, those of `cancelled_by` end its purpose. While the reporter is asked, one that `is_pausable`
    stands still. `extension` is by how much it may be lengthened once, for a reason (0: not at all). `on_due`
    is what the engine owes the case once it is over; `step` tells the reporter what is waited for, `title`
    names it for officers.
    """

    id: str
    version: str
    kinds: frozenset[str]
    case_class: str | None
    scope_level: ScopeLevel
    scope_id: str | None
    starts: tuple[StartFact, ...]
    met_by: frozenset[str]
    cancelled_by: frozenset[str]
    is_pausable: bool
    on_due: DueWork | None
    step: str
    title: str
    length: int
    unit: LengthUnit
    extension: int
    is_rolling: bool
    due_end: DueEnd
    ladder: Ladder
    holder: str
    breach_to: tuple[str, ...]
    escalate_to: tuple[str, ...]
    source: str
    valid_from: date
    valid_to: date
    is_confirmed: bool

    @property
    def counts_work(self) -> bool:
        """Whether it takes a calendar of working days to say when it is due."""
        return self.is_rolling or self.unit in (LengthUnit.WORKING_DAY, LengthUnit.WORKING_HOUR)

    @property
    def is_answers(self) -> bool:
        """Whether nothing but the answer meets it."""
        return self.met_by == ANSWERING

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
    """All policies in force or past, and the questions asked of them.

    Requests stop a case's deadlines for `pause_cap_days` calendar days in all; once `second_person_after`
    per cent of a deadline's time is over, it takes two people to let it stand still.
    """

    rules: tuple[Rule, ...]
    superiors: Mapping[str, str]
    class_fallback: Mapping[str, str]
    pause_cap_days: int
    second_person_after: int

    @property
    def ids(self) -> list[str]:
        """Return what the deadlines are called, in the order of the data."""
        return list(dict.fromkeys(rule.id for rule in self.rules))

    @property
    def kinds(self) -> list[str]:
        """Return the kinds that any deadline is about."""
        return sorted(frozenset[str]().union(*(rule.kinds for rule in self.rules)))

    @property
    def kinds_by_rule(self) -> list[tuple[str, str]]:
        """Return each kind with each id of a deadline that it may have."""
        return sorted({(kind, rule.id) for rule in self.rules for kind in rule.kinds})

    @property
    def versions(self) -> list[str]:
        return [rule.version for rule in self.rules]

    @cached_property
    def _by_version(self) -> Mapping[str, Rule]:
        return {rule.version: rule for rule in reversed(self.rules)}

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in reversed(self.rules)}

    def version(self, version: str) -> Rule:
        """Return the rule a running deadline was armed with; `PolicyLostError` when the data lost it."""
        found = self._by_version.get(version)
        if found is None:
            raise PolicyLostError(
                f"Kebijakan tenggat {version} tidak ditemukan. Hubungi pengelola sistem.", policy=version
            )
        return found

    def about(self, rule_id: str, version: str) -> Rule:
        """Return the rule that says what ends a running deadline: its own, or one of its id if that is lost.

        Raises `PolicyLostError` when the id is lost too.
        """
        return self._by_version.get(version) or self._by_id.get(rule_id) or self.version(version)

    def title_of(self, rule_id: str, version: str) -> str:
        """Return what a running deadline is called; its id when its policy is lost."""
        try:
            return self.about(rule_id, version).title
        except PolicyLostError:
            return rule_id

    def holder_of(self, rule_id: str, version: str) -> str | None:
        """Return the role that has to keep a running deadline; None when its policy is lost."""
        try:
            return self.about(rule_id, version).holder
        except PolicyLostError:
            return None

    def held_by(self, role: str) -> list[str]:
        """Return the ids of the deadlines that a role has to keep."""
        return [id_ for id_ in self.ids if self.is_held_by(id_, role)]

    def is_held_by(self, rule_id: str | None, role: str) -> bool:
        """Tell whether a role has to keep a deadline; none is anybody's."""
        return any(rule.id == rule_id and rule.holder == role for rule in self.rules)

    @property
    def requests(self) -> list[str]:
        """Return the ids of the deadlines of a reporter who is asked for facts."""
        asked = {rule.id for rule in self.rules if "requested" in rule.starts and rule.holder == REPORTER}
        return [id_ for id_ in self.ids if id_ in asked]

    def opening(self, acts: Collection[A]) -> dict[str, A]:
        """Return by which of these acts each deadline is met that one of them meets, by its id."""
        return {rule.id: act for rule in self.rules for act in acts if act in rule.met_by}

    @property
    def steps(self) -> dict[str, str]:
        """Return what each deadline waits for, in words for the reporter, by its id."""
        return {id_: rule.step for id_, rule in self._by_id.items()}

    def due_work(self, rule_id: str) -> DueWork | None:
        """Return what the engine owes a case once this deadline is over."""
        rule = self._by_id.get(rule_id)
        return None if rule is None else rule.on_due

    def starting(self, fact: StartFact, matter: Matter, on: date) -> list[Rule]:
        """Return the rules that a fact of local date `on` arms."""
        found = (self.in_force(rule_id, matter, on) for rule_id in self.ids)
        return [rule for rule in found if rule is not None and fact in rule.starts]

    def in_force(self, rule_id: str, matter: Matter, on: date) -> Rule | None:
        """Return the rule for a deadline that starts on local date `on`: unit before agency before national.

        A class without an entry of its own takes its fallback's (section 16). None when none is in force.
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
                return None
            wanted = self.class_fallback[wanted]
