"""The deadline policies over HTTP: what is in force, since when, by which source, and whether it was read."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import KindUnknownError, LengthUnit, Rule, ScopeLevel
from shared.http.authorization import Caller
from shared.http.fields import Day
from shared.kernel import NotFoundError

router = APIRouter()


class RungOut(BaseModel):
    """A rung of a ladder: where it lies, and whom it tells; `to` are roles."""

    code: str
    percent: int | None = Field(description="Share of the time that is over")
    working_days: int | None = Field(description="Before (negative) or after the due day")
    is_due: bool
    to: list[str]


class PolicyOut(BaseModel):
    """One version of a deadline's policy."""

    id: str
    version: str
    title: str
    kinds: list[str]
    case_class: str | None = Field(description="Null: of every class")
    scope_level: ScopeLevel
    scope_id: str | None
    start: list[str] = Field(description="Facts that arm it")
    length: int
    unit: LengthUnit
    extension: int = Field(description="By how much it may be lengthened once; 0: not at all")
    is_rolling: bool
    is_pausable: bool
    met_by: list[str]
    cancelled_by: list[str]
    holder: str
    breach_to: list[str]
    escalate_to: list[str]
    ladder: str
    rungs: list[RungOut]
    repeat_days: int
    source: str
    is_confirmed: bool = Field(description="Whether somebody has read the article of the source")
    valid_from: date | None = Field(description="First local start date; null: in force before any case")
    valid_to: date | None = Field(description="Last local start date; null: open")

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """Return a policy as the API tells it."""
        ladder = rule.ladder
        return cls(
            id=rule.id,
            version=rule.version,
            title=rule.title,
            kinds=sorted(rule.kinds),
            case_class=rule.case_class,
            scope_level=rule.scope_level,
            scope_id=rule.scope_id,
            start=list(rule.starts),
            length=rule.length,
            unit=rule.unit,
            extension=rule.extension,
            is_rolling=rule.is_rolling,
            is_pausable=rule.is_pausable,
            met_by=sorted(rule.met_by),
            cancelled_by=sorted(rule.cancelled_by),
            holder=rule.holder,
            breach_to=list(rule.breach_to),
            escalate_to=list(rule.escalate_to),
            ladder=ladder.id,
            rungs=[
                RungOut(
                    code=rung.code,
                    percent=rung.percent,
                    working_days=rung.working_days,
                    is_due=rung.is_due,
                    to=list(rung.to),
                )
                for rung in ladder.rungs
            ],
            repeat_days=ladder.repeat_days,
            source=rule.source,
            is_confirmed=rule.is_confirmed,
            valid_from=None if rule.valid_from == date.min else rule.valid_from,
            valid_to=None if rule.valid_to == date.max else rule.valid_to,
        )


class PoliciesOut(BaseModel):
    """Policies in the order of the data."""

    items: list[PolicyOut]


@router.get("/policies", operation_id="list_policies")
async def list_policies(
    request: Request,
    _actor: Caller,
    kind: Annotated[
        str | None, Query(max_length=60, description="Only those of a kind of case or other matter")
    ] = None,
    rule: Annotated[str | None, Query(max_length=60, description="Only this id, e.g. D5")] = None,
    on: Annotated[Day | None, Query(description="Only those in force on this local start date")] = None,
) -> PoliciesOut:
    """Return the policies that this service has read: shipped ones and those of agencies and units."""
    policies = engine_of(request).policies
    if kind is not None and kind not in policies.kinds:
        raise KindUnknownError(policies.kinds)
    return PoliciesOut(items=[PolicyOut.of(one) for one in policies.rules if _is_asked(one, kind, rule, on)])


@router.get("/policies/{version}", operation_id="show_policy")
async def show_policy(request: Request, _actor: Caller, version: str) -> PolicyOut:
    """Return one version of a policy; clocks name the one they run under."""
    found = next((one for one in engine_of(request).policies.rules if one.version == version), None)
    if found is None:
        raise NotFoundError("Kebijakan tenggat dengan versi ini tidak ada pada data aturan.")
    return PolicyOut.of(found)


def _is_asked(rule: Rule, kind: str | None, rule_id: str | None, on: date | None) -> bool:
    return (
        (kind is None or kind in rule.kinds)
        and rule_id in (None, rule.id)
        and (on is None or rule.valid_from <= on <= rule.valid_to)
    )
