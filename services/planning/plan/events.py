"""Facts about programmes and activities as contracts; titles stay behind."""

from services.planning.plan.domain import Activity, ActivityState, Programme
from shared.contracts.base import EventData
from shared.contracts.planning import ActivityCompleted, ActivityPlanned, ProgrammeCreated


def programme_created(programme: Programme) -> EventData:
    return ProgrammeCreated(
        unit_id=programme.unit_id,
        version=programme.version,
        programme_id=str(programme.programme_id),
        year=programme.year,
        target=programme.target.value,
        edition=programme.edition,
        rule_set=programme.rule_set,
        policies=programme.policies,
    )


def activity_fact(activity: Activity) -> EventData:
    """Return the activity's state: planned or completed."""
    contract = ActivityCompleted if activity.state is ActivityState.DONE else ActivityPlanned
    return contract(
        unit_id=activity.unit_id,
        version=activity.version,
        activity_id=str(activity.activity_id),
        programme_id=str(activity.programme_id),
        year=activity.year,
        indicator_code=activity.indicator_code,
        state=activity.state.value,
        due_on=activity.due_on.isoformat() if activity.due_on else None,
        evidence_count=len(activity.evidence_ids),
    )
