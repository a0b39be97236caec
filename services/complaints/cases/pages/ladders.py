"""A ladder as a small picture with words: when a deadline reminds, ends and escalates, and whom it tells."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.complaints.cases.pages.words import role
from services.complaints.deadlines.domain.policy import LengthUnit, Rule, RungPlan
from services.complaints.deadlines.words import UNITS

STEP, EDGE = 36, 16
"""Pixels of the picture, between rungs and at its ends: a phone of 320 has room for the longest."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rung: its place in the picture, what it is (`kind` of a status), when it comes and whom it tells."""

    x: int
    kind: str
    name: str
    when: str
    to: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a deadline in their order; `due_x` is where its time is over."""

    steps: tuple[Step, ...]
    due_x: int
    width: int


def ladder_of(rule: Rule, superiors: Mapping[str, str]) -> Ladder:
    """Return the ladder of a deadline; reminders that would come together, or after its end, are left out."""
    plans = [plan for plan in rule.ladder.rungs if not _is_dropped(plan, rule)]
    steps = [_step(EDGE + STEP * place, plan, rule, superiors) for place, plan in enumerate(plans)]
    due_x = next(step.x for step, plan in zip(steps, plans, strict=True) if plan.is_due)
    if rule.ladder.repeat_days:
        told = _told(rule, rule.ladder.repeat_to, superiors)
        when = f"lalu tiap {rule.ladder.repeat_days} hari, sampai dipenuhi"
        steps.append(Step(EDGE + STEP * len(steps), "bad", "Diulang", when, told))
    return Ladder(tuple(steps), due_x, 2 * EDGE + STEP * (len(steps) - 1))


def _step(x: int, plan: RungPlan, rule: Rule, superiors: Mapping[str, str]) -> Step:
    told = _told(rule, plan.to, superiors)
    if plan.is_due:
        return Step(x, "bad", "Jatuh tempo", "saat waktunya habis", told)
    after = plan.working_days or 0
    if plan.percent is None and after > 0:
        return Step(x, "bad", "Eskalasi", f"{after} hari kerja sesudah jatuh tempo diberitahukan", told)
    return Step(x, "warn", "Pengingat", _before(plan, rule), told)


def _before(plan: RungPlan, rule: Rule) -> str:
    """Return when a reminder comes, which is at the opening of a day, or after hours."""
    if plan.percent is None:
        return f"{-(plan.working_days or 0)} hari kerja sebelum jatuh tempo, saat buka"
    if rule.unit.is_hours or rule.unit is LengthUnit.MONTH:
        return f"sesudah {plan.percent} % waktunya"
    day = _day_of(plan, rule)
    return f"{UNITS[rule.unit]} ke-{day} saat buka, {plan.percent} % waktunya"


def _day_of(plan: RungPlan, rule: Rule) -> int:
    """Return on which counted day of a length in days a reminder comes."""
    if plan.percent is not None:
        return -(-rule.length * plan.percent // 100)
    return rule.length + (plan.working_days or 0)


def _is_dropped(plan: RungPlan, rule: Rule) -> bool:
    """Tell whether a reminder never comes: before the first day, or on the day of an earlier one.

    Calendar days before the due day are no working days, so there only the calendar of a case can tell.
    """
    if plan.is_due or (plan.working_days or 0) > 0 or rule.unit is not LengthUnit.WORKING_DAY:
        return False
    earlier = rule.ladder.rungs[: rule.ladder.rungs.index(plan)]
    days = [_day_of(other, rule) for other in earlier if not other.is_due and (other.working_days or 0) <= 0]
    return _day_of(plan, rule) < 1 or _day_of(plan, rule) in days


def _told(rule: Rule, names: tuple[str, ...], superiors: Mapping[str, str]) -> str:
    roles = rule.addressees(names, superiors)
    return ", ".join(map(role, roles)) or "tidak ada; sistem melanjutkan sendiri"
