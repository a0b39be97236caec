"""The deadline policies over HTTP: what is in force, since when, by which source, and whether it was read."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import KindUnknownError, LengthUnit, Rule, ScopeLevel
from services.complaints.deadlines.store import figures, migrations
from services.complaints.deadlines.usecases import migrating
from services.complaints.deadlines.usecases.migrating import AreOne, Outlook
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.authorization import Caller
from shared.http.fields import Body, Day, UnitId
from shared.http.state import state_of
from shared.http.text import FreeText
from shared.kernel import NotFoundError

router = APIRouter()
PolicyVersion = Annotated[str, Field(pattern=r"^[!-~]{1,60}$")]
Reason = Annotated[str, FreeText(5, 500)]


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
    running_clocks: int = Field(description="How many clocks run under this version now")

    @classmethod
    def of(cls, rule: Rule, running: Mapping[str, int]) -> Self:
        """Return a policy as the API tells it; `running` counts clocks by version."""
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
            running_clocks=running.get(rule.version, 0),
        )


class PoliciesOut(BaseModel):
    """Policies in the order of the data."""

    items: list[PolicyOut]


@router.get("/policies", operation_id="list_policies")
async def list_policies(
    request: Request,
    actor: Caller,
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
    async with state_of(request.app).db.reading() as session:
        running = await figures.running_by_policy(session, actor.scope)
    return PoliciesOut(
        items=[PolicyOut.of(one, running) for one in policies.rules if _is_asked(one, kind, rule, on)]
    )


@router.get("/policies/{version}", operation_id="show_policy")
async def show_policy(request: Request, actor: Caller, version: str) -> PolicyOut:
    """Return one version of a policy; clocks name the one they run under."""
    found = next((one for one in engine_of(request).policies.rules if one.version == version), None)
    if found is None:
        raise NotFoundError("Kebijakan tenggat dengan versi ini tidak ada pada data aturan.")
    async with state_of(request.app).db.reading() as session:
        return PolicyOut.of(found, await figures.running_by_policy(session, actor.scope))


class MigrateIn(Body):
    """To which version running clocks go, and why; one unit's, or all."""

    to: PolicyVersion
    unit_id: UnitId | None = None
    reason: Reason


class OutlookOut(BaseModel):
    """What moving running clocks to another version would do now."""

    model_config = ConfigDict(from_attributes=True)

    running: int = Field(description="Clocks that run unbreached under the old version")
    breached: int = Field(description="Breached ones: they stay under it, as they are")
    looked_at: int
    is_complete: bool = Field(description="Whether all that run unbreached were looked at")
    earlier: int = Field(description="Due earlier than now")
    later: int = Field(description="Due later than now")
    same: int = Field(description="Due at the same time")
    paused: int = Field(description="Standing still: their due time follows when they run again")
    lifted: int = Field(description="Would be over already: due at the end of the next working day")
    held: int = Field(description="Lengthened late in their time: they wait for a second person")

    @classmethod
    def of(cls, seen: Outlook) -> Self:
        """Return an outlook as the API tells it."""
        return cls(
            running=seen.running.unbreached,
            breached=seen.running.breached,
            looked_at=seen.looked_at,
            is_complete=seen.is_complete,
            earlier=seen.earlier,
            later=seen.later,
            same=seen.same,
            paused=seen.paused,
            lifted=seen.lifted,
            held=seen.held,
        )


class MigrationOut(BaseModel):
    """A move of running clocks to another version of their policy, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    from_policy: str
    to_policy: str
    unit_id: str | None
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    moved: int
    lifted: int = Field(description="Of those moved: due at the end of the next working day")
    held: int = Field(description="Left under the old version until a second person agrees")
    ended_at: datetime | None = Field(description="Null: it goes on, step by step")
    stopped: str | None = Field(description="Why it ended before it was through: its versions changed")


class MigrationsOut(BaseModel):
    """All moves from one version, the newest first."""

    items: list[MigrationOut]


@router.get(
    "/policies/{version}/migrations/preview",
    operation_id="preview_policy_migration",
    responses=refusals(404, 422),
)
async def preview_policy_migration(
    request: Request,
    _actor: Caller,
    version: str,
    to: Annotated[PolicyVersion, Query(description="The version to go to")],
    unit: Annotated[UnitId | None, Query(description="Only clocks of this unit")] = None,
) -> OutlookOut:
    """Return what moving running clocks to another version would do; nothing moves."""
    async with state_of(request.app).db.reading() as session:
        return OutlookOut.of(await migrating.outlook(session, engine_of(request), version, to, unit))


@router.post(
    "/policies/{version}/migrations",
    operation_id="migrate_policy",
    status_code=201,
    responses=refusals(404, 409),
    response_model=MigrationOut,
)
async def migrate_policy(request: Request, version: str, body: MigrateIn, cmd: Commands) -> Response:
    """Move running clocks to another version, in steps; what is lengthened late waits for a second person."""
    return await cmd.run(
        lambda session: migrating.ask(
            session, engine_of(request), cmd.actor, version, body.to, body.unit_id, body.reason
        ),
        status=201,
        reply=MigrationOut,
    )


@router.get("/policies/{version}/migrations", operation_id="list_policy_migrations")
async def list_policy_migrations(request: Request, _actor: Caller, version: str) -> MigrationsOut:
    """Return the moves of running clocks away from a version, with how far each is."""
    async with state_of(request.app).db.reading() as session:
        found = await migrations.of(session, version)
    return MigrationsOut(items=[MigrationOut.model_validate(one) for one in found])


@router.post(
    "/policies/{version}/migrations/{migration_id}/confirm",
    operation_id="confirm_policy_migration",
    responses=refusals(404, 409, 422),
    response_model=MigrationOut,
)
async def confirm_policy_migration(
    request: Request, version: str, migration_id: UUID, cmd: Commands
) -> Response:
    """Agree, as somebody else than who asked, that clocks are lengthened late in their time."""
    are_one = cast("AreOne", request.app.state.are_one)
    return await cmd.run(
        lambda session: migrating.confirm(
            session, engine_of(request), cmd.actor, version, migration_id, are_one
        ),
        reply=MigrationOut,
    )


def _is_asked(rule: Rule, kind: str | None, rule_id: str | None, on: date | None) -> bool:
    return (
        (kind is None or kind in rule.kinds)
        and rule_id in (None, rule.id)
        and (on is None or rule.valid_from <= on <= rule.valid_to)
    )
